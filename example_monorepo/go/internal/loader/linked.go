package loader

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"acme/internal/gobinary"
)

// linkage is what differs between a plugin and the process it would be opened in, and which cause explains it.
type linkage struct {
	packages []string            // import paths of all that differ, sorted
	beside   map[string]string   // those of them that only another plugin has, and its path
	goes     bool                // Go's version is a cause
	all      bool                // Go's version or a flag explains all packages, but for modules of another version
	flags    []string            // those that are a cause
	modules  map[string][]string // those that are a cause, with the packages that they explain
	rest     []string            // packages that differ for no cause that is known
}

// link makes the comparison of runtime.lastmoduleinit, of every package and not until the first that differs.
func (c *candidate) link() *linkage {
	found, withHost := &linkage{beside: map[string]string{}, modules: map[string][]string{}}, false
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
		found.explain(sides{c.binary, c.self})
	}
	return found
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
		Message: "compiled by another Go", Found: c.binary.GoVersion, Expected: c.self.GoVersion, Details: c.linkage.explained(),
	}}
}

// explained returns the packages that Go's version or flags explain.
func (l *linkage) explained() []string {
	elsewhere := slices.Concat(slices.Collect(maps.Values(l.modules))...)
	return slices.DeleteFunc(slices.Clone(l.packages), func(path string) bool {
		return l.beside[path] != "" || slices.Contains(l.rest, path) || slices.Contains(elsewhere, path)
	})
}

// hostCannotRun reports a host without what the candidate's mode takes.
func hostCannotRun(c *candidate) []Finding {
	if canRun(c.mode) || c.binary.Kind == "" || !c.isPlugin() {
		return nil
	}
	return []Finding{{
		Message:  "the host cannot run it: it was built without mode " + c.mode,
		Hint:     "`pluginkit build` of a workspace that has a plugin of this mode builds such a host",
		Found:    c.mode,
		Expected: strings.Join(modes(), ", "),
	}}
}

func hostCannotOpen(c *candidate) []Finding {
	if !canRun(c.mode) {
		return nil
	}
	if len(c.self.Packages) > 0 || c.binary.Kind == "" || !c.isPlugin() {
		return nil
	}
	if c.self.Settings["CGO_ENABLED"] != "0" {
		return nil // PK412: it imports plugin, and says so here
	}
	return []Finding{{
		Message: "the host cannot open plugins", Hint: "build the host with CGO_ENABLED=1", Found: "CGO_ENABLED=0",
	}}
}

func buildFlags(c *candidate) []Finding {
	differing := c.linked().flags
	if len(differing) == 0 {
		return nil
	}
	spelled := func(binary *gobinary.Binary) string {
		var all []string
		for _, name := range differing {
			all = append(all, name+"="+setting(binary, name))
		}
		return strings.Join(all, " ")
	}
	return []Finding{{
		Message:  "compiled with other flags than the host: " + strings.Join(differing, ", "),
		Found:    spelled(c.binary),
		Expected: spelled(c.self),
		Details:  c.linkage.explained(),
	}}
}

func dependency(c *candidate) (found []Finding) {
	modules := c.linked().modules
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		mine, theirs := used(c.binary)[path], used(c.self)[path]
		found = append(found, Finding{
			Message:  fmt.Sprintf("built with %s %s, the host with %s", path, mine, theirs),
			Found:    path + " " + mine,
			Expected: path + " " + theirs,
			Details:  modules[path],
		})
	}
	return found
}

func packagesOfHost(c *candidate) []Finding {
	rest := c.linked().rest
	if len(rest) == 0 || c.tested(rest) != "" {
		return nil
	}
	message := fmt.Sprintf("%d packages that it shares with the host are other builds", len(rest))
	if len(rest) == 1 {
		message = "1 package that it shares with the host is another build"
	}
	return []Finding{{Message: message, Details: rest}}
}

// moduleVersion warns of other versions that Go accepts: the body of an init and unexported code are not in a hash.
func moduleVersion(c *candidate) (found []Finding) {
	if c.binary.Kind != gobinary.Plugin || !c.isPlugin() {
		return nil
	}
	mine, theirs := used(c.binary), used(c.self)
	mine["go"], theirs["go"] = c.binary.GoVersion, c.self.GoVersion
	for _, path := range (sides{c.binary, c.self}).equalModules() {
		found = append(found, Finding{
			Message:  fmt.Sprintf("built with %s %s, the host with %s, of the same hashes", path, mine[path], theirs[path]),
			Found:    path + " " + mine[path],
			Expected: path + " " + theirs[path],
			Severity: Warning,
		})
	}
	return found
}

func packagesBeside(c *candidate) (found []Finding) {
	linked := c.linked()
	if linked.all {
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
