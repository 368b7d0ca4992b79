package amsrest

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// MaxPage is the most that Media Services gives at a time.
const MaxPage = 1000

// List calls visit with each entity, page by page, until there are no more or visit returns an error.
func (c *Client) List(ctx context.Context, path string, query []Param, pageSize int, visit func(any) error) error {
	if pageSize <= 0 || pageSize > MaxPage {
		pageSize = MaxPage
	}
	skip, left := 0, -1 // -1: no limit
	var others []Param
	for _, param := range query {
		var err error
		switch {
		case param.Value == nil:
		case param.Name == "$skip":
			skip, err = wholeNumber(param)
		case param.Name == "$top":
			left, err = wholeNumber(param)
		default:
			others = append(others, param)
		}
		if err != nil {
			return err
		}
	}
	for left != 0 {
		asked := pageSize
		if left > 0 && left < asked {
			asked = left
		}
		page := append([]Param{}, others...)
		if skip > 0 {
			page = append(page, Param{"$skip", skip})
		}
		answer, err := c.Call(ctx, "GET", path, append(page, Param{"$top", asked}), nil)
		if err != nil {
			return err
		}
		entities, ok := answer.Value.([]any)
		if !ok {
			return protocolError("the answer is not a list")
		}
		for _, entity := range entities {
			if err := visit(entity); err != nil {
				return err
			}
		}
		skip += len(entities)
		if left > 0 {
			if left -= len(entities); left < 0 {
				left = 0
			}
		}
		if len(entities) == 0 || len(entities) < asked && !answer.hasNextPage {
			return nil
		}
	}
	return nil
}

func wholeNumber(param Param) (int, error) {
	number, err := strconv.Atoi(fmt.Sprint(param.Value))
	if err != nil || number < 0 {
		return 0, argumentError("%s is not a whole number", param.Name)
	}
	return number, nil
}

// Operate makes one call and waits for the operation that it started. It
// returns the operation's state, or "" when there was nothing to wait for.
func (c *Client) Operate(ctx context.Context, method, path string, poll time.Duration) (string, error) {
	answer, err := c.Call(ctx, method, path, nil, nil)
	if err != nil || answer.Status != 202 || answer.OperationID == "" {
		return "", err
	}
	operation, err := EntityPath("Operations", answer.OperationID)
	if err != nil {
		return "", err
	}
	for {
		answer, err := c.Call(ctx, "GET", operation, nil, nil)
		if err != nil {
			return "", err
		}
		entity, _ := answer.Value.(map[string]any)
		switch state := text(entity, "State"); state {
		case "Succeeded":
			return state, nil
		case "Failed":
			return "", &Error{Kind: ServiceError, Status: answer.Status, Code: text(entity, "ErrorCode"), Message: text(entity, "ErrorMessage")}
		}
		if err := sleep(ctx, poll); err != nil {
			return "", err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return &Error{Kind: NetworkError, Message: ctx.Err().Error()}
	}
}
