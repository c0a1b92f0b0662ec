package loader

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// load makes a result of a file.
func (l *loading) load(path string) Result {
	started := time.Now()
	mode, _ := modeOf(path)
	result := Result{Path: path, Name: filepath.Base(path), Mode: mode, Status: Refused}
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
	if l.prober != nil && c.mode == modePlugin {
		if probed := c.sift(l.prober.ask(c.image, c.lookUp())); len(probed) > 0 {
			result.Findings = append(findings, probed...)
			if !slices.ContainsFunc(probed, func(finding Finding) bool { return finding.Code == fatal }) {
				result.Status = Failed
			}
			return
		}
	}
	begin := c.open
	if c.mode != modePlugin {
		begin = c.run
	}
	loaded, failures := begin(result.Name)
	if isUnopened(failures) {
		result.Findings = append(findings, failures...)
		return
	}
	l.opened.add(c) // whatever its own code did then: it was in the process
	l.finish(result, loaded, failures)
}

// finish ends a result by what starting the plugin gave.
func (l *loading) finish(result *Result, made *Plugin, failures []Finding) {
	if len(failures) > 0 {
		result.Status, result.Findings = Failed, append(result.Findings, failures...)
		return
	}
	result.Status = Loaded
	l.plugins = append(l.plugins, *made)
}

func (o *opened) add(c *candidate) {
	names := []string{c.name}
	if c.mode == modePlugin {
		names = append(names, c.binary.PluginPath)
		for path, hash := range c.binary.Packages {
			if _, ok := o.packages[path]; !ok {
				o.packages[path] = linked{hash, c.path}
			}
		}
	}
	for _, name := range names {
		o.name(name, c.path)
	}
}

// name notes whose a name is: the first's.
func (o *opened) name(name, path string) {
	if _, ok := o.plugins[name]; !ok {
		o.plugins[name] = path
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
