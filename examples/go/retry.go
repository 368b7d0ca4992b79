package amsrest

import (
	"bytes"
	"context"
	"math"
	"math/rand"
	"net/http"
	"strings"
	"time"
)

// Outcome is what came of an exchange: a response, or none.
type Outcome struct {
	Response  *Response
	MaybeSent bool // without a response: the request may have reached the service
}

// Decision says whether to repeat, and when.
type Decision struct {
	Repeat         bool
	Delay          time.Duration
	OutcomeUnknown bool // not repeated, and the request may have been carried out
}

// IsRepeatable reports whether the method has the same effect when it is carried out twice.
func IsRepeatable(method string) bool { return method != "POST" }

// Decide judges an exchange; random is a number from 0 to 1.
func Decide(outcome Outcome, repeatable bool, retries int, remaining time.Duration, random float64) Decision {
	if response := outcome.Response; response != nil {
		switch response.Status {
		case 408, 429, 500, 502, 503, 504:
		default:
			return Decision{}
		}
	}
	if !repeatable && !surelyNotDone(outcome) {
		return Decision{OutcomeUnknown: true}
	}
	if retries >= 3 {
		return Decision{}
	}
	delay, asked := time.Duration(0), false
	if outcome.Response != nil {
		delay, asked = RetryAfter(outcome.Response.Header, time.Now())
	}
	if !asked {
		backoff := math.Min(20, 0.5*math.Pow(2, float64(retries)))
		delay = seconds(backoff * (0.5 + random/2))
	}
	if delay >= remaining {
		return Decision{}
	}
	return Decision{Repeat: true, Delay: delay}
}

func surelyNotDone(outcome Outcome) bool {
	response := outcome.Response
	switch {
	case response == nil:
		return !outcome.MaybeSent
	case response.Status == 429:
		return true
	case response.Status != 503:
		return false
	}
	_, asked := RetryAfter(response.Header, time.Now())
	return asked || response.Header["x-ms-error-code"] == "ServerBusy" ||
		bytes.Contains(bytes.ToLower(response.Body), []byte("server is busy"))
}

// RetryAfter returns how long an answer asks to wait.
func RetryAfter(header map[string]string, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if ms, ok := parseDecimal(strings.TrimSpace(header[name])); ok {
			return seconds(ms / 1000), true
		}
	}
	value := strings.TrimSpace(header["retry-after"])
	if s, ok := parseDecimal(value); ok {
		return seconds(s), true
	}
	if date, err := http.ParseTime(value); err == nil {
		if wait := date.Sub(now); wait > 0 {
			return wait, true
		}
		return 0, true
	}
	return 0, false
}

// seconds converts without overflow: a service may ask for more than a Duration can hold.
func seconds(s float64) time.Duration {
	return time.Duration(math.Min(s*float64(time.Second), math.MaxInt64/2))
}

const (
	retryBudget   = 120 * time.Second
	exchangeLimit = 60 * time.Second
)

// SendWithRetry sends until the answer is not worth a repetition. A POST is
// repeatable only where the caller says so; see Decide.
func (t *Transport) SendWithRetry(ctx context.Context, request Request, repeatable bool) (*Response, error) {
	deadline := time.Now().Add(retryBudget)
	for retries := 0; ; retries++ {
		limit := time.Until(deadline)
		if limit > exchangeLimit {
			limit = exchangeLimit
		}
		attempt, cancel := context.WithTimeout(ctx, limit)
		response, err := t.Send(attempt, request)
		cancel()
		outcome := Outcome{Response: response}
		if err != nil {
			outcome.MaybeSent = err.(*Error).maybeSent
		}
		decision := Decide(outcome, repeatable, retries, time.Until(deadline), rand.Float64())
		if decision.Repeat && ctx.Err() == nil {
			select {
			case <-time.After(decision.Delay):
				continue
			case <-ctx.Done():
			}
		}
		if err != nil {
			err.(*Error).OutcomeUnknown = decision.OutcomeUnknown
			return nil, err
		}
		response.outcomeUnknown = decision.OutcomeUnknown
		return response, nil
	}
}
