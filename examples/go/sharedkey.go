package amsrest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
)

// CanonicalizedHeaders returns the x-ms- headers as Shared Key signs them.
func CanonicalizedHeaders(header map[string]string) string {
	var lines []string
	for name, value := range header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			lines = append(lines, name+":"+strings.Join(strings.Fields(value), " ")+"\n")
		}
	}
	// By name, not by line: ':' sorts after '-'.
	sort.Slice(lines, func(i, j int) bool { return before(lines[i], ":") < before(lines[j], ":") })
	return strings.Join(lines, "")
}

func before(text, separator string) string {
	head, _, _ := strings.Cut(text, separator)
	return head
}

// CanonicalizedResource returns account, path and query as Shared Key signs them.
func CanonicalizedResource(account, address string) (string, error) {
	beforeQuery, query, _ := strings.Cut(address, "?")
	_, rest, ok := strings.Cut(beforeQuery, "://")
	if !ok {
		return "", argumentError("not an absolute URL")
	}
	_, path, _ := strings.Cut(rest, "/")
	values := map[string][]string{}
	var names []string
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.PathUnescape(name)
		value, err2 := url.PathUnescape(value)
		if err != nil || err2 != nil {
			return "", argumentError("the query is not percent-encoded")
		}
		name = strings.ToLower(name)
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], value)
	}
	sort.Strings(names)
	resource := "/" + account + "/" + path
	for _, name := range names {
		sort.Strings(values[name])
		resource += "\n" + name + ":" + strings.Join(values[name], ",")
	}
	return resource, nil
}

var signedHeaders = []string{
	"content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
	"if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
}

// StringToSign returns what Shared Key signs of a request.
func StringToSign(account, method, address string, header map[string]string) (string, error) {
	resource, err := CanonicalizedResource(account, address)
	if err != nil {
		return "", err
	}
	values := map[string]string{}
	for name, value := range header {
		values[strings.ToLower(name)] = value
	}
	if values["content-length"] == "0" {
		values["content-length"] = ""
	}
	text := method + "\n"
	for _, name := range signedHeaders {
		text += values[name] + "\n"
	}
	return text + CanonicalizedHeaders(header) + resource, nil
}

// Sign returns HMAC-SHA256 of a text, in base64; the key is in base64 too.
func Sign(key, text string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return "", argumentError("the key is not base64")
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// SharedKeyAuthorization returns the value of the Authorization header.
func SharedKeyAuthorization(account, key, method, address string, header map[string]string) (string, error) {
	text, err := StringToSign(account, method, address, header)
	if err != nil {
		return "", err
	}
	signature, err := Sign(key, text)
	return "SharedKey " + account + ":" + signature, err
}

// SharedKeyGet makes one GET, signed with the account's key.
func SharedKeyGet(ctx context.Context, transport *Transport, account, key, address string) (*Response, error) {
	if _, err := secureURL(address); err != nil {
		return nil, err
	}
	header := map[string]string{"x-ms-date": time.Now().UTC().Format(http.TimeFormat), "x-ms-version": StorageVersion}
	authorization, err := SharedKeyAuthorization(account, key, "GET", address, header)
	if err != nil {
		return nil, err
	}
	header["Authorization"] = authorization
	response, err := storageExchange(ctx, transport, Request{Method: "GET", URL: address, Header: header})
	if err != nil {
		return nil, redact(err, key, strings.TrimPrefix(authorization, "SharedKey "+account+":"))
	}
	return response, nil
}
