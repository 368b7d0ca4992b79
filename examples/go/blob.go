package amsrest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/url"
	"strings"
	"unicode/utf8"
)

// StorageVersion is the x-ms-version of storage requests.
const StorageVersion = "2019-12-12"

// BlobURL returns a blob's address in a container's, whose query it keeps byte by byte.
func BlobURL(containerURL, blobName string) (string, error) {
	if _, err := secureURL(containerURL); err != nil || strings.Contains(containerURL, "#") {
		return "", argumentError("the container must be https:// (http:// on loopback only) without user name or fragment")
	}
	if blobName == "" || utf8.RuneCountInString(blobName) > 1024 {
		return "", argumentError("a blob name has 1 to 1024 characters")
	}
	parts := strings.Split(blobName, "/")
	for i, part := range parts {
		if part == "." || part == ".." || strings.Contains(part, `\`) {
			return "", argumentError("a blob name has no dot parts or backslashes")
		}
		parts[i] = percentEncode(part)
	}
	path, query, hasQuery := strings.Cut(containerURL, "?")
	address := strings.TrimRight(path, "/") + "/" + strings.Join(parts, "/")
	if hasQuery {
		address += "?" + query
	}
	return address, nil
}

// queryValue returns a decoded query parameter, for which a plus is a plus.
func queryValue(address, name string) string {
	_, query, _ := strings.Cut(address, "?")
	for _, pair := range strings.Split(query, "&") {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			decoded, _ := url.PathUnescape(value)
			return decoded
		}
	}
	return ""
}

// EffectiveVersion returns the version that carries a request out.
func EffectiveVersion(address, sent string) string {
	if sv := queryValue(address, "sv"); sv != "" && sv < "2014-02-14" {
		return sv
	}
	return sent
}

const (
	mebibyte     = 1 << 20
	defaultBlock = 8 * mebibyte
	maxBlocks    = 50000
)

// BlockPlan returns the size of blocks and their number, 0 for one Put Blob. A blockBytes of 0 means the default, 8 MiB.
func BlockPlan(size int64, version string, blockBytes int64) (bytes, count int64, err error) {
	limit := int64(4000 * mebibyte)
	if version < "2016-05-31" {
		limit = 4 * mebibyte
	} else if version < "2019-12-12" {
		limit = 100 * mebibyte
	}
	if blockBytes == 0 {
		blockBytes = defaultBlock
	}
	if blockBytes < 0 {
		return 0, 0, argumentError("the block size must be a whole number above 0")
	}
	if blockBytes > limit {
		blockBytes = limit
	}
	if least := (size + maxBlocks - 1) / maxBlocks; least > blockBytes {
		blockBytes = least
	}
	if blockBytes > limit {
		return 0, 0, argumentError("the blob is too large for %d blocks", maxBlocks)
	}
	if size <= blockBytes {
		return blockBytes, 0, nil
	}
	return blockBytes, (size + blockBytes - 1) / blockBytes, nil
}

// BlockList returns the body of Put Block List.
func BlockList(ids []string) string {
	list := ""
	for _, id := range ids {
		list += "<Latest>" + id + "</Latest>"
	}
	return `<?xml version="1.0" encoding="utf-8"?><BlockList>` + list + "</BlockList>"
}

// ParseStorageError returns what a refusal of Blob Storage says.
func ParseStorageError(response *Response) ErrorBody {
	body, _ := ParseErrorBody(string(response.Body))
	if code := response.Header["x-ms-error-code"]; code != "" {
		body.Code = code
	}
	body.Message, _, _ = strings.Cut(body.Message, "\n")
	body.Message = strings.TrimRight(body.Message, "\r")
	return body
}

// Upload puts content into a blob of the container, with the permission in the container URL's query.
// A blockBytes of 0 means the default.
func Upload(ctx context.Context, transport *Transport, containerURL, blobName string, content []byte, contentType string, blockBytes int64) error {
	address, err := BlobURL(containerURL, blobName)
	if err != nil {
		return err
	}
	put := func(query string, body []byte, header map[string]string) error {
		header["x-ms-version"] = StorageVersion
		header["x-ms-client-request-id"] = newGUID()
		target := address
		if query != "" {
			separator := "?"
			if strings.Contains(address, "?") {
				separator = "&"
			}
			target += separator + query
		}
		_, err := storageExchange(ctx, transport, Request{Method: "PUT", URL: target, Header: header, Body: body})
		return redact(err, queryValue(address, "sig"))
	}
	size := int64(len(content))
	blockBytes, count, err := BlockPlan(size, EffectiveVersion(address, StorageVersion), blockBytes)
	if err != nil {
		return err
	}
	if count == 0 {
		return put("", content, map[string]string{"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": contentType})
	}
	newID := blockIDs()
	ids := make([]string, count)
	for i := range ids {
		ids[i] = newID(i)
		start := int64(i) * blockBytes
		end := int64(math.Min(float64(start+blockBytes), float64(size)))
		if err := put("comp=block&blockid="+percentEncode(ids[i]), content[start:end], map[string]string{}); err != nil {
			return err
		}
	}
	return put("comp=blocklist", []byte(BlockList(ids)), map[string]string{"x-ms-blob-content-type": contentType, "Content-Type": "application/xml"})
}

// blockIDs returns ids of one length that no other upload uses.
func blockIDs() func(i int) string {
	var id [20]byte
	if _, err := rand.Read(id[:16]); err != nil {
		panic(err)
	}
	return func(i int) string {
		binary.BigEndian.PutUint32(id[16:], uint32(i))
		return base64.StdEncoding.EncodeToString(id[:])
	}
}

func storageExchange(ctx context.Context, transport *Transport, request Request) (*Response, error) {
	response, err := transport.SendWithRetry(ctx, request, IsRepeatable(request.Method))
	if err == nil && (response.Status < 200 || response.Status > 299) {
		body := ParseStorageError(response)
		err = serviceError(response, body.Code, body.Message)
	}
	return response, err
}
