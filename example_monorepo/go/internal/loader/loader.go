// Package loader loads the plugins of a host and of a directory, and refuses what does not fit before any of its code runs.
package loader

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
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
	Path         string // of the host itself where it is linked
	Mode         string // plugin, linked, subprocess or wasm
	Capabilities []string
	API          string // the import path of the API it is for, where the host's contract tells versions apart
	Instance     pluginapi.Plugin
	Symbols      Lookup  // for what else it exports
	session      session // nil where it shares the host's memory, and so is what follows
	watched      *watched
}

// Option changes how Load goes about it.
type Option func(*loading)

// Starter makes the instance of a plugin for another version of the API: it looks up what such a plugin exports, and
// wraps what that gives.
type Starter func(symbols Lookup, host pluginapi.Host) (pluginapi.Plugin, error)

// Serve returns the option to start the plugins for another API, by its import path, with start. The host's contract has
// to tell the two apart.
func Serve(api string, start Starter) Option {
	return func(l *loading) { l.starters[api] = start }
}

// Watch returns the option to be told when a plugin that runs beside the host fails after it was loaded: that it ended, or
// did not answer in time. The result has the finding; its status is Loaded where the plugin goes on, started again or not,
// and Failed where it is not called any more. Load's report stays as it was. Tell is called from any goroutine.
func Watch(tell func(Result)) Option {
	return func(l *loading) { l.tell = tell }
}

// Load starts the plugins that are linked into this host, then loads every .so, .plugin and .wasm file of a directory, by
// name; of none where the directory is "", or where it does not exist and plugins are linked. What does not fit, or fails,
// is logged and skipped; the report says why. Stamp is the host's own variable PluginkitStamp. Close ends what Load started.
//
// An error means that no plugin could be looked at.
func Load(directory, stamp string, host pluginapi.Host, options ...Option) ([]Plugin, Report, error) {
	report := Report{Version: 1, Plugins: []Result{}}
	paths, err := list(directory)
	if err != nil {
		return nil, report, err
	}
	loading, err := prepare(stamp, host, paths)
	if err != nil {
		return nil, report, err
	}
	defer loading.tidy()
	report.Stamped = loading.stamp != nil
	if !report.Stamped {
		log.Print("this host has no stamp, so stamps are not compared: `pluginkit build` makes one")
	}
	for _, option := range options {
		option(loading)
	}
	if loading.prober != nil {
		loading.probe(paths)
	}
	for i := range linkedPlugins {
		report.add(loading.startLinked(&linkedPlugins[i]))
	}
	for _, path := range paths {
		report.add(loading.load(path))
	}
	return loading.plugins, report, nil
}

// list returns the plugins of a directory, by name.
func list(directory string) ([]string, error) {
	if directory == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) && len(linkedPlugins) > 0 {
		log.Printf("there is no directory %s: this host loads what is linked into it", directory)
		return nil, nil
	}
	var paths []string
	for _, entry := range entries {
		if mode, _ := modeOf(entry.Name()); mode != "" {
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
	private  string // where verified copies are opened; empty where there is nothing to open
	opened   opened
	plugins  []Plugin
	prober   *prober            // nil where the host asked for none
	starters map[string]Starter // by API: of those that have one of their own
	tell     func(Result)       // nil where the host does not watch
}

// opened is what plugins brought into the process.
type opened struct {
	packages map[string]linked
	plugins  map[string]string // name, and package, to the path of the first
}

// linked is a package that an earlier plugin brought.
type linked struct{ hash, plugin string }

func prepare(text string, host pluginapi.Host, paths []string) (*loading, error) {
	own, err := stamp.OfHost(text)
	if err != nil {
		return nil, err
	}
	l := &loading{host: host, stamp: own, self: described(), starters: map[string]Starter{}}
	if slices.ContainsFunc(paths, isShared) {
		if err := l.readSelf(); err != nil {
			return nil, err
		}
	}
	l.opened = opened{map[string]linked{}, map[string]string{}}
	l.ignored = l.ignores()
	return l, nil
}

// described returns what this program knows of itself without reading its file: enough for what is not opened into it.
func described() *gobinary.Binary {
	found := &gobinary.Binary{Kind: gobinary.Executable, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		found.MainModule = info.Main.Path
	}
	return found
}

// readSelf reads this program, whose packages those of shared objects are compared with, where there can be any.
func (l *loading) readSelf() (err error) {
	if openObject == nil {
		return nil
	}
	executable, err := os.ReadFile(self())
	if err != nil {
		return err
	}
	if gobinary.IsObject(executable) || runtime.GOOS == "linux" {
		if l.self, err = gobinary.Read(executable); err != nil {
			return fmt.Errorf("the host cannot read itself: %w", err)
		}
	}
	l.private, err = os.MkdirTemp("", "plugins-")
	return err
}

func (l *loading) tidy() {
	if l.private != "" {
		os.RemoveAll(l.private)
	}
}
