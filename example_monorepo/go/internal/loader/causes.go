package loader

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"acme/internal/gobinary"
)

// The linker hashes what a package exports, with positions, and the bodies that can be inlined. So a flag is a cause only
// where packages differ that it changes.
var (
	// witnesses are packages that differ whenever a flag does which changes every package.
	witnesses = map[string]string{
		"-trimpath": "internal/goarch", "-race": "internal/race", "-msan": "internal/msan", "-asan": "internal/asan",
		"GOEXPERIMENT": "internal/goexperiment",
	}
	// selecting are flags that change some packages: a cause where these differ, and nothing else explains it.
	selecting = []string{"-tags", "-cover", "-pgo", "-compiler", "CGO_ENABLED"}
	// defaults are what an unset flag stands for.
	defaults = map[string]string{"-trimpath": "false", "-race": "false", "-msan": "false", "-asan": "false"}
)

// sides are a plugin and its host.
type sides struct{ plugin, host *gobinary.Binary }

// explain names what is a cause of packages that differ from the host's.
func (l *linkage) explain(s sides) {
	differing := slices.DeleteFunc(slices.Clone(l.packages), func(path string) bool { return l.beside[path] != "" })
	l.goes, l.flags = s.ofEverything(differing)
	l.all = l.goes || len(l.flags) > 0
	mine, theirs := used(s.plugin), used(s.host)
	var left []string
	for _, path := range differing {
		module := owner(path, s.plugin)
		switch {
		case mine[module] == "" || theirs[module] == "" || mine[module] == theirs[module]:
			left = append(left, path)
		case !l.all || isVersion(mine[module]) && isVersion(theirs[module]):
			l.modules[module] = append(l.modules[module], path)
		}
	}
	if !l.all {
		l.ofSome(s, left)
	}
}

// ofEverything returns whether Go's version, and which flags, explain packages of the standard library.
func (s sides) ofEverything(differing []string) (goes bool, flags []string) {
	standard := slices.DeleteFunc(slices.Clone(differing), func(path string) bool { return !s.isStandard(path) })
	if len(standard) == 0 {
		return false, nil
	}
	goes = s.plugin.GoVersion != s.host.GoVersion
	for _, name := range slices.Sorted(maps.Keys(witnesses)) {
		_, mine := s.plugin.Packages[witnesses[name]]
		_, theirs := s.host.Packages[witnesses[name]]
		if s.differ(name) && (slices.Contains(differing, witnesses[name]) || !mine || !theirs) {
			flags = append(flags, name)
		}
	}
	if !goes && len(flags) == 0 {
		flags = s.selecting(standard)
	}
	return goes, flags
}

// ofSome names the flags that explain some packages, and the packages that nothing explains. Where modules of other
// versions are a cause, a package of the same source differs by what it imports.
func (l *linkage) ofSome(s sides, left []string) {
	for _, path := range left {
		module := owner(path, s.plugin)
		same := s.isSame(module)
		if same && len(l.modules) > 0 {
			continue
		}
		var found []string
		if len(l.modules) == 0 && (same || s.isDevel(module) && s.isTrimmed()) {
			found = s.selecting([]string{path})
		}
		for _, name := range found {
			if !slices.Contains(l.flags, name) {
				l.flags = append(l.flags, name)
			}
		}
		if len(found) == 0 || !same {
			l.rest = append(l.rest, path)
		}
	}
}

// selecting returns the flags that explain packages: -gcflags where it is for one of them, else what may select files.
func (s sides) selecting(paths []string) []string {
	mine, theirs := s.plugin.Settings[gcflags], s.host.Settings[gcflags]
	reaches := func(path string) bool { return s.flagsFor(mine, path) != s.flagsFor(theirs, path) }
	if slices.ContainsFunc(paths, reaches) {
		return []string{gcflags}
	}
	return slices.DeleteFunc(slices.Clone(selecting), func(name string) bool { return !s.differ(name) })
}

const gcflags = "-gcflags"

// differ returns whether a setting is not the same on both sides.
func (s sides) differ(name string) bool {
	return meant(name, setting(s.plugin, name)) != meant(name, setting(s.host, name))
}

// setting returns a build setting; experiments are those that Go's version names, and not what GOEXPERIMENT asked for.
func setting(binary *gobinary.Binary, name string) string {
	if name == "GOEXPERIMENT" {
		return binary.Experiments
	}
	return binary.Settings[name]
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

// flagsFor returns what -gcflags=PATTERN=FLAGS gives a package; without a pattern it is for the main package alone.
func (s sides) flagsFor(value, path string) string {
	pattern, flags, found := strings.Cut(value, "=")
	matches := false
	switch {
	case !found || strings.HasPrefix(value, "-"):
	case strings.HasPrefix(pattern, "."):
		matches = path == s.plugin.MainModule || strings.HasPrefix(path, s.plugin.MainModule+"/")
	case pattern == "std":
		matches = s.isStandard(path)
	default:
		some := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\.\.\.`, ".*")
		matches = pattern == "all" || regexp.MustCompile("^(?:"+some+")$").MatchString(path)
	}
	if !matches {
		return ""
	}
	return flags
}

// isSame returns whether both were certainly built from the same files of a module, which go by the same names.
func (s sides) isSame(path string) bool {
	mine, theirs := module(s.plugin, path), module(s.host, path)
	released := mine.Sum != ""
	if mine.ReplacedBy != "" {
		_, version, _ := strings.Cut(mine.ReplacedBy, " ")
		released = version != "" && version != devel
	}
	return released && mine == theirs && s.isTrimmed() && !isVendored(s.plugin) && !isVendored(s.host)
}

// isDevel returns whether a module is a directory on either side.
func (s sides) isDevel(path string) bool {
	return used(s.plugin)[path] == devel || used(s.host)[path] == devel
}

// isTrimmed returns whether no package says in which directory it was built.
func (s sides) isTrimmed() bool {
	return s.plugin.Settings["-trimpath"] == "true" && s.host.Settings["-trimpath"] == "true"
}

// isStandard returns whether a package is one of Go's own.
func (s sides) isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && owner(path, s.plugin) == "" && owner(path, s.host) == ""
}

// isVendored returns whether a binary was built from a vendor directory: then go writes no sum of any module.
func isVendored(binary *gobinary.Binary) bool {
	vendored := false
	for _, one := range binary.Modules {
		if one.ReplacedBy == "" && one.Version != "" && one.Version != devel {
			if vendored = one.Sum == ""; !vendored {
				return false
			}
		}
	}
	return vendored
}

// equalModules returns the modules of different versions whose shared packages have the same hashes all the same, and
// "go" for the standard library.
func (s sides) equalModules() []string {
	mine, theirs := used(s.plugin), used(s.host)
	mine["go"], theirs["go"] = s.plugin.GoVersion, s.host.GoVersion
	equal := map[string]bool{}
	for path, hash := range s.plugin.Packages {
		other, shared := s.host.Packages[path]
		name := owner(path, s.plugin)
		if s.isStandard(path) {
			name = "go"
		}
		if before, seen := equal[name]; shared && theirs[name] != "" && mine[name] != theirs[name] {
			equal[name] = hash == other && (before || !seen)
		}
	}
	maps.DeleteFunc(equal, func(_ string, all bool) bool { return !all })
	return slices.Sorted(maps.Keys(equal))
}

const devel = "(devel)"

// used returns what is used for each module: a version, a replacement or a directory.
func used(binary *gobinary.Binary) map[string]string {
	found := map[string]string{}
	for _, module := range binary.Modules {
		found[module.Path] = cmp.Or(module.Version, devel)
		if module.ReplacedBy != "" {
			found[module.Path] = "=> " + module.ReplacedBy
		}
	}
	return found
}

func isVersion(used string) bool {
	return !strings.HasPrefix(used, "=>") && !strings.HasPrefix(used, "(")
}

// module returns a module of a binary, the last of its name.
func module(binary *gobinary.Binary, path string) (found gobinary.Module) {
	for _, one := range binary.Modules {
		if one.Path == path {
			found = one
		}
	}
	return found
}

// owner returns the module of a binary that a package belongs to, or nothing.
func owner(path string, binary *gobinary.Binary) (found string) {
	for _, one := range binary.Modules {
		if (path == one.Path || strings.HasPrefix(path, one.Path+"/")) && len(one.Path) > len(found) {
			found = one.Path
		}
	}
	return found
}
