// Transform answers in capitals.
package main

import (
	"bytes"

	"acme/pluginapi"
)

// New returns the plugin.
func New() pluginapi.Plugin { return transform{} }

type transform struct{}

func (transform) Name() string { return "transform" }

func (transform) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	return &pluginapi.Response{Status: 200, Body: bytes.ToUpper(req.Body)}, nil
}

func main() {} // nobody calls that of a plugin; `go build ./...` and editors want it to be there
