package loader

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"acme/pluginapi"
)

// open opens verified bytes and makes the plugin's instance. Whatever goes wrong in the plugin's own code becomes a
// finding: the host goes on without it.
func (c *candidate) open(name string) (*Plugin, []Finding) {
	made := &Plugin{Name: name, Path: c.path, Mode: c.mode, API: c.api()}
	// plugin.Open looks the path up again, and by then another file may lie there. Nobody else writes to this copy.
	private := filepath.Join(c.private, filepath.Base(c.path))
	if err := os.WriteFile(private, c.image, 0o600); err != nil {
		return nil, made.failed("opening it", err)
	}
	defer os.Remove(private)
	opened, err := inTime(Timeout, func() (Lookup, error) { return openObject(private) })
	if err != nil {
		return nil, unopened(err)
	}
	made.Symbols = opened
	return made, c.loading.begin(made)
}

// begin makes the instance of a plugin whose symbols are there, and returns what stands against that.
func (l *loading) begin(made *Plugin) []Finding {
	if start, ok := l.starters[made.API]; ok {
		return made.startOther(start, l.host)
	}
	offered, findings := lookUp(made.Symbols)
	if l.stamp == nil { // with stamps it was compared
		findings = append(findings, offered.compareVersions()...)
	}
	if len(findings) > 0 {
		return findings
	}
	return offered.start(made, l.host)
}

// lookUp returns whether the plugin exports what is called here, as those for other versions of the API need not.
func (c *candidate) lookUp() bool {
	_, other := c.starters[c.api()]
	return !other
}

// startOther makes the instance of a plugin for another version of the API.
func (p *Plugin) startOther(start Starter, host pluginapi.Host) []Finding {
	var capabilities func() []string
	if findings := find(p.Symbols, "Capabilities", &capabilities); len(findings) > 0 {
		return findings
	}
	var err error
	if capabilities != nil {
		p.Capabilities, err = inTime(Timeout, func() ([]string, error) { return slices.Clone(capabilities()), nil })
	}
	if err == nil {
		p.Instance, err = inTime(Timeout, func() (pluginapi.Plugin, error) { return start(p.Symbols, host) })
	}
	if err == nil && p.Instance == nil {
		err = errors.New("returned nil")
	}
	if err != nil {
		return p.failed("starting it", err)
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
func lookUp(opened Lookup) (*exports, []Finding) {
	found := new(exports)
	findings := slices.Concat(
		find(opened, "APIVersion", &found.version),
		find(opened, "Capabilities", &found.capabilities),
		find(opened, "Init", &found.initialize),
		find(opened, "New", &found.factory),
	)
	if _, err := opened.Lookup("New"); err != nil {
		findings = append(findings, Finding{
			Code: "PK501", Message: "does not export New", Expected: fmt.Sprintf("%T", found.factory), Details: []string{err.Error()},
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
func find[T any](opened Lookup, name string, into *T) []Finding {
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
		if err == nil && made.hasFailed() {
			err = errors.New("no answer")
		}
		if err != nil {
			return made.failed("Capabilities", err)
		}
	}
	if e.initialize != nil {
		if _, err := inTime(Timeout, func() (any, error) { return nil, e.initialize(host) }); err != nil {
			return made.failed("Init", err)
		}
	}
	made.Instance, err = inTime(Timeout, func() (pluginapi.Plugin, error) { return e.factory(), nil })
	if err == nil && made.Instance == nil {
		err = errors.New("returned nil")
	}
	if err != nil {
		return made.failed("New", err)
	}
	return nil
}

// failure is what a stranger's code came to, in text that is safe to show.
type failure struct {
	text string
	late bool // it did not end in time
}

func (f *failure) Error() string { return f.text }

// failed is the finding about what a plugin's own code did.
func (p *Plugin) failed(step string, err error) []Finding {
	text := strings.TrimPrefix(err.Error(), step+": ") // which calls that cross to another process say too
	found := Finding{Code: "PK508", Message: step + ": " + text, Hint: mend}
	if known, ok := err.(*failure); ok && known.late && p.session != nil {
		found.Code = fatal // it has a process, or an instance, of its own, and that hangs
	}
	return []Finding{found}
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
		ended := outcome{err: &failure{text: "runtime.Goexit"}}
		defer func() {
			if panicked := recover(); panicked != nil {
				ended.err = &failure{text: printable(fmt.Sprintf("panic: %v", panicked))}
			}
			done <- ended
		}()
		value, err := run()
		if err != nil { // its text is the stranger's code too
			err = &failure{text: printable(err.Error())}
		}
		ended.value, ended.err = value, err
	}()
	select {
	case ended := <-done:
		return ended.value, ended.err
	case <-time.After(limit):
		return *new(T), &failure{text: fmt.Sprintf("takes longer than %v", limit), late: true}
	}
}
