package amsrest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Description is a decoded JWT, for display only: to a client a token is opaque.
type Description struct {
	Header     map[string]any `json:"header"`
	Claims     map[string]any `json:"claims"`
	Attributes []Attribute    `json:"attributes"`
}

// Attribute is a claim that names a party.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Party string `json:"party"`
}

var attributes = []struct {
	party string
	names []string // the first that is there counts
}{
	{"client", []string{"appid", "azp"}},
	{"client", []string{"appidacr", "azpacr"}},
	{"client", []string{"oid"}},
	{"identity provider", []string{"idp"}},
	{"identity provider", []string{"tid"}},
	{"STS", []string{"iss"}},
	{"resource", []string{"aud"}},
}

// DescribeToken returns nil for what is not a JWT.
func DescribeToken(token string) *Description {
	parts := strings.Split(token, ".")
	if len(parts) < 2 {
		return nil
	}
	header, ok := decodePart(parts[0])
	claims, ok2 := decodePart(parts[1])
	if !ok || !ok2 {
		return nil
	}
	description := &Description{header, claims, []Attribute{}}
	for _, attribute := range attributes {
		for _, name := range attribute.names {
			if value, ok := claims[name].(string); ok {
				description.Attributes = append(description.Attributes, Attribute{name, value, attribute.party})
				break
			}
		}
	}
	return description
}

func decodePart(part string) (map[string]any, bool) {
	if strings.ContainsAny(part, "+/=") {
		return nil, false
	}
	decoded, err := decodeBase64(part)
	if err != nil || !utf8.Valid(decoded) {
		return nil, false
	}
	return parseObject(decoded)
}

// Certificate is what an assertion's header says of one.
type Certificate struct {
	SHA256, SHA1 string   // digests in hexadecimal
	Chain        []string // certificates in DER, in hexadecimal
}

// AssertionHeader returns the header of a client assertion. Defaults: PS256, x5t#S256, no chain.
func AssertionHeader(certificate Certificate, algorithm, thumbprint string, sendChain bool) (map[string]any, error) {
	if algorithm == "" {
		algorithm = "PS256"
	}
	digest := certificate.SHA256
	if thumbprint == "" {
		thumbprint = "x5t#S256"
	} else if thumbprint == "x5t" {
		digest = certificate.SHA1
	}
	raw, err := hex.DecodeString(digest)
	if err != nil {
		return nil, argumentError("the thumbprint is not hexadecimal")
	}
	header := map[string]any{"alg": algorithm, "typ": "JWT", thumbprint: base64.RawURLEncoding.EncodeToString(raw)}
	if sendChain {
		chain := []string{}
		for _, certificate := range certificate.Chain {
			der, err := hex.DecodeString(certificate)
			if err != nil {
				return nil, argumentError("a certificate is not hexadecimal")
			}
			chain = append(chain, base64.StdEncoding.EncodeToString(der))
		}
		header["x5c"] = chain
	}
	return header, nil
}

// AssertionClaims returns the claims of a client assertion; jwtID must never have been used before.
func AssertionClaims(clientID, audience string, now time.Time, jwtID string) map[string]any {
	return map[string]any{
		"aud": audience, "iss": clientID, "sub": clientID, "jti": jwtID,
		"nbf": now.Add(-5 * time.Minute).Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
}

// SigningInput returns what is signed of a client assertion.
func SigningInput(header, claims string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
}

// CertificateAssertion returns a new signed assertion, from a PEM text with an RSA key and its certificate.
func CertificateAssertion(pem, clientID, audience string, now time.Time) (string, error) {
	pair, err := tls.X509KeyPair([]byte(pem), []byte(pem))
	if err != nil {
		return "", argumentError("the certificate cannot be read")
	}
	key, isRSA := pair.PrivateKey.(*rsa.PrivateKey)
	if !isRSA {
		return "", argumentError("the private key is not an RSA key")
	}
	digest := sha256.Sum256(pair.Certificate[0])
	header, err := AssertionHeader(Certificate{SHA256: hex.EncodeToString(digest[:])}, "", "", false)
	if err != nil {
		return "", err
	}
	headerJSON, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	claimsJSON, err := json.Marshal(AssertionClaims(clientID, audience, now, newGUID()))
	if err != nil {
		return "", err
	}
	input := SigningInput(string(headerJSON), string(claimsJSON))
	hashed := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, hashed[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
