package amsrest

import (
	"context"
	"sync"
	"time"
)

// Acquire asks the token endpoint for a token; claims is "" or the text of a claims challenge.
type Acquire func(ctx context.Context, scope, claims string) (Token, error)

// TokenCache remembers one token per scope and shares requests for it.
type TokenCache struct {
	acquire Acquire
	mu      sync.Mutex
	entries map[string]*cacheEntry
	running sync.WaitGroup
}

type cacheEntry struct {
	token         string
	staleAfter    time.Time
	unusableAfter time.Time
	flight        *flight
}

// flight is a token request under way.
type flight struct {
	refused, claims string
	done            chan struct{}
	token           string
	err             error
}

// NewTokenCache returns an empty cache in front of acquire.
func NewTokenCache(acquire Acquire) *TokenCache {
	return &TokenCache{acquire: acquire, entries: map[string]*cacheEntry{}}
}

// Get returns a token. After a 401, refused is the token that was sent, and
// claims what the challenge asked for; otherwise both are "".
func (c *TokenCache) Get(ctx context.Context, scope, refused, claims string) (string, error) {
	c.mu.Lock()
	entry := c.entries[scope]
	if entry == nil {
		entry = &cacheEntry{}
		c.entries[scope] = entry
	}
	now := time.Now()
	if entry.token != "" && entry.token != refused && claims == "" && now.Before(entry.unusableAfter) {
		if !now.Before(entry.staleAfter) {
			entry.staleAfter = now.Add(30 * time.Second)
			if entry.flight == nil {
				c.start(entry, scope, "", "")
			}
		}
		defer c.mu.Unlock()
		return entry.token, nil
	}
	current := entry.flight
	anyWillDo := refused == "" && claims == ""
	if current == nil || !anyWillDo && (current.refused != refused || current.claims != claims) {
		current = c.start(entry, scope, refused, claims)
	}
	c.mu.Unlock()
	select {
	case <-current.done:
		return current.token, current.err
	case <-ctx.Done():
		return "", &Error{Kind: NetworkError, Message: ctx.Err().Error()}
	}
}

// start begins a token request that no caller's context can end, for others may wait for it.
func (c *TokenCache) start(entry *cacheEntry, scope, refused, claims string) *flight {
	f := &flight{refused: refused, claims: claims, done: make(chan struct{})}
	entry.flight = f
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		sentAt := time.Now()
		token, err := c.acquire(context.Background(), scope, claims)
		f.token, f.err = token.Value, err
		c.mu.Lock()
		defer c.mu.Unlock()
		if entry.flight == f {
			entry.flight = nil
			if err == nil {
				entry.remember(token, sentAt)
			}
		}
		close(f.done)
	}()
	return f
}

func (e *cacheEntry) remember(token Token, sentAt time.Time) {
	life := token.ExpiresOn.Sub(sentAt)
	e.token = token.Value
	e.staleAfter = token.ExpiresOn.Add(-shorter(5*time.Minute, life/2))
	if !token.RefreshAfter.IsZero() && token.RefreshAfter.Before(e.staleAfter) {
		e.staleAfter = token.RefreshAfter
	}
	e.unusableAfter = token.ExpiresOn.Add(-shorter(30*time.Second, life/10))
}

func shorter(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}

// Wait returns when no token request is under way.
func (c *TokenCache) Wait() { c.running.Wait() }
