package loader

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"acme/internal/gobinary"
)

var (
	// flags are the build settings that change what the compiler writes; -ldflags and -buildmode do not.
	flags = []string{
		"-trimpath", "-tags", "-compiler", "-race", "-msan", "-asan", "-cover", "-gcflags", "-asmflags", "-pgo",
		"CGO_ENABLED", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS", "GOEXPERIMENT", "GOFIPS140",
		"GOAMD64", "GOARM64", "GOARM", "GO386",
	}
	// telling are those that change every package: when one differs, nothing else has to be wrong.
	telling = []string{
		"-race", "-msan", "-asan", "-trimpath", "GOAMD64", "GOARM64", "GOEXPERIMENT", "-gcflags", "-compiler", "-cover",
	}
	// defaults are what an unset flag stands for.
	defaults = map[string]string{
		"-trimpath": "false", "-race": "false", "-msan": "false", "-asan": "false", "GOAMD64": "v1", "GOARM64": "v8.0",
	}
)

// linkage is what differs between a plugin and the process it would be opened in, and which cause explains it.
type linkage struct {
	packages []string          // import paths of all that differ, sorted
	beside   map[string]string // those of them that only another plugin has, and its path
	goes     bool              // Go's version is a cause
	flags    []string          // those that are a cause
	modules  []string          // those that are a cause, sorted
}

// link makes the comparison of runtime.lastmoduleinit, of every package and not until the first that differs.
func (c *candidate) link() *linkage {
	found, withHost := &linkage{beside: map[string]string{}}, false
	for _, path := range slices.Sorted(maps.Keys(c.binary.Packages)) {
		hash := c.binary.Packages[path]
		theirs, ok := c.self.Packages[path]
		if opened, present := c.opened.packages[path]; !ok && present && path != c.binary.PluginPath {
			if theirs, ok = opened.hash, true; theirs != hash {
				found.beside[path] = opened.plugin
			}
		}
		if ok && theirs != hash {
			found.packages = append(found.packages, path)
			withHost = withHost || found.beside[path] == ""
		}
	}
	if withHost {
		found.explain(c.binary, c.self)
	}
	return found
}

// explain names what in the way of building is a cause of packages that differ from the host's.
func (l *linkage) explain(plugin, host *gobinary.Binary) {
	l.goes = plugin.GoVersion != host.GoVersion
	for _, name := range flags {
		if meant(name, plugin.Settings[name]) != meant(name, host.Settings[name]) {
			l.flags = append(l.flags, name)
		}
	}
	mine, theirs := used(plugin), used(host)
	differs := func(path string) bool { return theirs[path] != "" && theirs[path] != mine[path] }
	differing := slices.DeleteFunc(slices.Collect(maps.Keys(mine)), func(path string) bool { return !differs(path) })
	for _, path := range l.packages {
		if module := owner(path, differing); module != "" && l.beside[path] == "" {
			l.modules = append(l.modules, module)
		}
	}
	slices.Sort(l.modules)
	l.modules = slices.Compact(l.modules)
}

// meant returns a setting without the difference between unset and its default.
func meant(name, value string) string {
	if name != "-tags" {
		return cmp.Or(value, defaults[name])
	}
	tags := strings.FieldsFunc(value, func(one rune) bool { return one == ',' })
	slices.Sort(tags)
	return strings.Join(tags, ",")
}

// used returns what is used for each module.
func used(binary *gobinary.Binary) map[string]string {
	found := map[string]string{}
	for _, module := range binary.Modules {
		found[module.Path] = cmp.Or(module.Version, "(devel)")
		if module.ReplacedBy != "" {
			found[module.Path] = "=> " + module.ReplacedBy
		}
	}
	return found
}

// owner returns the one among modules that a package belongs to, or nothing.
func owner(path string, modules []string) (found string) {
	for _, module := range modules {
		if (path == module || strings.HasPrefix(path, module+"/")) && len(module) > len(found) {
			found = module
		}
	}
	return found
}

// explained returns whether Go's version or the flags explain all of it.
func (l *linkage) explained() bool {
	return l.goes || slices.ContainsFunc(l.flags, func(name string) bool { return slices.Contains(telling, name) })
}

// linked returns the linkage where that is for a check to look at.
func (c *candidate) linked() *linkage {
	if c.linkage == nil || !c.isPlugin() {
		return new(linkage)
	}
	return c.linkage
}

func toolchain(c *candidate) []Finding {
	if !c.linked().goes {
		return nil
	}
	return []Finding{{
		Message: "compiled by another Go", Found: c.binary.GoVersion, Expected: c.self.GoVersion, Details: c.linkage.packages,
	}}
}

func hostCannotOpen(c *candidate) []Finding {
	if len(c.self.Packages) > 0 || c.binary.Kind == "" || !c.isPlugin() {
		return nil
	}
	found := "CGO_ENABLED=" + c.self.Settings["CGO_ENABLED"]
	return []Finding{{Message: "the host cannot open plugins", Hint: "build the host with CGO_ENABLED=1", Found: found}}
}

func buildFlags(c *candidate) []Finding {
	differing := c.linked().flags
	if len(differing) == 0 {
		return nil
	}
	spelled := func(binary *gobinary.Binary) string {
		var all []string
		for _, name := range differing {
			all = append(all, name+"="+binary.Settings[name])
		}
		return strings.Join(all, " ")
	}
	return []Finding{{
		Message:  "compiled with other flags than the host: " + strings.Join(differing, ", "),
		Found:    spelled(c.binary),
		Expected: spelled(c.self),
		Details:  c.linkage.packages,
	}}
}

func dependency(c *candidate) (found []Finding) {
	linked := c.linked()
	if linked.explained() {
		return nil
	}
	for _, path := range linked.modules {
		mine, theirs := used(c.binary)[path], used(c.self)[path]
		found = append(found, Finding{
			Message:  fmt.Sprintf("built with %s %s, the host with %s", path, mine, theirs),
			Found:    path + " " + mine,
			Expected: path + " " + theirs,
			Details:  linked.within([]string{path}),
		})
	}
	return found
}

// within returns the packages of some modules that differ.
func (l *linkage) within(modules []string) []string {
	return slices.DeleteFunc(slices.Clone(l.packages), func(path string) bool { return owner(path, modules) == "" })
}

func packagesOfHost(c *candidate) []Finding {
	linked := c.linked()
	rest := slices.DeleteFunc(slices.Clone(linked.packages), func(path string) bool {
		return linked.beside[path] != "" || owner(path, linked.modules) != ""
	})
	if len(rest) == 0 || linked.explained() {
		return nil
	}
	return []Finding{{
		Message: fmt.Sprintf("%d of the packages that it shares with the host are other builds", len(rest)), Details: rest,
	}}
}

func packagesBeside(c *candidate) (found []Finding) {
	linked := c.linked()
	if linked.explained() {
		return nil
	}
	others := slices.Collect(maps.Values(linked.beside))
	slices.Sort(others)
	for _, other := range slices.Compact(others) {
		shared := slices.DeleteFunc(slices.Clone(linked.packages), func(path string) bool { return linked.beside[path] != other })
		found = append(found, Finding{
			Message: "packages that it shares with " + other + " are other builds",
			Hint:    "build both plugins from one checkout, or load only one of them",
			Details: shared,
		})
	}
	return found
}
