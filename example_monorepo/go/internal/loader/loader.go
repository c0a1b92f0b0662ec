// Package loader loads the plugins of a directory, and refuses what does not fit the host before any of its code runs.
package loader

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"plugin"
	"slices"
	"strings"
	"time"

	"acme/internal/gobinary"
	"acme/internal/stamp"
	"acme/pluginapi"
)

// Timeout is how long opening a plugin, or one call of its Capabilities, Init or New, may take. What its init functions
// do is part of opening it.
var Timeout = 10 * time.Second

const (
	maxSize = 4 << 30
	suffix  = ".so"
)

// Plugin is one that runs.
type Plugin struct {
	Name         string
	Path         string
	Capabilities []string
	API          string // the import path of the API it is for, where the host's contract tells versions apart
	Instance     pluginapi.Plugin
	Symbols      *plugin.Plugin // for what else it exports
}

// Option changes how Load goes about it.
type Option func(*loading)

// Starter makes the instance of a plugin for another version of the API: it looks up what such a plugin exports, and
// wraps what that gives.
type Starter func(symbols *plugin.Plugin, host pluginapi.Host) (pluginapi.Plugin, error)

// Serve returns the option to start the plugins for another API, by its import path, with start. The host's contract has
// to tell the two apart.
func Serve(api string, start Starter) Option {
	return func(l *loading) { l.starters[api] = start }
}

// Load loads every .so file of a directory, by name. A file that does not fit, or fails, is logged and skipped; the
// report says why. Stamp is the host's own variable PluginkitStamp.
//
// An error means that no plugin could be looked at.
func Load(directory, stamp string, host pluginapi.Host, options ...Option) ([]Plugin, Report, error) {
	report := Report{Version: 1, Plugins: []Result{}}
	loading, err := prepare(stamp, host)
	if err != nil {
		return nil, report, err
	}
	defer os.RemoveAll(loading.private)
	report.Stamped = loading.stamp != nil
	if !report.Stamped {
		log.Print("this host has no stamp, so stamps are not compared: `pluginkit build` makes one")
	}
	paths, err := list(directory)
	if err != nil {
		return nil, report, err
	}
	for _, option := range options {
		option(loading)
	}
	if loading.prober != nil {
		loading.probe(paths)
	}
	for _, path := range paths {
		result := loading.load(path)
		result.log()
		report.Plugins = append(report.Plugins, result)
	}
	return loading.plugins, report, nil
}

func list(directory string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	var paths []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), suffix) {
			paths = append(paths, filepath.Join(directory, entry.Name()))
		}
	}
	return paths, err
}

// loading is one run of Load.
type loading struct {
	host     pluginapi.Host
	stamp    *stamp.Stamp // nil where the build was not pluginkit's
	ignored  []stamp.Ignore
	self     *gobinary.Binary
	private  string // where verified copies are opened
	opened   opened
	plugins  []Plugin
	prober   *prober            // nil where the host asked for none
	starters map[string]Starter // by API: of those that have one of their own
}

// opened is what plugins brought into the process.
type opened struct {
	packages map[string]linked
	plugins  map[string]string // name, and package, to the path of the first
}

// linked is a package that an earlier plugin brought.
type linked struct{ hash, plugin string }

func prepare(text string, host pluginapi.Host) (*loading, error) {
	own, err := stamp.OfHost(text)
	if err != nil {
		return nil, err
	}
	executable, err := os.ReadFile(self())
	if err != nil {
		return nil, err
	}
	read, err := gobinary.Read(executable)
	if err != nil {
		return nil, fmt.Errorf("the host cannot read itself: %w", err)
	}
	private, err := os.MkdirTemp("", "plugins-")
	if err != nil {
		return nil, err
	}
	l := &loading{host: host, stamp: own, self: read, private: private, starters: map[string]Starter{}}
	l.opened = opened{map[string]linked{}, map[string]string{}}
	l.ignored = l.ignores()
	return l, nil
}

func (l *loading) load(path string) Result {
	started := time.Now()
	result := Result{Path: path, Name: filepath.Base(path), Status: Refused}
	data, err := read(path)
	if err != nil {
		result.Findings = append(result.Findings, Finding{Code: "PK101", Message: err.Error()})
	} else {
		l.decide(&result, data)
	}
	result.Findings = settle(result.Findings)
	result.Milliseconds = time.Since(started).Milliseconds()
	return result
}

// decide verifies, probes where that was asked for, and opens: the next only where nothing stands against it. What is
// opened is the image: what lies behind it, nothing covers.
func (l *loading) decide(result *Result, data []byte) {
	c := l.inspect(result.Path, data)
	if c.stamp != nil {
		result.Name, result.JudgedBy = c.stamp.Name, c.judgedBy()
	}
	findings := c.sift(c.findings())
	result.Findings = findings
	if refuse(findings) {
		return
	}
	if l.prober != nil {
		if probed := c.sift(l.prober.ask(c.image, c.lookUp())); len(probed) > 0 {
			result.Findings = append(findings, probed...)
			if !slices.ContainsFunc(probed, func(finding Finding) bool { return finding.Code == fatal }) {
				result.Status = Failed
			}
			return
		}
	}
	loaded, failures := c.open(result.Name, c.image)
	if isUnopened(failures) {
		result.Findings = append(findings, failures...)
		return
	}
	l.opened.add(c) // whatever its own code did then: it is in the process
	if len(failures) > 0 {
		result.Status, result.Findings = Failed, append(findings, failures...)
		return
	}
	result.Status = Loaded
	l.plugins = append(l.plugins, *loaded)
}

func (o *opened) add(c *candidate) {
	for path, hash := range c.binary.Packages {
		if _, ok := o.packages[path]; !ok {
			o.packages[path] = linked{hash, c.path}
		}
	}
	for _, name := range []string{c.name, c.binary.PluginPath} {
		if _, ok := o.plugins[name]; !ok {
			o.plugins[name] = c.path
		}
	}
}

// read returns the bytes of a regular file; opening a pipe would wait for its other end.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSize {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file, or too large")}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSize))
}
