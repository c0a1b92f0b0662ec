// Package pluginapi is all that the host and its plugins share.
//
// Both must be built from the same copy of it: Go compares types by identity, and a plugin that saw another copy is
// another program. Keep it small, and give every change a new APIVersion.
package pluginapi

// APIVersion is the version of this package.
const APIVersion = "v1.0.0"

// Request is what the host asks a plugin to handle.
type Request struct {
	ID   string
	Body []byte
}

// Response is a plugin's answer. A status of 400 or more is the end of the request.
type Response struct {
	Status int
	Body   []byte
}

// Plugin is what a plugin's New returns. The host calls Handle from several goroutines.
type Plugin interface {
	Name() string
	Handle(req *Request) (*Response, error)
}

// Host is what the host offers to a plugin's Init, which it calls after the plugin was opened and before New.
type Host interface {
	// Logf writes a line to the host's log.
	Logf(format string, args ...any)
	// Setting returns the value of a setting, or "" where it has none.
	Setting(name string) string
}
