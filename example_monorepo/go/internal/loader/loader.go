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

// Timeout is how long opening a plugin may take. What its init functions do happens in that time.
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

// Load loads every .so file of a directory, by name. A file that does not fit, or fails, is logged and skipped; the
// report says why. Stamp is the host's own variable PluginkitStamp. With probe each version of a plugin is opened in a
// process of its own first, once, so that one which ends the process ends only that; main has to begin with Probe then.
//
// An error means that no plugin could be looked at.
func Load(directory, stamp string, host pluginapi.Host, probe bool) ([]Plugin, Report, error) {
	report := Report{Version: 1, Plugins: []Result{}}
	if os.Getenv(tried) != "" {
		return nil, report, errors.New("main has to begin with loader.Probe()")
	}
	loading, err := prepare(stamp, host)
	if err != nil {
		return nil, report, err
	}
	defer os.RemoveAll(loading.private)
	if probe {
		loading.probes = recall()
	}
	report.Stamped = loading.stamp != nil
	if !report.Stamped {
		log.Print("this host has no stamp, so stamps are not compared: `pluginkit build` makes one")
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, report, err
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".so" {
			continue
		}
		result := loading.load(filepath.Join(directory, entry.Name()))
		for index := range result.Findings {
			finding := &result.Findings[index]
			finding.complete()
			log.Printf("skip %s: %s %s", result.Path, finding.Code, finding.Message)
		}
		report.Plugins = append(report.Plugins, result)
	}
	return loading.plugins, report, nil
}

// loading is one run of Load.
type loading struct {
	host     pluginapi.Host
	stamp    *Stamp
	self     *binary
	private  string            // where verified copies are opened
	probes   *probes           // nil where plugins are not tried first
	packages map[string]string // what loaded plugins brought into the process
	plugins  []Plugin
}

func prepare(stamp string, host pluginapi.Host) (*loading, error) {
	own, err := hostStamp(stamp)
	if err != nil {
		return nil, err
	}
	executable, err := os.Open("/proc/self/exe")
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
	result := Result{Path: path, Name: filepath.Base(path), Status: Refused, Findings: none()}
	data, err := read(path)
	if err != nil {
		result.Findings = append(result.Findings, Finding{Code: "PK101", Message: err.Error()})
		return result
	}
	stamp, linked, findings := l.verify(data)
	if stamp != nil {
		result.Name = stamp.Name
	}
	if len(findings) == 0 {
		loaded, failures := l.open(path, result.Name, data)
		if len(failures) == 0 {
			result.Status = Loaded
			loaded.Path = path
			l.plugins = append(l.plugins, *loaded)
			maps.Copy(l.packages, linked.packages)
		} else {
			result.Status = Failed
			if failures[0].Code == "PK507" {
				result.Status = Refused // it was opened elsewhere, not here
			}
		}
		findings = failures
	}
	result.Findings = append(result.Findings, findings...)
	result.Milliseconds = time.Since(started).Milliseconds()
	return result
}

// none is an empty list that JSON shows as one.
func none() []Finding { return make([]Finding, 0) }

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
		findings = append(findings, Finding{Code: "PK505", Message: "a plugin of that name is loaded already", Hint: "remove one of them", Found: stamp.Name})
	}
	return stamp, linked, findings
}
