package loader

import (
	"fmt"
	"strings"
	"time"
)

// The modes in which a plugin can run.
const (
	modePlugin     = "plugin"     // a shared object, opened into this process
	modeLinked     = "linked"     // a part of this host
	modeSubprocess = "subprocess" // an executable that runs beside this process
	modeWasm       = "wasm"       // a WebAssembly module
)

// suffixes are how the files of a mode are called. What is linked has none.
var suffixes = []struct{ suffix, mode string }{
	{suffix, modePlugin}, {".plugin", modeSubprocess}, {".wasm", modeWasm},
}

// modeOf returns the mode whose files are called so, and the rest of the name; empty for any other file.
func modeOf(file string) (mode, name string) {
	for _, one := range suffixes {
		if name, ok := strings.CutSuffix(file, one.suffix); ok {
			return one.mode, name
		}
	}
	return "", file
}

// isShared returns whether a file is opened into this process.
func isShared(file string) bool {
	mode, _ := modeOf(file)
	return mode == modePlugin
}

// Lookup finds what a plugin exports: a func, or a pointer to a variable. An error says why there is none by that name.
// Plugins that share no memory with the host have no variables but constants' copies.
type Lookup interface {
	Lookup(name string) (any, error)
}

// linkedPlugin is one that is compiled into the host.
type linkedPlugin struct {
	name, version string
	capabilities  []string
	symbols       map[string]any // by name what plugin.Lookup would return
	api           string         // the import path of the API it is for, where the host's contract tells versions apart
}

// Lookup returns what the plugin exports by that name.
func (p *linkedPlugin) Lookup(name string) (any, error) {
	if found, ok := p.symbols[name]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("the plugin %s does not export %s", p.name, name)
}

// limits are what a plugin may take that shares no memory with the host. Zero is the runner's default.
type limits struct {
	timeout  time.Duration // of a call that has no context
	memory   int64         // bytes
	restarts int           // how often it is started again; less than zero: never
	files    []string      // directories that a WebAssembly module may see
}

// runner starts a verified plugin in an address space of its own; the error says why it does not run. It calls failed, from
// any goroutine, for what goes wrong and no caller is told of; running says whether the plugin goes on, started again or not.
type runner func(name string, image []byte, limits limits, failed func(code, message string, running bool)) (session, error)

// session is a plugin that a runner runs.
type session interface {
	Lookup
	// Started ends the start: the calls made until now are what a restart repeats.
	Started()
	// Close ends it, and returns when it has ended.
	Close() error
}

// canRun returns whether this host has what a mode takes.
func canRun(mode string) bool {
	_, ok := runners[mode]
	return ok || mode == modePlugin && openObject != nil
}

// modes returns in which ways this host runs plugins.
func modes() (found []string) {
	for _, mode := range []string{modePlugin, modeLinked, modeSubprocess, modeWasm} {
		if canRun(mode) || mode == modeLinked && len(linkedPlugins) > 0 {
			found = append(found, mode)
		}
	}
	return found
}

// openObject opens a shared object into this process; nil in a host that is built without mode plugin.
var openObject func(path string) (Lookup, error)
