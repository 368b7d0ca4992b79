package main

import (
	"encoding/json"
	"math"
	"time"

	"example.com/amsrest"
)

// handlers has each task by its name: the pure functions here, the operations in operations.go.
var handlers = map[string]handler{
	"token-request": with(func(in struct {
		Authority                     amsrest.Authority
		ClientID, ClientSecret, Scope string
		ClientAssertion, Claims       string
		Basic                         bool
	}) (any, error) {
		request, err := amsrest.NewTokenRequest(in.Authority,
			amsrest.ClientCredentials{ClientID: in.ClientID, ClientSecret: in.ClientSecret, ClientAssertion: in.ClientAssertion, Basic: in.Basic},
			in.Scope, in.Claims)
		output := map[string]any{"url": request.URL, "form": string(request.Body)}
		if authorization := request.Header["Authorization"]; authorization != "" {
			output["authorization"] = authorization
		}
		return output, err
	}),
	"token-answer": with(func(in struct {
		answer
		SentAt   int64
		Resource string
	}) (any, error) {
		token, err := amsrest.JudgeTokenAnswer(in.response(), time.UnixMilli(in.SentAt), in.Resource)
		return map[string]any{"token": token.Value, "expiresOnTimestamp": token.ExpiresOn.UnixMilli()}, err
	}),
	"basic-authentication": with(func(in struct{ ClientID, ClientSecret string }) (any, error) {
		return amsrest.BasicAuthentication(in.ClientID, in.ClientSecret), nil
	}),

	"entity-path": with(func(in entity) (any, error) { return amsrest.EntityPath(in.Set, in.Key, in.Rest...) }),
	"encode-query": with(func(in struct{ Query query }) (any, error) {
		return amsrest.EncodeQuery(in.Query.params()), nil
	}),
	"odata-string": with(func(in struct{ Text string }) (any, error) { return amsrest.String(in.Text), nil }),
	"unwrap":       with(func(in struct{ Body any }) (any, error) { return amsrest.Unwrap(in.Body), nil }),
	"odata-date": with(func(in struct{ Value any }) (any, error) {
		text, _ := in.Value.(string)
		if date, ok := amsrest.ParseDate(text); ok {
			return date.UnixMilli(), nil
		}
		return nil, nil
	}),
	"parse-error": with(func(in struct{ Body string }) (any, error) {
		if body, ok := amsrest.ParseErrorBody(in.Body); ok {
			return body, nil
		}
		return nil, nil
	}),
	"may-send-token": with(func(in struct {
		URL            string
		AllowedOrigins []string
	}) (any, error) {
		return amsrest.MaySendToken(in.URL, in.AllowedOrigins), nil
	}),

	"retry-after": with(func(in struct {
		Headers map[string]string
		Now     int64
	}) (any, error) {
		if wait, ok := amsrest.RetryAfter(in.Headers, time.UnixMilli(in.Now)); ok {
			return milliseconds(wait), nil
		}
		return nil, nil
	}),
	"retry-decision": with(func(in struct {
		Method     string
		Repeatable *bool
		Outcome    struct {
			answer
			NetworkError *struct{ MaybeSent bool }
		}
		Retries     int
		RemainingMs float64
		Random      float64
	}) (any, error) {
		repeatable := amsrest.IsRepeatable(in.Method)
		if in.Repeatable != nil {
			repeatable = *in.Repeatable
		}
		outcome := amsrest.Outcome{}
		if in.Outcome.NetworkError != nil {
			outcome.MaybeSent = in.Outcome.NetworkError.MaybeSent
		} else {
			outcome.Response = in.Outcome.response()
		}
		decision := amsrest.Decide(outcome, repeatable, in.Retries, duration(in.RemainingMs), in.Random)
		if decision.Repeat {
			return map[string]any{"delayMs": milliseconds(decision.Delay)}, nil
		}
		return map[string]any{"stop": true, "outcomeUnknown": decision.OutcomeUnknown}, nil
	}),
	"redirect-decision": with(func(in struct {
		Root, Location string
		Status         int
		AllowedOrigins []string
	}) (any, error) {
		root := amsrest.RedirectDecision(in.Root, in.Status, in.Location, in.AllowedOrigins)
		return map[string]any{"root": orNull(root)}, nil
	}),
	"parse-challenges": with(func(in struct{ Header string }) (any, error) { return amsrest.ParseChallenges(in.Header), nil }),
	"claims-challenge": with(func(in struct{ Header string }) (any, error) {
		return orNull(amsrest.ClaimsChallenge(in.Header)), nil
	}),

	"describe-token": with(func(in struct{ Token string }) (any, error) { return amsrest.DescribeToken(in.Token), nil }),
	"assertion-header": with(func(in struct {
		Certificate           amsrest.Certificate
		Algorithm, Thumbprint string
		SendCertificateChain  bool
	}) (any, error) {
		return amsrest.AssertionHeader(in.Certificate, in.Algorithm, in.Thumbprint, in.SendCertificateChain)
	}),
	"assertion-claims": with(func(in struct {
		ClientID, Audience, JwtID string
		Now                       int64
	}) (any, error) {
		return amsrest.AssertionClaims(in.ClientID, in.Audience, time.UnixMilli(in.Now), in.JwtID), nil
	}),
	"signing-input": with(func(in struct{ Header, Claims string }) (any, error) {
		return amsrest.SigningInput(in.Header, in.Claims), nil
	}),

	"blob-url": with(func(in struct{ ContainerURL, BlobName string }) (any, error) {
		return amsrest.BlobURL(in.ContainerURL, in.BlobName)
	}),
	"effective-version": with(func(in struct{ URL, SentVersion string }) (any, error) {
		return amsrest.EffectiveVersion(in.URL, in.SentVersion), nil
	}),
	"block-plan": with(func(in struct {
		Size       int64
		Version    string
		BlockBytes *json.Number
	}) (any, error) {
		blockBytes, err := wholeBlock(in.BlockBytes)
		if err != nil {
			return nil, err
		}
		bytes, count, err := amsrest.BlockPlan(in.Size, in.Version, blockBytes)
		return map[string]any{"blockBytes": bytes, "count": count}, err
	}),
	"block-list": with(func(in struct{ IDs []string }) (any, error) { return amsrest.BlockList(in.IDs), nil }),
	"storage-error": with(func(in answer) (any, error) {
		return amsrest.ParseStorageError(in.response()), nil
	}),

	"canonicalized-headers": with(func(in request) (any, error) { return amsrest.CanonicalizedHeaders(in.Headers), nil }),
	"canonicalized-resource": with(func(in request) (any, error) {
		return amsrest.CanonicalizedResource(in.Account, in.URL)
	}),
	"string-to-sign": with(func(in request) (any, error) {
		return amsrest.StringToSign(in.Account, in.Method, in.URL, in.Headers)
	}),
	"shared-key-authorization": with(func(in request) (any, error) {
		return amsrest.SharedKeyAuthorization(in.Account, in.Key, in.Method, in.URL, in.Headers)
	}),
	"sas-resource": with(func(in struct{ Version, Account, Container, Blob string }) (any, error) {
		return amsrest.SASResource(in.Version, in.Account, in.Container, in.Blob), nil
	}),
	"service-sas-string":         with(func(in struct{ Fields fields }) (any, error) { return amsrest.ServiceSASString(in.Fields) }),
	"user-delegation-sas-string": with(func(in struct{ Fields fields }) (any, error) { return amsrest.UserDelegationSASString(in.Fields) }),
	"account-sas-string":         with(func(in struct{ Fields fields }) (any, error) { return amsrest.AccountSASString(in.Fields) }),
	"sas-signature":              with(func(in struct{ Key, Text string }) (any, error) { return amsrest.Sign(in.Key, in.Text) }),
	"service-sas": with(func(in struct {
		Account, Key, Container, Blob string
		Options                       fields
	}) (any, error) {
		return amsrest.ServiceSAS(in.Account, in.Key, in.Container, in.Blob, in.Options)
	}),
	"account-sas": with(func(in struct {
		Account, Key string
		Options      fields
	}) (any, error) {
		return amsrest.AccountSAS(in.Account, in.Key, in.Options)
	}),
}

type (
	fields = map[string]string

	entity struct {
		Set, Key string
		Rest     []string
	}
	request struct {
		Account, Key, Method, URL string
		Headers                   map[string]string
	}
	answer struct {
		Status  int
		Headers map[string]string
		Body    string
	}
	query [][2]any
)

func (a answer) response() *amsrest.Response {
	return &amsrest.Response{Status: a.Status, Header: a.Headers, Body: []byte(a.Body)}
}

func (q query) params() []amsrest.Param {
	var params []amsrest.Param
	for _, pair := range q {
		name, _ := pair[0].(string)
		params = append(params, amsrest.Param{Name: name, Value: pair[1]})
	}
	return params
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// wholeBlock distinguishes a block size that is not given (0) from one that is not a whole number above 0.
func wholeBlock(given *json.Number) (int64, error) {
	if given == nil {
		return 0, nil
	}
	size, err := given.Float64()
	if err != nil || size < 1 || size != math.Trunc(size) {
		return 0, &amsrest.Error{Kind: amsrest.ArgumentError, Message: "the block size must be a whole number above 0"}
	}
	return int64(size), nil
}
