package loader

import (
	"errors"
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
func (c *candidate) open(name string, data []byte) (*Plugin, []Finding) {
	// plugin.Open looks the path up again, and by then another file may lie there. Nobody else writes to this copy.
	private := filepath.Join(c.private, filepath.Base(c.path))
	if err := os.WriteFile(private, data, 0o600); err != nil {
		return nil, failed("opening it", err)
	}
	defer os.Remove(private)
	opened, err := inTime(Timeout, func() (*plugin.Plugin, error) { return plugin.Open(private) })
	if err != nil {
		return nil, unopened(err)
	}
	made := &Plugin{Name: name, Path: c.path, API: c.api(), Symbols: opened}
	if start, ok := c.starters[made.API]; ok {
		return made, startOther(made, start, c.host)
	}
	offered, findings := lookUp(opened)
	if c.loading.stamp == nil { // with stamps it was compared
		findings = append(findings, offered.compareVersions()...)
	}
	if len(findings) > 0 {
		return nil, findings
	}
	return made, offered.start(made, c.host)
}

// lookUp returns whether the plugin exports what is called here, as those for other versions of the API need not.
func (c *candidate) lookUp() bool {
	_, other := c.starters[c.api()]
	return !other
}

// startOther makes the instance of a plugin for another version of the API.
func startOther(made *Plugin, start Starter, host pluginapi.Host) []Finding {
	var capabilities func() []string
	if findings := find(made.Symbols, "Capabilities", &capabilities); len(findings) > 0 {
		return findings
	}
	var err error
	if capabilities != nil {
		made.Capabilities, err = inTime(Timeout, func() ([]string, error) { return slices.Clone(capabilities()), nil })
	}
	if err == nil {
		made.Instance, err = inTime(Timeout, func() (pluginapi.Plugin, error) { return start(made.Symbols, host) })
	}
	if err == nil && made.Instance == nil {
		err = errors.New("returned nil")
	}
	if err != nil {
		return failed("starting it", err)
	}
	return nil
}

// exports is what the host uses of a plugin. It has New; the rest is nil where the plugin does without.
type exports struct {
	version      *string
	capabilities func() []string
	initialize   func(pluginapi.Host) error
	factory      func() pluginapi.Plugin
}

// lookUp finds what the host uses, and calls none of it.
func lookUp(opened *plugin.Plugin) (*exports, []Finding) {
	found := new(exports)
	findings := slices.Concat(
		find(opened, "APIVersion", &found.version),
		find(opened, "Capabilities", &found.capabilities),
		find(opened, "Init", &found.initialize),
		find(opened, "New", &found.factory),
	)
	if _, err := opened.Lookup("New"); err != nil {
		findings = append(findings, Finding{
			Code: "PK501", Message: "does not export New", Expected: fmt.Sprintf("%T", found.factory),
		})
	}
	return found, findings
}

// compareVersions returns why a plugin for another version of the API does not fit.
func (e *exports) compareVersions() []Finding {
	if e.version == nil || *e.version == pluginapi.APIVersion {
		return nil
	}
	message := "built against another version of the API"
	return []Finding{
		{Code: "PK302", Message: message, Found: *e.version, Expected: pluginapi.APIVersion},
	}
}

// find looks up a symbol that a plugin may export, and compares its type with the one that the host uses.
func find[T any](opened *plugin.Plugin, name string, into *T) []Finding {
	symbol, err := opened.Lookup(name)
	if err != nil {
		return nil
	}
	value, ok := symbol.(T)
	if !ok {
		return []Finding{
			{
				Code:     "PK502",
				Message:  "exports " + name + " with another type",
				Found:    fmt.Sprintf("%T", symbol),
				Expected: fmt.Sprintf("%T", *into),
			},
		}
	}
	*into = value
	return nil
}

// start makes the instance: capabilities, Init where the plugin has one, then New.
func (e *exports) start(made *Plugin, host pluginapi.Host) []Finding {
	var err error
	if e.capabilities != nil {
		made.Capabilities, err = inTime(Timeout, func() ([]string, error) { return slices.Clone(e.capabilities()), nil })
		if err != nil {
			return failed("Capabilities", err)
		}
	}
	if e.initialize != nil {
		if _, err := inTime(Timeout, func() (any, error) { return nil, e.initialize(host) }); err != nil {
			return failed("Init", err)
		}
	}
	made.Instance, err = inTime(Timeout, func() (pluginapi.Plugin, error) { return e.factory(), nil })
	if err == nil && made.Instance == nil {
		err = errors.New("returned nil")
	}
	if err != nil {
		return failed("New", err)
	}
	return nil
}

// failed is the finding about what a plugin's own code did.
func failed(step string, err error) []Finding {
	return []Finding{
		{Code: "PK508", Message: fmt.Sprintf("%s: %v", step, err)},
	}
}

// inTime runs what a stranger wrote; its panic is an error, and so is to take longer than the limit. What hangs keeps
// its goroutine, and nothing else.
func inTime[T any](limit time.Duration, run func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		ended := outcome{err: errors.New("runtime.Goexit")}
		defer func() {
			if panicked := recover(); panicked != nil {
				ended.err = errors.New(printable(fmt.Sprintf("panic: %v", panicked)))
			}
			done <- ended
		}()
		value, err := run()
		if err != nil { // its text is the stranger's code too
			err = errors.New(printable(err.Error()))
		}
		ended.value, ended.err = value, err
	}()
	select {
	case ended := <-done:
		return ended.value, ended.err
	case <-time.After(limit):
		return *new(T), fmt.Errorf("takes longer than %v", limit)
	}
}
