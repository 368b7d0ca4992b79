package amsrest

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Story is a file to upload, encode and publish.
type Story struct {
	Name      string // what everything that is created is named after
	FileName  string
	Content   []byte
	Processor string
	Preset    string
	Poll      time.Duration
}

// State of a job.
const (
	jobFinished = 3
	jobError    = 4
	jobCanceled = 5
)

// Run uploads, encodes and publishes a file, reads it back, and deletes what it created, after a failure too.
func (c *Client) Run(ctx context.Context, story Story) (content []byte, err error) {
	var created []string // paths, in the order in which they are to be deleted
	defer func() {
		if failure := c.deleteAll(created); err == nil {
			err = failure
		}
		err = c.redact(err)
	}()
	create := func(set string, body map[string]any) (map[string]any, error) {
		answer, err := c.Call(ctx, "POST", set, nil, body)
		if err != nil {
			return nil, err
		}
		entity, _ := answer.Value.(map[string]any)
		path, err := EntityPath(set, text(entity, "Id"))
		if err != nil {
			return nil, protocolError("%s: the entity created has no Id", set)
		}
		created = append([]string{path}, created...)
		return entity, nil
	}

	// Upload.
	source, err := create("Assets", map[string]any{"Name": story.Name + "-source"})
	if err != nil {
		return nil, err
	}
	locator, err := c.createLocator(create, story.Name+"-upload", source, 2, 1)
	if err != nil {
		return nil, err
	}
	if err := Upload(ctx, c.transport, text(locator, "Path"), story.FileName, story.Content, "video/mp4", 0); err != nil {
		return nil, err
	}
	if _, err := c.Call(ctx, "GET", "CreateFileInfos", []Param{{"assetid", String(text(source, "Id"))}}, nil); err != nil {
		return nil, err
	}

	// Encode.
	output, err := c.encode(ctx, create, story, text(source, "Id"), func(path string) { created = append([]string{path}, created...) })
	if err != nil {
		return nil, err
	}

	// Publish.
	origin, err := c.createLocator(create, story.Name+"-origin", output, 1, 2)
	if err != nil {
		return nil, err
	}
	outputPath, err := EntityPath("Assets", text(output, "Id"), "Files")
	if err != nil {
		return nil, err
	}
	files, err := c.entities(ctx, outputPath, nil)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if text(file, "ContentFileSize") == strconv.Itoa(len(story.Content)) {
			return c.readPublished(ctx, text(origin, "Path"), text(file, "Name"))
		}
	}
	return nil, protocolError("no published file is as large as what was uploaded")
}

type creator func(set string, body map[string]any) (map[string]any, error)

func (c *Client) createLocator(create creator, name string, asset map[string]any, permissions, kind int) (map[string]any, error) {
	policy, err := create("AccessPolicies", map[string]any{"Name": name, "DurationInMinutes": 120, "Permissions": permissions})
	if err != nil {
		return nil, err
	}
	return create("Locators", map[string]any{"Name": name, "AccessPolicyId": text(policy, "Id"), "AssetId": text(asset, "Id"), "Type": kind})
}

// encode runs a job and returns its output asset, which it names to deleteLater as soon as there is a job.
func (c *Client) encode(ctx context.Context, create creator, story Story, sourceID string, deleteLater func(path string)) (map[string]any, error) {
	processor, err := c.newestProcessor(ctx, story.Processor)
	if err != nil {
		return nil, err
	}
	sourcePath, err := EntityPath("Assets", sourceID)
	if err != nil {
		return nil, err
	}
	var outputName bytes.Buffer
	if err := xml.EscapeText(&outputName, []byte(story.Name+"-encoded")); err != nil {
		return nil, argumentError("the name cannot be written as XML")
	}
	job, err := create("Jobs", map[string]any{
		"Name":             story.Name + "-job",
		"InputMediaAssets": []any{map[string]any{"__metadata": map[string]any{"uri": c.currentRoot() + sourcePath}}},
		"Tasks": []any{map[string]any{
			"Name":             story.Name + "-task",
			"Configuration":    story.Preset,
			"MediaProcessorId": processor,
			"TaskBody": `<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>` +
				`<outputAsset assetCreationOptions="0" assetName="` + outputName.String() + `">JobOutputAsset(0)</outputAsset></taskBody>`,
		}},
	})
	if err != nil {
		return nil, err
	}
	id := text(job, "Id")
	jobPath, _ := EntityPath("Jobs", id)
	outputsPath, _ := EntityPath("Jobs", id, "OutputMediaAssets")
	waited := c.waitForJob(ctx, jobPath, story.Poll)
	outputs, err := c.entities(context.Background(), outputsPath, nil)
	for _, output := range outputs {
		if path, err := EntityPath("Assets", text(output, "Id")); err == nil {
			deleteLater(path)
		}
	}
	switch {
	case waited != nil:
		return nil, waited
	case err != nil:
		return nil, err
	case len(outputs) == 0:
		return nil, protocolError("the job has no output asset")
	}
	return outputs[0], nil
}

func (c *Client) newestProcessor(ctx context.Context, name string) (string, error) {
	processors, err := c.entities(ctx, "MediaProcessors", []Param{{"$filter", "Name eq " + String(name)}})
	if err != nil {
		return "", err
	}
	id, newest := "", ""
	for _, processor := range processors {
		if version := text(processor, "Version"); id == "" || isNewer(version, newest) {
			id, newest = text(processor, "Id"), version
		}
	}
	if id == "" {
		return "", argumentError("there is no media processor named %q", name)
	}
	return id, nil
}

// isNewer compares versions by number, part by part.
func isNewer(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(as) || i < len(bs); i++ {
		var x, y int
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if i < len(bs) {
			y, _ = strconv.Atoi(bs[i])
		}
		if x != y {
			return x > y
		}
	}
	return false
}

func (c *Client) waitForJob(ctx context.Context, path string, poll time.Duration) error {
	for {
		answer, err := c.Call(ctx, "GET", path, nil, nil)
		if err != nil {
			return err
		}
		job, _ := answer.Value.(map[string]any)
		switch fmt.Sprint(job["State"]) {
		case strconv.Itoa(jobFinished):
			return nil
		case strconv.Itoa(jobError), strconv.Itoa(jobCanceled):
			return &Error{Kind: ServiceError, Status: answer.Status, Message: fmt.Sprintf("the job ended in state %v", job["State"])}
		}
		if err := sleep(ctx, poll); err != nil {
			return err
		}
	}
}

// readPublished reads a file through the streaming endpoint, without a token.
func (c *Client) readPublished(ctx context.Context, locatorPath, name string) ([]byte, error) {
	address, err := BlobURL(locatorPath, name)
	if err != nil {
		return nil, err
	}
	response, err := c.transport.SendWithRetry(ctx, Request{Method: "GET", URL: address}, true)
	if err != nil {
		return nil, err
	}
	if response.Status != 200 {
		return nil, serviceError(response, "", "the published file cannot be read")
	}
	return response.Body, nil
}

func (c *Client) entities(ctx context.Context, path string, query []Param) ([]map[string]any, error) {
	answer, err := c.Call(ctx, "GET", path, query, nil)
	if err != nil {
		return nil, err
	}
	list, ok := answer.Value.([]any)
	if !ok {
		return nil, protocolError("%s: the answer is not a list", path)
	}
	entities := make([]map[string]any, len(list))
	for i, entity := range list {
		entities[i], _ = entity.(map[string]any)
	}
	return entities, nil
}

// deleteAll deletes all it can and returns the first failure. Locators and
// policies come before the assets in use by them, jobs before all assets.
func (c *Client) deleteAll(paths []string) error {
	var first error
	for _, set := range []string{"Locators", "AccessPolicies", "Jobs", "Assets"} {
		for _, path := range paths {
			if !strings.HasPrefix(path, set+"(") {
				continue
			}
			if _, err := c.Call(context.Background(), "DELETE", path, nil, nil); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}
