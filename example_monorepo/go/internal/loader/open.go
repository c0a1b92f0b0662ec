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
	if l.probes != nil {
		if findings := l.probes.of(private, data); len(findings) > 0 {
			return nil, findings
		}
	}
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

// symbols are what the host uses of a plugin.
type symbols struct {
	capabilities func() []string            // nil where it declares none
	initialize   func(pluginapi.Host) error // nil where it wants nothing of the host
	factory      func() pluginapi.Plugin
}

// start asks a plugin for its capabilities, lets it initialize, and makes its instance.
func (l *loading) start(made *Plugin) *Finding {
	found, finding := lookUp(made.Symbols)
	if finding != nil {
		return finding
	}
	if found.capabilities != nil {
		made.Capabilities = slices.Clone(found.capabilities())
	}
	if found.initialize != nil {
		if err := found.initialize(l.host); err != nil {
			return failure("Init: %v", err)
		}
	}
	made.Instance = found.factory()
	if made.Instance == nil {
		return failure("New returned nil")
	}
	return nil
}

// lookUp finds the symbols and compares the API's version; it calls none of them.
func lookUp(opened *plugin.Plugin) (*symbols, *Finding) {
	found := &symbols{}
	if symbol, err := opened.Lookup("APIVersion"); err == nil {
		version, ok := symbol.(*string)
		if !ok {
			return nil, wrongType("APIVersion", symbol, "*string")
		}
		if *version != pluginapi.APIVersion {
			return nil, &Finding{
				Code: "PK302", Message: "built against another version of the API",
				Hint: "rebuild it with `pluginkit build`", Found: *version, Expected: pluginapi.APIVersion,
			}
		}
	}
	ok := true
	if symbol, err := opened.Lookup("Capabilities"); err == nil {
		if found.capabilities, ok = symbol.(func() []string); !ok {
			return nil, wrongType("Capabilities", symbol, "func() []string")
		}
	}
	if symbol, err := opened.Lookup("Init"); err == nil {
		if found.initialize, ok = symbol.(func(pluginapi.Host) error); !ok {
			return nil, wrongType("Init", symbol, "func(pluginapi.Host) error")
		}
	}
	symbol, err := opened.Lookup("New")
	if err != nil {
		return nil, &Finding{
			Code: "PK501", Message: "does not export New", Hint: "define it, and rebuild it",
			Expected: "func New() pluginapi.Plugin",
		}
	}
	if found.factory, ok = symbol.(func() pluginapi.Plugin); !ok {
		return nil, wrongType("New", symbol, "func() pluginapi.Plugin")
	}
	return found, nil
}

func failed(err error) []Finding {
	return []Finding{*failure("%v", err)}
}

// failure is a finding about the plugin's own code.
func failure(format string, args ...any) *Finding {
	return &Finding{
		Code: "PK508", Message: fmt.Sprintf(format, args...),
		Hint: "the error is in the plugin: mend it there, or remove the plugin",
	}
}

func wrongType(name string, symbol plugin.Symbol, expected string) *Finding {
	return &Finding{
		Code: "PK502", Message: "exports " + name + " with another type",
		Hint: "declare it as " + expected, Found: fmt.Sprintf("%T", symbol), Expected: expected,
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
