package amsrest

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Config is what a Client needs. Scope ends in /.default.
type Config struct {
	Authority
	ClientCredentials
	Endpoint       string // the API root
	Scope          string
	AllowedOrigins []string // where a token may go besides the endpoint
}

// Client sends authorized requests to Media Services.
type Client struct {
	config    Config
	transport *Transport
	tokens    *TokenCache
	allowed   []string

	mu   sync.Mutex
	root string
	sent []string // tokens, to keep out of errors
}

// Answer is a success.
type Answer struct {
	Status      int
	Value       any // without its envelope, nil when there was none
	OperationID string

	hasNextPage bool
}

// NewClient checks the configuration; nothing is sent.
func NewClient(config Config) (*Client, error) {
	endpoint, err := secureURL(config.Endpoint)
	if err != nil || strings.ContainsAny(config.Endpoint, "?#") {
		return nil, argumentError("the endpoint must be https:// (http:// on loopback only) without user name, query or fragment")
	}
	if _, err := NewTokenRequest(config.Authority, config.ClientCredentials, config.Scope, ""); err != nil {
		return nil, err
	}
	client := &Client{
		config:    config,
		transport: NewTransport(),
		allowed:   append([]string{origin(endpoint)}, config.AllowedOrigins...),
		root:      withSlash(config.Endpoint),
	}
	client.tokens = NewTokenCache(client.acquire)
	return client, nil
}

// Close waits for a token refresh under way and closes idle connections.
func (c *Client) Close() {
	c.tokens.Wait()
	c.transport.http.CloseIdleConnections()
}

// Token returns an access token, from the cache if it can.
func (c *Client) Token(ctx context.Context, scope string) (string, error) {
	token, err := c.tokens.Get(ctx, scope, "", "")
	return token, c.redact(err)
}

func (c *Client) acquire(ctx context.Context, scope, claims string) (Token, error) {
	request, err := NewTokenRequest(c.config.Authority, c.config.ClientCredentials, scope, claims)
	if err != nil {
		return Token{}, err
	}
	resource := ""
	if c.config.EndpointVersion == "v1" {
		resource, _ = resourceOf(scope)
	}
	sentAt := time.Now()
	response, err := c.transport.SendWithRetry(ctx, request, true)
	if err != nil {
		return Token{}, err
	}
	token, err := JudgeTokenAnswer(response, sentAt, resource)
	if err == nil {
		c.mu.Lock()
		c.sent = append(c.sent, token.Value)
		c.mu.Unlock()
	}
	return token, err
}

func (c *Client) redact(err error) error {
	if err == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return redact(err, append([]string{c.config.ClientSecret}, c.sent...)...)
}

// Call sends one request to a path relative to the API root, already encoded. A body other than nil goes as JSON.
func (c *Client) Call(ctx context.Context, method, path string, query []Param, body any) (*Answer, error) {
	answer, err := c.call(ctx, method, path, query, body)
	return answer, c.redact(err)
}

func (c *Client) call(ctx context.Context, method, path string, query []Param, body any) (*Answer, error) {
	path = strings.TrimLeft(path, "/")
	if !isCleanPath(path) {
		return nil, argumentError("the path must be percent-encoded and stay below the API root")
	}
	encoded, err := marshal(body)
	if err != nil {
		return nil, argumentError("the body cannot be written as JSON")
	}
	header := map[string]string{
		"Accept":                 "application/json;odata=verbose",
		"x-ms-version":           "2.19",
		"DataServiceVersion":     "3.0",
		"MaxDataServiceVersion":  "3.0",
		"x-ms-client-request-id": newGUID(),
	}
	if encoded != nil {
		header["Content-Type"] = "application/json;odata=verbose"
	}
	root := c.currentRoot()
	request := Request{Method: method, URL: root + path + EncodeQuery(query), Header: header, Body: encoded}
	response, err := c.authorized(ctx, request)
	if err != nil {
		return nil, err
	}
	if newRoot := RedirectDecision(root, response.Status, response.Header["location"], c.allowed); newRoot != "" {
		c.mu.Lock()
		c.root = newRoot
		c.mu.Unlock()
		request.URL = newRoot + path + EncodeQuery(query)
		if response, err = c.authorized(ctx, request); err != nil {
			return nil, err
		}
	}
	return judge(response)
}

func (c *Client) currentRoot() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.root
}

// authorized sends with a token, and once more with a new one after a 401.
func (c *Client) authorized(ctx context.Context, request Request) (*Response, error) {
	root, err := url.Parse(c.currentRoot())
	if err != nil || !MaySendToken(request.URL, append([]string{origin(root)}, c.allowed...)) {
		return nil, argumentError("the token may not go to this address")
	}
	token, err := c.tokens.Get(ctx, c.config.Scope, "", "")
	if err != nil {
		return nil, err
	}
	response, err := c.sendWith(ctx, token, request)
	if err != nil || response.Status != 401 {
		return response, err
	}
	newer, err := c.tokens.Get(ctx, c.config.Scope, token, ClaimsChallenge(response.Header["www-authenticate"]))
	if err != nil {
		return nil, err
	}
	if newer == token {
		return response, nil
	}
	return c.sendWith(ctx, newer, request)
}

func (c *Client) sendWith(ctx context.Context, token string, request Request) (*Response, error) {
	header := map[string]string{"Authorization": "Bearer " + token}
	for name, value := range request.Header {
		header[name] = value
	}
	request.Header = header
	return c.transport.SendWithRetry(ctx, request, IsRepeatable(request.Method))
}

func judge(response *Response) (*Answer, error) {
	if response.Status < 200 || response.Status > 299 {
		body, _ := ParseErrorBody(string(response.Body))
		return nil, serviceError(response, body.Code, body.Message)
	}
	answer := &Answer{Status: response.Status, OperationID: response.Header["operation-id"]}
	if len(response.Body) > 0 {
		body, err := parseJSON(response.Body)
		if err != nil {
			return nil, &Error{Kind: ProtocolError, Status: response.Status, Message: "the body of a success is not JSON"}
		}
		answer.Value = Unwrap(body)
		answer.hasNextPage = namesNextPage(body)
	}
	return answer, nil
}

func serviceError(response *Response, code, message string) error {
	id := response.Header["x-ms-request-id"]
	if id == "" {
		id = response.Header["request-id"]
	}
	return &Error{Kind: ServiceError, Status: response.Status, Code: code, Message: message, RequestID: id, OutcomeUnknown: response.outcomeUnknown}
}

func withSlash(root string) string { return strings.TrimRight(root, "/") + "/" }
