package amsrest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Param is one query option. A nil Value is left out.
type Param struct {
	Name  string
	Value any
}

var segmentName = regexp.MustCompile(`^[A-Za-z0-9_$]+$`)

// EntityPath returns the path of an entity, or of something below it.
func EntityPath(set, key string, rest ...string) (string, error) {
	if key == "" {
		return "", argumentError("the key is empty")
	}
	for _, name := range append([]string{set}, rest...) {
		if !segmentName.MatchString(name) {
			return "", argumentError("%q is not the name of an entity set or segment", name)
		}
	}
	path := set + "('" + percentEncode(strings.ReplaceAll(key, "'", "''")) + "')"
	return strings.Join(append([]string{path}, rest...), "/"), nil
}

// EncodeQuery returns the query with its question mark, or "".
func EncodeQuery(query []Param) string {
	out := ""
	for _, param := range query {
		if param.Value == nil {
			continue
		}
		separator := "&"
		if out == "" {
			separator = "?"
		}
		name := strings.ReplaceAll(percentEncode(param.Name), "%24", "$")
		out += separator + name + "=" + percentEncode(fmt.Sprint(param.Value))
	}
	return out
}

// String returns a string literal for filters and function parameters.
func String(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Unwrap returns a body without its envelope.
func Unwrap(body any) any {
	object, ok := body.(map[string]any)
	if !ok {
		return body
	}
	if inner, ok := object["d"]; ok {
		entity, _ := inner.(map[string]any)
		if results, ok := entity["results"].([]any); ok {
			return results
		}
		return inner
	}
	if _, isLight := object["odata.metadata"]; !isLight {
		return body
	}
	value, ok := object["value"]
	for name := range object {
		ok = ok && (name == "value" || strings.HasPrefix(name, "odata."))
	}
	if ok {
		return value
	}
	return body
}

// namesNextPage reports whether a list says that there is more.
func namesNextPage(body any) bool {
	object, _ := body.(map[string]any)
	if inner, ok := object["d"].(map[string]any); ok {
		object = inner
	}
	return text(object, "__next") != "" || text(object, "odata.nextLink") != ""
}

var (
	verboseDate = regexp.MustCompile(`^/Date\((-?[0-9]{1,16})(?:[+-][0-9]{1,4})?\)/$`)
	isoDate     = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)(Z|[+-][0-9]{2}:[0-9]{2})?$`)
)

// ParseDate reads both forms of a date. Without a zone it is UTC.
func ParseDate(text string) (time.Time, bool) {
	if match := verboseDate.FindStringSubmatch(text); match != nil {
		ms, err := strconv.ParseInt(match[1], 10, 64)
		return time.UnixMilli(ms), err == nil
	}
	match := isoDate.FindStringSubmatch(text)
	if match == nil {
		return time.Time{}, false
	}
	if match[2] == "" {
		text += "Z"
	}
	date, err := time.Parse(time.RFC3339, text)
	return date, err == nil
}

// ErrorBody is what the body of a refusal says.
type ErrorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ParseErrorBody reads each form of an error body; false when it is none of them.
func ParseErrorBody(body string) (ErrorBody, bool) {
	body = strings.TrimLeft(body, "\ufeff \t\r\n")
	if strings.HasPrefix(body, "<") {
		return parseXMLError(body)
	}
	object, ok := parseObject([]byte(body))
	if !ok {
		return ErrorBody{}, false
	}
	for _, name := range []string{"error", "odata.error"} {
		if inner, ok := object[name].(map[string]any); ok {
			return ErrorBody{text(inner, "code"), messageOf(inner)}, true
		}
	}
	if message, ok := object["message"].(string); ok {
		return ErrorBody{text(object, "code"), message}, true
	}
	return ErrorBody{}, false
}

func messageOf(object map[string]any) string {
	if inner, ok := object["message"].(map[string]any); ok {
		return text(inner, "value")
	}
	return text(object, "message")
}

var (
	xmlError   = regexp.MustCompile(`(?i)^(?:<\?xml[^>]*\?>)?\s*<(?:[a-z]+:)?error[\s>]`)
	xmlCode    = regexp.MustCompile(`(?i)<(?:[a-z]+:)?code(?:\s[^>]*)?>([^<]*)<`)
	xmlMessage = regexp.MustCompile(`(?i)<(?:[a-z]+:)?message(?:\s[^>]*)?>([^<]*)<`)
	xmlDecoder = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
)

func parseXMLError(body string) (ErrorBody, bool) {
	if !xmlError.MatchString(body) {
		return ErrorBody{}, false
	}
	inner := func(pattern *regexp.Regexp) string {
		if match := pattern.FindStringSubmatch(body); match != nil {
			return xmlDecoder.Replace(match[1])
		}
		return ""
	}
	return ErrorBody{inner(xmlCode), inner(xmlMessage)}, true
}

func marshal(value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	return json.Marshal(value)
}
