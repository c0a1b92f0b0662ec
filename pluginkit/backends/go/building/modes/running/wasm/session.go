package wasm

import (
	"context"

	"pluginkit/running/supervision"
)

// Session is a plugin that runs as a module, or as one after the other. Its Close ends the module, and returns when it has ended, or soon where
// it waits for the host: it is the host's code that is under way then, and that may be what closes the session.
type Session = supervision.Session[*instance]

// Start runs the module whose bytes these are. Nothing of the plugin but its init functions has run when it returns. It returns an error for
// one that was built from another copy of the API.
func Start(module []byte, options Options) (*Session, error) {
	options = options.complete()
	compiled, err := compile(context.Background(), module, options)
	if err != nil {
		return nil, err
	}
	return supervision.Start(supervision.Plan[*instance]{
		Table: options.Table, Timeout: options.Timeout, Restarts: options.Restarts, LongestPause: longestPause, Failed: options.Failed, Grace: grace,
		Start: func(serve func(context.Context, []byte) []byte) (*instance, error) {
			return newInstance(compiled, serve)
		},
		Release: func() { compiled.Close() },
	})
}
