package loader

import (
	"fmt"
	"os"
	"path/filepath"
	"plugin"
	"slices"
	"time"

	"acme/pluginapi"
)

// open opens verified bytes and makes the plugin's instance. Whatever goes wrong in the plugin's own code becomes a
// finding: the host goes on without it.
func (l *loading) open(path, name string, data []byte) (*Plugin, []Finding) {
	// plugin.Open looks the path up again, and by then another file may lie there. Nobody else writes to this copy.
	private := filepath.Join(l.private, fmt.Sprintf("%d-%s", len(l.plugins), filepath.Base(path)))
	if err := os.WriteFile(private, data, 0o600); err != nil {
		return nil, failed(err)
	}
	defer os.Remove(private)
	opened, err := openInTime(private)
	if err != nil {
		return nil, failed(err)
	}
	made := &Plugin{Name: name, Symbols: opened}
	var finding *Finding
	if err := protect(func() { finding = l.start(made) }); err != nil {
		finding = failure("%v", err)
	}
	if finding != nil {
		return nil, []Finding{*finding}
	}
	return made, nil
}

// openInTime runs the plugin's init functions. One that hangs keeps its goroutine, and nothing else.
func openInTime(path string) (*plugin.Plugin, error) {
	var opened *plugin.Plugin
	var failure error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := protect(func() { opened, failure = plugin.Open(path) }); err != nil {
			failure = err
		}
	}()
	select {
	case <-done:
		return opened, failure
	case <-time.After(Timeout):
		return nil, fmt.Errorf("its init functions take longer than %v", Timeout)
	}
}

// start looks up what the host uses of a plugin: its version, its capabilities, Init where it has one, and New.
func (l *loading) start(made *Plugin) *Finding {
	if symbol, err := made.Symbols.Lookup("APIVersion"); err == nil {
		version, ok := symbol.(*string)
		if !ok {
			return wrongType("APIVersion", symbol, "*string")
		}
		if *version != pluginapi.APIVersion {
			return &Finding{Code: "PK302", Message: "built against another version of the API", Found: *version, Expected: pluginapi.APIVersion}
		}
	}
	if symbol, err := made.Symbols.Lookup("Capabilities"); err == nil {
		capabilities, ok := symbol.(func() []string)
		if !ok {
			return wrongType("Capabilities", symbol, "func() []string")
		}
		made.Capabilities = slices.Clone(capabilities())
	}
	symbol, err := made.Symbols.Lookup("New")
	if err != nil {
		return &Finding{Code: "PK501", Message: "does not export New", Expected: "func New() pluginapi.Plugin"}
	}
	factory, ok := symbol.(func() pluginapi.Plugin)
	if !ok {
		return wrongType("New", symbol, "func() pluginapi.Plugin")
	}
	if symbol, err := made.Symbols.Lookup("Init"); err == nil {
		initialize, ok := symbol.(func(pluginapi.Host) error)
		if !ok {
			return wrongType("Init", symbol, "func(pluginapi.Host) error")
		}
		if err := initialize(l.host); err != nil {
			return failure("Init: %v", err)
		}
	}
	made.Instance = factory()
	if made.Instance == nil {
		return failure("New returned nil")
	}
	return nil
}

func failed(err error) []Finding {
	return []Finding{*failure("%v", err)}
}

// failure is a finding about the plugin's own code, which no rule of pluginkit's has a code for.
func failure(format string, args ...any) *Finding {
	return &Finding{Code: "error", Message: fmt.Sprintf(format, args...)}
}

func wrongType(name string, symbol plugin.Symbol, expected string) *Finding {
	return &Finding{
		Code: "PK502", Message: "exports " + name + " with another type", Found: fmt.Sprintf("%T", symbol), Expected: expected,
	}
}

// protect runs what a stranger wrote and returns its panic as an error.
func protect(run func()) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	run()
	return nil
}
