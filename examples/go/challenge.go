package amsrest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Challenge is one challenge of a WWW-Authenticate header.
type Challenge struct {
	Scheme  string            `json:"scheme"`
	Params  map[string]string `json:"params"`
	Token68 string            `json:"token68,omitempty"`
}

const tokenChars = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"

var (
	separators = regexp.MustCompile(`^[ \t,]*`)
	schemeName = regexp.MustCompile(`^(` + tokenChars + `)([ \t]*)`)
	token68    = regexp.MustCompile(`^([A-Za-z0-9._~+/-]+=*)[ \t]*(?:,|$)`)
	authParam  = regexp.MustCompile(`^(` + tokenChars + `)[ \t]*=[ \t]*(?:(` + tokenChars + `)|"((?:[^"\\]|\\.)*)")`)
	quotedPair = regexp.MustCompile(`\\(.)`)
)

// ParseChallenges reads until the first place that breaks the grammar of RFC 9110 section 11.6.1.
func ParseChallenges(header string) []Challenge {
	challenges := []Challenge{}
	for {
		header = header[len(separators.FindString(header)):]
		match := schemeName.FindStringSubmatch(header)
		if match == nil {
			return challenges
		}
		rest := header[len(match[0]):]
		if strings.HasPrefix(rest, "=") || match[2] == "" && rest != "" && rest[0] != ',' {
			return challenges
		}
		header = rest
		challenge := Challenge{Scheme: strings.ToLower(match[1]), Params: map[string]string{}}
		broken := false
		if match := token68.FindStringSubmatch(header); match != nil {
			challenge.Token68 = match[1]
			header = header[len(match[1]):]
		} else {
			header, broken = challenge.readParams(header)
		}
		challenges = append(challenges, challenge)
		if broken {
			return challenges
		}
	}
}

func (c *Challenge) readParams(header string) (rest string, broken bool) {
	for {
		after := header[len(separators.FindString(header)):]
		match := authParam.FindStringSubmatch(after)
		if match == nil {
			return header, false
		}
		name := strings.ToLower(match[1])
		if _, known := c.Params[name]; !known {
			c.Params[name] = match[2] + quotedPair.ReplaceAllString(match[3], "$1")
		}
		header = strings.TrimLeft(after[len(match[0]):], " \t")
		if header != "" && header[0] != ',' {
			return header, true
		}
	}
}

// ClaimsChallenge returns the JSON text of the claims that a 401 asks for, or "".
func ClaimsChallenge(header string) string {
	for _, challenge := range ParseChallenges(header) {
		encoded, ok := challenge.Params["claims"]
		if challenge.Scheme != "bearer" || challenge.Params["error"] != "insufficient_claims" || !ok {
			continue
		}
		claims, err := decodeBase64(encoded)
		if _, isObject := parseObject(claims); err != nil || !isObject || !utf8.Valid(claims) {
			return ""
		}
		return string(claims)
	}
	return ""
}
