// Package amsrest acquires tokens and sends authorized requests over REST,
// with Azure Media Services and Blob Storage as the worked-out uses.
package amsrest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Kind groups errors by what a caller can do about them.
type Kind string

const (
	ArgumentError       Kind = "argument"       // the caller's own values are wrong; nothing was sent
	NetworkError        Kind = "network"        // no answer arrived
	ServiceError        Kind = "service"        // the service refused
	AuthenticationError Kind = "authentication" // the token endpoint refused
	ProtocolError       Kind = "protocol"       // a success that breaks its promise
)

// Error is every error of this package. Fields that are not known are zero.
type Error struct {
	Kind           Kind
	Message        string
	Status         int
	Code           string
	RequestID      string
	ErrorCodes     []int
	TraceID        string
	CorrelationID  string
	OutcomeUnknown bool // the request may have been carried out

	maybeSent bool
}

func (e *Error) Error() string {
	text := string(e.Kind) + " error"
	if e.Status != 0 {
		text += fmt.Sprintf(" %d", e.Status)
	}
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			text += ": " + part
		}
	}
	return text
}

func argumentError(format string, values ...any) error {
	return &Error{Kind: ArgumentError, Message: fmt.Sprintf(format, values...)}
}

func protocolError(format string, values ...any) error {
	return &Error{Kind: ProtocolError, Message: fmt.Sprintf(format, values...)}
}

// redact returns err without the secrets, in whichever way each of their
// characters is percent-encoded, and with everything else that err knew.
func redact(err error, secrets ...string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	clean := *e
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		spellings := anySpelling(secret)
		for _, text := range []*string{&clean.Message, &clean.Code, &clean.RequestID, &clean.TraceID, &clean.CorrelationID} {
			*text = spellings.ReplaceAllLiteralString(*text, "[redacted]")
		}
	}
	return &clean
}

func anySpelling(secret string) *regexp.Regexp {
	var pattern strings.Builder
	for _, character := range secret {
		encoded := ""
		for _, b := range []byte(string(character)) {
			encoded += fmt.Sprintf("%%%02x", b)
		}
		spaceInForm := ""
		if character == ' ' {
			spaceInForm = `|\+`
		}
		fmt.Fprintf(&pattern, "(?:%s|(?i:%s)%s)", regexp.QuoteMeta(string(character)), encoded, spaceInForm)
	}
	return regexp.MustCompile(pattern.String())
}
