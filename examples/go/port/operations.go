package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"example.com/amsrest"
)

const scope = "https://rest.media.azure.net/.default"

func init() {
	for name, handle := range map[string]handler{
		"get-token": with(func(in struct {
			settings
			Scopes []string
		}) (any, error) {
			return in.use(func(client *amsrest.Client) (any, error) {
				answers := []any{}
				for _, scope := range in.Scopes {
					token, err := client.Token(context.Background(), scope)
					if err != nil {
						answers = append(answers, failed(err))
					} else {
						answers = append(answers, map[string]any{"token": token})
					}
				}
				return map[string]any{"answers": answers}, nil
			})
		}),
		"call": with(func(in struct {
			settings
			Calls    []call
			Parallel bool
		}) (any, error) {
			return in.use(func(client *amsrest.Client) (any, error) {
				answers := make([]any, len(in.Calls))
				var group sync.WaitGroup
				for i := range in.Calls {
					i := i
					group.Add(1)
					run := func() {
						defer group.Done()
						answers[i] = in.Calls[i].make(client)
					}
					if in.Parallel {
						go run()
					} else {
						run()
					}
				}
				group.Wait()
				return map[string]any{"answers": answers}, nil
			})
		}),
		"list": with(func(in struct {
			settings
			Path     string
			Query    query
			PageSize int
		}) (any, error) {
			return in.use(func(client *amsrest.Client) (any, error) {
				entities := []any{}
				err := client.List(context.Background(), in.Path, in.Query.params(), in.PageSize, func(entity any) error {
					entities = append(entities, entity)
					return nil
				})
				return entities, err
			})
		}),
		"upload": with(func(in struct {
			ContainerURL, BlobName, ContentType string
			ContentBase64                       []byte
			BlockBytes                          *json.Number
		}) (any, error) {
			blockBytes, err := wholeBlock(in.BlockBytes)
			if err != nil {
				return nil, err
			}
			return nil, amsrest.Upload(context.Background(), amsrest.NewTransport(), in.ContainerURL, in.BlobName, in.ContentBase64, in.ContentType, blockBytes)
		}),
		"shared-key-get": with(func(in request) (any, error) {
			response, err := amsrest.SharedKeyGet(context.Background(), amsrest.NewTransport(), in.Account, in.Key, in.URL)
			if err != nil {
				return nil, err
			}
			return map[string]any{"status": response.Status}, nil
		}),
		"operation": with(func(in struct {
			settings
			Method, Path string
			PollMs       float64
		}) (any, error) {
			return in.use(func(client *amsrest.Client) (any, error) {
				state, err := client.Operate(context.Background(), in.Method, in.Path, duration(in.PollMs))
				return map[string]any{"state": orNull(state)}, err
			})
		}),
		"story": with(func(in struct {
			settings
			Name, FileName, Processor, Preset string
			ContentBase64                     []byte
			PollMs                            float64
		}) (any, error) {
			return in.use(func(client *amsrest.Client) (any, error) {
				content, err := client.Run(context.Background(), amsrest.Story{
					Name: in.Name, FileName: in.FileName, Content: in.ContentBase64,
					Processor: in.Processor, Preset: in.Preset, Poll: duration(in.PollMs),
				})
				return map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(content))}, err
			})
		}),
	} {
		handlers[name] = handle
	}
}

// settings replace those of the environment for one task.
type settings struct {
	Settings struct {
		ClientSecret, ClientAssertion, Certificate, EndpointVersion, TenantID, Endpoint string
		Basic                                                                           bool
	}
}

// use makes a client for one task.
func (s settings) use(work func(*amsrest.Client) (any, error)) (any, error) {
	given := s.Settings
	client, err := amsrest.NewClient(amsrest.Config{
		Authority: amsrest.Authority{
			TenantID:        orEnvironment(given.TenantID, "AZURE_TENANT_ID"),
			AuthorityHost:   os.Getenv("AZURE_AUTHORITY_HOST"),
			EndpointVersion: given.EndpointVersion,
		},
		ClientCredentials: amsrest.ClientCredentials{
			ClientID:        os.Getenv("AZURE_CLIENT_ID"),
			ClientSecret:    orEnvironment(given.ClientSecret, "AZURE_CLIENT_SECRET"),
			ClientAssertion: given.ClientAssertion,
			Certificate:     given.Certificate,
			Basic:           given.Basic,
		},
		Endpoint: orEnvironment(given.Endpoint, "AMS_ENDPOINT"),
		Scope:    scope,
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return work(client)
}

func orEnvironment(given, name string) string {
	if given != "" {
		return given
	}
	return os.Getenv(name)
}

// call is one call of a task.
type call struct {
	Method, Path string
	Entity       *entity
	Query        query
	Body         any
}

func (c call) make(client *amsrest.Client) any {
	path := c.Path
	if c.Entity != nil {
		var err error
		if path, err = amsrest.EntityPath(c.Entity.Set, c.Entity.Key, c.Entity.Rest...); err != nil {
			return failed(err)
		}
	}
	answer, err := client.Call(context.Background(), c.Method, path, c.Query.params(), c.Body)
	if err != nil {
		return failed(err)
	}
	return map[string]any{"status": answer.Status, "value": answer.Value}
}
