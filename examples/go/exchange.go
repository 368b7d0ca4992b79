package amsrest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// Request is one request as plain values.
type Request struct {
	Method string
	URL    string
	Header map[string]string
	Body   []byte // nil when there is none
}

// Response is one answer as plain values.
type Response struct {
	Status int
	Header map[string]string // names in lower case, several values joined with ", "
	Body   []byte

	outcomeUnknown bool
}

// Transport sends requests. It follows no redirect, repeats nothing and judges no status.
type Transport struct{ http *http.Transport }

// NewTransport returns a Transport with its own connections.
func NewTransport() *Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	return &Transport{transport}
}

// Send makes one exchange. Its only error is of kind network.
//
// It uses RoundTrip and not http.Client, which follows redirects, turns a user
// name into HTTP Basic, and puts the whole URL into its errors.
func (t *Transport) Send(ctx context.Context, request Request) (*Response, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	failure := func(err error) error {
		return &Error{Kind: NetworkError, Message: err.Error(), maybeSent: connected.Load()}
	}
	var body io.Reader = http.NoBody
	if len(request.Body) > 0 || request.Method == "GET" || request.Method == "HEAD" {
		// A body without GetBody, even an empty one, keeps RoundTrip from sending a GET again when a kept connection is
		// dead. Other methods with an empty body of this kind would be sent chunked.
		body = io.NopCloser(bytes.NewReader(request.Body))
	}
	outgoing, err := http.NewRequestWithContext(ctx, request.Method, request.URL, body)
	if err != nil {
		return nil, &Error{Kind: NetworkError, Message: "the request cannot be sent"}
	}
	outgoing.ContentLength = int64(len(request.Body))
	for name, value := range request.Header {
		outgoing.Header.Set(name, value)
	}
	incoming, err := t.http.RoundTrip(outgoing)
	if err != nil {
		return nil, failure(err)
	}
	defer incoming.Body.Close()
	content, err := io.ReadAll(incoming.Body)
	if err != nil {
		return nil, failure(err)
	}
	response := &Response{Status: incoming.StatusCode, Header: map[string]string{}, Body: content}
	for name, values := range incoming.Header {
		response.Header[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return response, nil
}
