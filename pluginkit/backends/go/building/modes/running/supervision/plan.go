package supervision

import (
	"context"
	"time"

	"pluginkit/running/crossing"
)

const (
	// Fatal is the code of a plugin that ended, or did not answer.
	Fatal = "PK507"
	// Own is the code of one whose own code failed.
	Own = "PK508"

	// DefaultTimeout is how long a call without a context may take where nothing is configured.
	DefaultTimeout = 30 * time.Second
	// DefaultRestarts is how often a plugin is started again within a minute where nothing is configured.
	DefaultRestarts = 3
	// DefaultPause is the longest one before a restart where nothing else is said.
	DefaultPause = 400 * time.Millisecond

	period     = time.Minute
	firstPause = 100 * time.Millisecond // before the second restart within the period; each later one is twice as long
)

// Plan says how a plugin is run.
type Plan[R Run] struct {
	Table        *crossing.Table
	Timeout      time.Duration // of a call without a context
	Restarts     int           // within a minute
	LongestPause time.Duration // before a restart
	Grace        time.Duration // for its end when it is closed; zero: as long as that takes

	// Start starts a run, which answers its plugin's own requests by `serve`.
	Start func(serve func(ctx context.Context, request []byte) []byte) (R, error)
	// Release is called once, when there will be no other run.
	Release func()
	// Failed is told what happened to a plugin that was running: a code, what is to say, and whether it runs again.
	Failed func(code, message string, running bool)
}
