// Package wasm runs a plugin as a WebAssembly module within the host's process, by wazero, and starts it again when it ends.
//
// A module has one thread: calls take turns, and what a plugin does in goroutines of its own goes on only while a call is under way.
package wasm

import (
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/supervision"
)

const (
	// DefaultTimeout is how long a call without a context may take where nothing is configured.
	DefaultTimeout = supervision.DefaultTimeout
	// DefaultRestarts is how often a plugin is started again within a minute where nothing is configured.
	DefaultRestarts = supervision.DefaultRestarts
	// DefaultMemory is how many bytes a plugin may have where nothing is configured.
	DefaultMemory = 256 << 20

	pageSize  = 64 << 10
	mostPages = 1 << 16
)

// longestPause is that before a restart.
var longestPause = supervision.DefaultPause

// grace is how long a call may go on whose caller does not wait for it any more. Until it returns no other call has its turn.
const grace = 2 * time.Second

// Options are about one plugin.
type Options struct {
	Name         string
	Table        *crossing.Table
	StartTimeout time.Duration // of its init functions
	Timeout      time.Duration // of a call without a context; zero: DefaultTimeout. One that takes longer ends the module
	Memory       int64         // bytes; zero: DefaultMemory
	Restarts     int           // within a minute; zero: DefaultRestarts, negative: none
	Files        []string      // directories that it may read and write; it sees no others
	Cache        string        // where compiled code is kept for the next start; empty: nowhere

	// Failed is told what happened to a plugin that was running: a code, what is to say, and whether it runs again.
	Failed func(code, message string, running bool)
	// Log takes a line that the plugin printed, without its end. Long ones are cut.
	Log func(line string)
}

func (o Options) complete() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = DefaultTimeout
	}
	if o.Restarts == 0 {
		o.Restarts = DefaultRestarts
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	return o
}

// pages returns how many pages of memory the module may have.
func (o Options) pages() uint32 {
	return uint32(min(max(o.Memory/pageSize, 1), mostPages))
}
