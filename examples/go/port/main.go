// Command port lets the conformance judge drive package amsrest: a task a line in, an answer a line out.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"example.com/amsrest"
)

type task struct {
	Name  string
	Input json.RawMessage
}

// handler performs one task.
type handler func(input json.RawMessage) (any, error)

// with turns a function of a typed input into a handler.
func with[Input any](answer func(Input) (any, error)) handler {
	return func(raw json.RawMessage) (any, error) {
		var input Input
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&input); err != nil {
			return nil, &amsrest.Error{Kind: amsrest.ArgumentError, Message: "the input of the task does not fit: " + err.Error()}
		}
		return answer(input)
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			out.Encode(perform(line))
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func perform(line []byte) any {
	var t task
	if err := json.Unmarshal(line, &t); err != nil {
		return failed(err)
	}
	handle := handlers[t.Name]
	if handle == nil {
		return map[string]any{"notAttempted": true}
	}
	output, err := handle(t.Input)
	if err != nil {
		return failed(err)
	}
	return map[string]any{"output": output}
}

func failed(err error) map[string]any { return map[string]any{"error": describe(err)} }

// describe writes an error down, with all that it prints.
func describe(err error) map[string]any {
	var e *amsrest.Error
	if !errors.As(err, &e) {
		return map[string]any{"kind": "unexpected", "message": err.Error()}
	}
	described := map[string]any{
		"kind": e.Kind, "message": e.Message, "code": e.Code, "errorCodes": e.ErrorCodes, "requestId": e.RequestID,
		"traceId": e.TraceID, "correlationId": e.CorrelationID, "outcomeUnknown": e.OutcomeUnknown,
		"printed": fmt.Sprintf("%v %+v %#v", e, *e, *e),
	}
	if e.Status != 0 {
		described["status"] = e.Status
	}
	return described
}
