// Package loader loads the plugins of a directory, and refuses what does not fit the host before any of its code runs.
package loader

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"plugin"
	"slices"
	"time"

	"acme/pluginapi"
)

// Timeout is how long opening a plugin, or one call of its Capabilities, Init or New, may take. What its init functions
// do is part of opening it.
var Timeout = 10 * time.Second

const maxSize = 1 << 30

// Plugin is one that runs.
type Plugin struct {
	Name         string
	Path         string
	Capabilities []string
	Instance     pluginapi.Plugin
	Symbols      *plugin.Plugin // for what else it exports
}

// Option changes how Load goes about it.
type Option func(*loading)

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
		if filepath.Ext(entry.Name()) == ".so" {
			paths = append(paths, filepath.Join(directory, entry.Name()))
		}
	}
	return paths, err
}

// loading is one run of Load.
type loading struct {
	host     pluginapi.Host
	stamp    *Stamp
	self     *binary
	private  string            // where verified copies are opened
	packages map[string]string // what loaded plugins brought into the process
	plugins  []Plugin
	prober   *prober // nil where the host asked for none
}

func prepare(stamp string, host pluginapi.Host) (*loading, error) {
	own, err := hostStamp(stamp)
	if err != nil {
		return nil, err
	}
	executable, err := openSelf()
	if err != nil {
		return nil, err
	}
	defer executable.Close()
	self, err := readBinary(executable)
	if err != nil {
		return nil, fmt.Errorf("the host cannot read itself: %w", err)
	}
	private, err := os.MkdirTemp("", "plugins-")
	if err != nil {
		return nil, err
	}
	return &loading{host: host, stamp: own, self: self, private: private, packages: map[string]string{}}, nil
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

// decide verifies, probes where that was asked for, and opens: the next only where nothing stands against it.
func (l *loading) decide(result *Result, data []byte) {
	stamp, linked, findings := l.verify(data)
	if stamp != nil {
		result.Name = stamp.Name
	}
	result.Findings = findings
	if refuse(findings) {
		return
	}
	if l.prober != nil {
		if probed := l.prober.ask(data); len(probed) > 0 {
			result.Findings = append(findings, probed...)
			if !slices.ContainsFunc(probed, func(finding Finding) bool { return finding.Code == fatal }) {
				result.Status = Failed
			}
			return
		}
	}
	loaded, failures := l.open(result.Path, result.Name, data)
	if len(failures) > 0 {
		result.Status, result.Findings = Failed, append(findings, failures...)
		return
	}
	result.Status = Loaded
	l.plugins = append(l.plugins, *loaded)
	maps.Copy(l.packages, linked.packages)
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

// verify returns all that speaks against bytes, by reading them.
func (l *loading) verify(data []byte) (*Stamp, *binary, []Finding) {
	linked, unreadable := readPlugin(data)
	if unreadable != nil {
		return nil, nil, []Finding{*unreadable}
	}
	findings := compareBinaries(l.self, linked, l.packages)
	if l.stamp == nil {
		return nil, linked, findings
	}
	stamp, refused := readStamp(data)
	if refused != nil {
		return nil, linked, append([]Finding{*refused}, findings...)
	}
	findings = append(compareStamps(l.stamp, stamp), findings...)
	if slices.ContainsFunc(l.plugins, func(loaded Plugin) bool { return loaded.Name == stamp.Name }) {
		findings = append(findings, Finding{Code: "PK505", Message: "a plugin of that name is loaded already", Found: stamp.Name})
	}
	return stamp, linked, findings
}
