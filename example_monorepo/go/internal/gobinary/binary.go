// Package gobinary reads what Go's linker wrote into a host or plugin, without loading it. It is what `pluginkit verify`
// reads, so that both come to one verdict.
package gobinary

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kinds of objects.
const (
	Plugin     = "plugin"
	Executable = "executable"
	CLibrary   = "c-library" // without Go's plugin data
	CShared    = "c-shared"  // with a Go runtime of its own

	WebAssembly = "wasm"
)

// Binary is what a Go host or plugin says of itself.
type Binary struct {
	Kind          string
	GoVersion     string // without experiments; empty without build information
	Experiments   string // what GOEXPERIMENT changed, separated by commas
	Main          string // import path of the main package
	PluginPath    string // empty for a host
	MainModule    string
	Settings      map[string]string
	Modules       []Module
	Platform      string            // linux/amd64
	Packages      map[string]string // import path to the linker's hash; empty where that is missing
	Exports       map[string]string // exported name to its type as reflect prints it; empty where it could not be read
	Fatal         []Ending          // why opening it would end the host's process
	ExitFactories []string          // exported functions that never return
	SearchPath    string            // a relative RPATH or RUNPATH
	Unlinked      []string          // exported names that plugin.Open looks up in vain
	Linking       Linking           // what it asks of the dynamic loader
}

// Ending is why opening an object ends the process; Package is empty where that is no package's doing.
type Ending struct{ Package, Reason string }

const (
	hashPrefix  = "go:link.pkghashbytes."
	longestHash = 64
)

var initName = regexp.MustCompile(`^(.*)\.init(\.[0-9]+)?$`)

// Read reads a plugin, a program or a WebAssembly module as Go's linker wrote it; nothing of it is run. The error is an
// *Error.
func Read(data []byte) (found *Binary, err error) {
	if failure := attempt(func() { found = read(data) }); failure != nil {
		return nil, failure
	}
	return found, nil
}

// reading is one run of Read.
type reading struct {
	object  *object
	symbols *symbols
	info    buildInfo
	paths   map[int]string // of packages, by where in the string table the names of their hashes stand
}

func read(data []byte) *Binary {
	if found := readProgram(data); found != nil {
		return found
	}
	object := newObject(data)
	symbols := newSymbols(object)
	r := &reading{object, symbols, readBuildInfo(object), hashNames(symbols)}
	switch {
	case object.isProgram():
		found := r.binary(Executable)
		found.Packages = r.packages(symbols.named(r.names()), nil)
		return found
	case r.info.settings["-buildmode"] == CShared:
		return r.other(CShared, "it has a Go runtime of its own (-buildmode=c-shared)")
	case len(r.paths) == 0:
		return r.other(CLibrary, "it has no Go plugin data: a C library?")
	}
	return r.plugin()
}

func (r *reading) binary(kind string) *Binary {
	system := "linux"
	if r.object.data[7] == 9 {
		system = "freebsd"
	}
	return &Binary{
		Kind: kind, GoVersion: r.info.goVersion, Experiments: r.info.experiments, Main: r.info.main,
		MainModule: r.info.mainModule, Settings: r.info.settings, Modules: r.info.modules,
		Platform:   cmp.Or(r.info.settings["GOOS"], system) + "/" + machines[r.object.machine],
		SearchPath: r.searchPath(),
		Linking:    r.linking(),
	}
}

func (r *reading) other(kind, reason string) *Binary {
	found := r.binary(kind)
	found.Fatal = []Ending{{"", reason}}
	return found
}

func (r *reading) plugin() *Binary {
	spelled := map[string]string{}
	for _, path := range r.paths {
		spelled[escaped(path)] = path
	}
	relocations := &relocations{object: r.object}
	module := readModuleData(r.object, relocations, spelled)
	names, inits, prefix := r.names(), r.initNames(spelled), module.path+"."
	for at, one := range inits {
		names[at] = one.name
	}
	exported := map[string]bool{}
	if module.path != "" {
		for at, name := range r.exportedNames(prefix) {
			names[at], exported[name] = name, true
		}
	}
	named := r.symbols.named(names)
	mains := map[string]symbol{}
	for name := range exported {
		if one := named[name]; one.defined {
			mains[strings.TrimPrefix(name, prefix)] = one
		}
	}
	found := r.binary(Plugin)
	found.Packages, found.PluginPath, found.Exports = r.packages(named, module.hashes), spelled[module.path], typed(module, mains)
	found.Unlinked = r.unlinked(module, found.Exports)
	running := newInitialising(r.object, r.symbols)
	found.Fatal = r.fatal(module, relocations, running, inits, named)
	for _, name := range slices.Sorted(maps.Keys(mains)) {
		if running.ending(mains[name]) != "" {
			found.ExitFactories = append(found.ExitFactories, name)
		}
	}
	return found
}

// typed returns the exports that have a symbol, as plugin.Open wants it, with their types where these could be read.
func typed(module moduleData, mains map[string]symbol) map[string]string {
	found := map[string]string{}
	for name := range mains {
		if type_, ok := module.types[name]; ok {
			found[name] = type_
		}
	}
	if len(found) > 0 {
		return found
	}
	for name := range mains {
		found[name] = ""
	}
	return found
}

// unlinked returns the exports that the dynamic loader does not find by the plugin's path, as plugin.Open asks for them.
func (r *reading) unlinked(module moduleData, found map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(module.types)) {
		if _, ok := found[name]; !ok {
			if _, ok := r.symbols.lookup(module.path + "." + name); !ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// fatal returns what ends the process on load.
func (r *reading) fatal(
	module moduleData, relocations *relocations, running *initialising, inits map[int]initializer, named map[string]symbol,
) (found []Ending) {
	if module.path == "" {
		return []Ending{{"", "its plugin path is empty or cannot be found"}}
	}
	constructors := &constructors{r.object, r.symbols, relocations}
	if reason := constructors.fatal(module.address); reason != "" {
		found = append(found, Ending{"", reason})
	}
	sorted := slices.SortedFunc(maps.Values(inits), func(a, b initializer) int { return cmp.Compare(a.name, b.name) })
	for _, one := range slices.Compact(sorted) {
		if symbol := named[one.name]; symbol.defined {
			if reason := running.ending(symbol); reason != "" {
				found = append(found, Ending{one.owner, one.name + " " + reason})
			}
		}
	}
	return found
}

// hashNames returns where in the string table each name of a package's hash stands, and the package's import path.
func hashNames(s *symbols) map[int]string {
	found := map[int]string{}
	wanted := []byte(hashPrefix)
	for at := indexFrom(s.strings, wanted, 0); at >= 0; {
		path := s.strings[at+len(wanted):]
		path = path[:indexFrom(path, []byte{0}, 0)]
		switch {
		case len(path) > longestPrefix:
			fail("names a package of %d bytes", len(path))
		case !utf8.Valid(path):
			fail("the name of a package is not UTF-8")
		case len(path) > 0:
			found[at] = string(path)
		}
		at = indexFrom(s.strings, wanted, at+len(wanted)+len(path))
	}
	return found
}

func (r *reading) names() map[int]string {
	found := map[int]string{}
	for at, path := range r.paths {
		found[at] = hashPrefix + path
	}
	return found
}

// packages returns the linker's hash of each package; an empty one where that is not defined, or not the one that
// plugin.Open would compare.
func (r *reading) packages(named map[string]symbol, compared map[string]string) map[string]string {
	found := map[string]string{}
	for path := range compared {
		found[path] = ""
	}
	for _, path := range r.paths {
		found[path] = ""
		if one := named[hashPrefix+path]; one.defined {
			hash := string(r.object.bytesAt(one.address, min(one.size, longestHash)))
			if other, ok := compared[path]; !ok || other == hash {
				found[path] = hash
			}
		}
	}
	return found
}

type initializer struct{ name, owner string }

// initNames returns where in the string table the name of each `<package>.init` or `<package>.init.N` begins.
func (r *reading) initNames(owners map[string]string) map[int]initializer {
	found := map[int]initializer{}
	for _, start := range r.symbols.entries() {
		if int(start) >= len(r.symbols.strings) {
			continue
		}
		text := r.symbols.strings[start:]
		end := indexFrom(text[:min(len(text), longestPrefix+64)], []byte{0}, 0)
		if end < 0 {
			continue
		}
		if parts := initName.FindSubmatch(text[:end]); parts != nil {
			if owner, ok := owners[string(parts[1])]; ok {
				found[int(start)] = initializer{string(text[:end]), owner}
			}
		}
	}
	return found
}

// exportedNames returns where the names of a plugin's exported functions and variables stand, and the names.
func (r *reading) exportedNames(prefix string) map[int]string {
	found := map[int]string{}
	wanted := []byte(prefix)
	for at := indexFrom(r.symbols.strings, wanted, 0); at >= 0; at = indexFrom(r.symbols.strings, wanted, at+1) {
		name := r.symbols.strings[at+len(wanted):]
		name = name[:indexFrom(name, []byte{0}, 0)]
		if first, _ := utf8.DecodeRune(name); unicode.IsUpper(first) && isIdentifier(string(name)) {
			found[at] = prefix + string(name)
		}
	}
	return found
}

// escaped returns a package path as symbols spell it (cmd/internal/objabi.PathToPrefix): no dot in its last part.
func escaped(path string) string {
	var text strings.Builder
	last := strings.LastIndexByte(path, '/')
	for at := range len(path) {
		switch one := path[at]; {
		case one <= ' ' || one >= 127 || one == '"' || one == '%' || one == '.' && at > last:
			fmt.Fprintf(&text, "%%%02x", one)
		default:
			text.WriteByte(one)
		}
	}
	return text.String()
}
