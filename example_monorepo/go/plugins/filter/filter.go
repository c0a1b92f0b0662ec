// Filter refuses requests without a body, and counts what it lets through.
package main

import (
	"bytes"
	"sync/atomic"

	"acme/pluginapi"
)

// Counter is the number of requests that passed. Lookup gives the host a pointer to this very variable: both sides
// use atomics.
var Counter int64

// Tick counts one request.
func Tick() { atomic.AddInt64(&Counter, 1) }

var maximum = "1048576"

// Init takes the settings over. What can fail belongs here and not in func init, which runs inside plugin.Open.
func Init(host pluginapi.Host) error {
	if set := host.Setting("filter.maximum"); set != "" {
		maximum = set
	}
	host.Logf("filter: at most %s bytes", maximum)
	return nil
}

// New returns the plugin.
func New() pluginapi.Plugin { return filter{} }

type filter struct{}

func (filter) Name() string { return "filter" }

func (filter) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	body := bytes.TrimSpace(req.Body)
	if len(body) == 0 {
		return &pluginapi.Response{Status: 400, Body: []byte("an empty request")}, nil
	}
	Tick()
	return &pluginapi.Response{Status: 200, Body: body}, nil
}

func main() {} // nobody calls that of a plugin; `go build ./...` and editors want it to be there
