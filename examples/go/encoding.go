package amsrest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// percentEncode leaves only the unreserved characters of RFC 3986 as they are.
func percentEncode(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		switch {
		case 'A' <= b && b <= 'Z', 'a' <= b && b <= 'z', '0' <= b && b <= '9', strings.IndexByte("-_.~", b) >= 0:
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// parseJSON reads one JSON value. Numbers stay json.Number, because a float64 cannot hold all of them.
func parseJSON(text []byte) (any, error) {
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

func parseObject(text []byte) (map[string]any, bool) {
	value, err := parseJSON(text)
	object, ok := value.(map[string]any)
	return object, ok && err == nil
}

// text returns a string member of a JSON object, or "".
func text(object map[string]any, name string) string {
	value, _ := object[name].(string)
	return value
}

var decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// parseDecimal reads digits with perhaps a fraction, and nothing else that ParseFloat would take.
func parseDecimal(text string) (float64, bool) {
	if !decimal.MatchString(text) {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

// decodeBase64 reads either alphabet, padded or not. The decoders of encoding/base64 skip line ends; this one does not.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("line end in base64")
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	return base64.RawStdEncoding.DecodeString(text)
}

func newGUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // without random numbers nothing here is safe
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var (
	pathText   = regexp.MustCompile(`^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$`)
	dotSegment = regexp.MustCompile(`(?i)(?:^|/)(?:\.|%2e){1,2}(?:/|$)`)
)

func isCleanPath(path string) bool {
	return pathText.MatchString(path) && !dotSegment.MatchString(path)
}

// secureURL parses an absolute URL that may be sent a secret: https, or http on loopback; no user name.
func secureURL(raw string) (*url.URL, error) {
	parsed, err := url.Parse(raw)
	switch {
	case err != nil || parsed.Hostname() == "" || parsed.Opaque != "":
		return nil, argumentError("not an absolute URL")
	case parsed.User != nil:
		return nil, argumentError("the URL has a user name")
	case parsed.Scheme != "https" && !(parsed.Scheme == "http" && isLoopback(parsed.Hostname())):
		return nil, argumentError("the URL must start with https:// (http:// on loopback only)")
	}
	return parsed, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && (host == "::1" || ip.To4() != nil && ip.IsLoopback() && !strings.Contains(host, ":"))
}

// origin returns scheme, host and port, without the default port.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	} else {
		port = ":" + port
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + port
}

// MaySendToken reports whether a bearer token may go to the URL.
func MaySendToken(raw string, allowedOrigins []string) bool {
	target, err := secureURL(raw)
	if err != nil {
		return false
	}
	for _, allowed := range allowedOrigins {
		if parsed, err := url.Parse(allowed); err == nil && origin(parsed) == origin(target) {
			return true
		}
	}
	return false
}
