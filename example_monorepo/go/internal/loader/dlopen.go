package loader

import (
	"fmt"
	"slices"
	"strings"
)

// refusals are the words by which the dynamic loader says why it does not open a plugin, glibc's and musl's. It has run
// none of the plugin's code then.
var refusals = []struct{ code, says string }{
	{"PK410", "static TLS block"},
	{"PK410", "initial-exec TLS"},
	{"PK408", "version `"},
	{"PK409", "undefined symbol: "},
	{"PK409", ": symbol not found"},
	{"PK407", "cannot open shared object file"},
	{"PK407", "Error loading shared library"},
	{"PK407", "invalid ELF header"},
	{"PK407", "wrong ELF class"},
}

// afterwards is what plugin.Open says of a plugin that the dynamic loader has opened.
const afterwards = "could not find symbol"

// unopened is the finding about a plugin that plugin.Open does not open.
func unopened(err error) []Finding {
	text := err.Error()
	for _, one := range refusals {
		if strings.Contains(text, one.says) && !strings.Contains(text, afterwards) {
			return []Finding{{Code: one.code, Message: "the dynamic loader does not open it: " + text}}
		}
	}
	return new(Plugin).failed("opening it", err)
}

// isUnopened returns whether these are findings of the dynamic loader.
func isUnopened(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(finding Finding) bool { return "PK407" <= finding.Code && finding.Code <= "PK410" })
}

func pluginPath(c *candidate) []Finding {
	if len(c.binary.Unlinked) == 0 || !c.isPlugin() {
		return nil
	}
	return []Finding{{
		Message: fmt.Sprintf("no symbol is called %s.%s", c.binary.PluginPath, c.binary.Unlinked[0]),
		Found:   c.binary.PluginPath,
		Details: c.binary.Unlinked,
	}}
}

// hostLinking reports a host that imports plugin, with cgo, and has no packages to compare: it is linked statically, or
// by Go's own linker.
func hostLinking(c *candidate) []Finding {
	if !canRun(c.mode) || len(c.self.Packages) > 0 || c.binary.Kind == "" || !c.isPlugin() || c.self.Settings["CGO_ENABLED"] == "0" {
		return nil
	}
	message := "the host cannot open plugins: it was linked by Go's own linker"
	if c.self.Linking.Interpreter == "" {
		message = "the host cannot open plugins: it is linked statically"
	}
	return []Finding{{Message: message}}
}

// tested returns the package under test where the host is the binary of go test, and that package differs.
func (c *candidate) tested(differing []string) string {
	path, ok := strings.CutSuffix(c.self.Main, ".test")
	if !ok || !slices.Contains(differing, path) {
		return ""
	}
	return path
}

func testedHost(c *candidate) []Finding {
	linked := c.linked()
	path := c.tested(linked.packages)
	if path == "" || linked.all {
		return nil
	}
	return []Finding{{
		Message: fmt.Sprintf("the host is a test binary: go test compiled %s with its tests", path),
		Hint:    "open plugins in the tests of a package that no plugin imports",
		Found:   path,
		Details: linked.packages,
	}}
}
