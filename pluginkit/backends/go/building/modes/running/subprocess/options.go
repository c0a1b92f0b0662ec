// Package subprocess runs a plugin in a process of its own, by hashicorp/go-plugin, and starts it again when it ends.
package subprocess

import (
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/supervision"
)

const (
	fatal = supervision.Fatal

	// DefaultTimeout is how long a call without a context may take where nothing is configured.
	DefaultTimeout = supervision.DefaultTimeout
	// DefaultRestarts is how often a plugin is started again within a minute where nothing is configured.
	DefaultRestarts = supervision.DefaultRestarts
)

// longestPause is that before a restart.
var longestPause = supervision.DefaultPause

// Options are about one plugin.
type Options struct {
	Name         string
	Table        *crossing.Table
	StartTimeout time.Duration // until it is connected
	Timeout      time.Duration // of a call without a context; zero: DefaultTimeout. One that takes longer ends the process
	Memory       int64         // bytes; zero: no limit. Linux only
	Restarts     int           // within a minute; zero: DefaultRestarts, negative: none

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
	return o
}

// found is an error that says with which code a plugin's host reports it.
type found struct {
	message string
	cause   error
}

func (f *found) Error() string { return f.message }

func (f *found) Unwrap() error { return f.cause }

// FindingCode returns the code.
func (*found) FindingCode() string { return fatal }
