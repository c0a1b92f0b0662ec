package subprocess

import (
	"context"

	"pluginkit/running/supervision"
)

// Session is a plugin that runs in a process of its own, or in one after the other. Its Close asks the process to end, ends it where it does
// not, and returns when it is gone.
type Session = supervision.Session[*process]

// Start runs the executable whose bytes these are. Nothing of the plugin but its init functions has run when it returns. It returns an
// error for one that was built from another copy of the API.
func Start(executable []byte, options Options) (*Session, error) {
	options = options.complete()
	kept, err := keep(executable)
	if err != nil {
		return nil, err
	}
	return supervision.Start(supervision.Plan[*process]{
		Table: options.Table, Timeout: options.Timeout, Restarts: options.Restarts, LongestPause: longestPause, Failed: options.Failed,
		Start: func(serve func(context.Context, []byte) []byte) (*process, error) {
			fresh, err := start(kept, options)
			if err == nil {
				go fresh.run(serve)
			}
			return fresh, err
		},
		Release: func() { kept.Close() },
	})
}
