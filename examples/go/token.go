package amsrest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Authority is a directory and the token endpoint in front of it.
type Authority struct {
	TenantID        string
	AuthorityHost   string // default https://login.microsoftonline.com
	EndpointVersion string // v1 or v2, default v2
}

// Client credentials: a secret, or a signed assertion in its place.
type ClientCredentials struct {
	ClientID        string
	ClientSecret    string
	ClientAssertion string
	Certificate     string // PEM text with an RSA key and its certificate, which sign an assertion
	Basic           bool   // id and secret as HTTP Basic instead of in the form
}

// Token is an access token and its life.
type Token struct {
	Value        string
	ExpiresOn    time.Time
	RefreshAfter time.Time // zero when the answer does not say
}

var tenantID = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$`)

const defaultSuffix = "/.default"

// NewTokenRequest builds a token request; claims is the JSON text of a claims challenge, or "".
func NewTokenRequest(authority Authority, client ClientCredentials, scope, claims string) (Request, error) {
	host := authority.AuthorityHost
	if host == "" {
		host = "https://login.microsoftonline.com"
	}
	parsed, err := secureURL(host)
	if err != nil || strings.ContainsAny(host, "?#") || !isCleanPath(parsed.EscapedPath()) {
		return Request{}, argumentError("the authority host must be https:// (http:// on loopback only) without user name, query or fragment")
	}
	if !tenantID.MatchString(authority.TenantID) {
		return Request{}, argumentError("the tenant is neither a directory id nor a domain")
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	path := "/oauth2/v2.0/token"
	switch authority.EndpointVersion {
	case "", "v2":
		form.Set("scope", scope)
	case "v1":
		path = "/oauth2/token"
		resource, err := resourceOf(scope)
		if err != nil {
			return Request{}, err
		}
		form.Set("resource", resource)
	default:
		return Request{}, argumentError("the endpoint version is neither v1 nor v2")
	}
	endpoint := strings.TrimRight(host, "/") + "/" + authority.TenantID + path
	if client.Certificate != "" {
		assertion, err := CertificateAssertion(client.Certificate, client.ClientID, endpoint, time.Now())
		if err != nil {
			return Request{}, err
		}
		client.ClientAssertion = assertion
	}
	header := map[string]string{"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
	switch {
	case client.ClientAssertion != "":
		form.Set("client_id", client.ClientID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", client.ClientAssertion)
	case client.Basic:
		header["Authorization"] = BasicAuthentication(client.ClientID, client.ClientSecret)
	default:
		form.Set("client_id", client.ClientID)
		form.Set("client_secret", client.ClientSecret)
	}
	if claims != "" {
		form.Set("claims", claims)
	}
	return Request{
		Method: "POST",
		URL:    endpoint,
		Header: header,
		Body:   []byte(form.Encode()),
	}, nil
}

// resourceOf returns the resource of a scope for v1, unchanged.
func resourceOf(scope string) (string, error) {
	resource := strings.TrimSuffix(scope, defaultSuffix)
	if resource == scope || resource == "" {
		return "", argumentError("with v1 the scope must be a resource followed by %s", defaultSuffix)
	}
	return resource, nil
}

// BasicAuthentication returns the Authorization header for a token request (RFC 6749 section 2.3.1).
func BasicAuthentication(clientID, clientSecret string) string {
	pair := url.QueryEscape(clientID) + ":" + url.QueryEscape(clientSecret)
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

var tokenText = regexp.MustCompile(`^[\x21-\x7e]+$`)

// JudgeTokenAnswer returns the token of an answer to a request that left at
// sentAt. With v1, resource is what was asked for; otherwise "".
func JudgeTokenAnswer(response *Response, sentAt time.Time, resource string) (Token, error) {
	if response.Status != 200 {
		return Token{}, refusal(response)
	}
	answer, ok := parseObject(response.Body)
	if !ok {
		return Token{}, protocolError("the token endpoint answered 200 with something other than a JSON object")
	}
	token := Token{Value: text(answer, "access_token")}
	if !strings.EqualFold(text(answer, "token_type"), "Bearer") || !tokenText.MatchString(token.Value) {
		return Token{}, protocolError("the answer of the token endpoint has no bearer token")
	}
	if got, ok := answer["resource"].(string); ok && resource != "" && !sameResource(got, resource) {
		return Token{}, protocolError("the token is for another resource than the one asked for")
	}
	if s, ok := duration(answer["expires_in"]); ok {
		token.ExpiresOn = sentAt.Add(s)
	} else if end, ok := instant(answer["expires_on"]); ok {
		serverNow, err := http.ParseTime(response.Header["date"])
		if err != nil {
			token.ExpiresOn = end
		} else {
			token.ExpiresOn = sentAt.Add(end.Sub(serverNow))
		}
	} else {
		return Token{}, protocolError("the answer of the token endpoint does not say how long the token lives")
	}
	if s, ok := duration(answer["refresh_in"]); ok {
		token.RefreshAfter = sentAt.Add(s)
	}
	return token, nil
}

func sameResource(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
}

// number reads a JSON number or a decimal string that is not below 0.
func number(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		n, err := value.Float64()
		return n, err == nil && n >= 0
	case string:
		return parseDecimal(value)
	}
	return 0, false
}

func duration(value any) (time.Duration, bool) {
	s, ok := number(value)
	return seconds(s), ok
}

func instant(value any) (time.Time, bool) {
	if s, ok := number(value); ok {
		return time.UnixMilli(0).Add(seconds(s)), true
	}
	if text, ok := value.(string); ok && !strings.HasPrefix(text, "/") {
		return ParseDate(text)
	}
	return time.Time{}, false
}

func refusal(response *Response) error {
	e := &Error{Kind: AuthenticationError, Status: response.Status, ErrorCodes: []int{}, OutcomeUnknown: response.outcomeUnknown}
	answer, ok := parseObject(response.Body)
	if !ok {
		e.Message = string(response.Body)
		return e
	}
	e.Code = text(answer, "error")
	e.Message = text(answer, "error_description")
	if end := strings.Index(e.Message, "Trace ID:"); end > 0 && strings.ContainsAny(e.Message[end-1:end], " \r\n\t") {
		e.Message = strings.TrimRight(e.Message[:end], " \r\n\t")
	}
	codes, _ := answer["error_codes"].([]any)
	for _, code := range codes {
		if n, ok := code.(json.Number); ok {
			if n, err := n.Int64(); err == nil {
				e.ErrorCodes = append(e.ErrorCodes, int(n))
			}
		}
	}
	e.TraceID = text(answer, "trace_id")
	e.CorrelationID = text(answer, "correlation_id")
	return e
}
