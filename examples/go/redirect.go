package amsrest

import (
	"net/url"
	"strings"
)

// RedirectDecision returns the new API root, or "" where an answer is not followed.
func RedirectDecision(root string, status int, location string, allowedOrigins []string) string {
	if status != 301 || location == "" || strings.ContainsAny(location, "?#\\") {
		return ""
	}
	base, err := url.Parse(root)
	target, err2 := url.Parse(location)
	if err != nil || err2 != nil || target.Scheme != "" && target.Host == "" {
		return ""
	}
	moved := withSlash(base.ResolveReference(target).String())
	if !MaySendToken(moved, append([]string{origin(base)}, allowedOrigins...)) {
		return ""
	}
	return moved
}
