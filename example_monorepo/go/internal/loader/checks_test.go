package loader

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"acme/internal/gobinary"
	"acme/internal/stamp"
)

var (
	sha = "sha256:" + strings.Repeat("0", 64)

	hostStamp = `{"apis":[],"builder":"pluginkit","capabilities":[],"contract":{"factory":"New","group":"","known":[],` +
		`"policy":"exact","required":[],"same-lock":false,"symbols":{}},"inputs":"` + sha + `","kind":"host",` +
		`"language":"go","lock":"` + sha + `","name":"host","payload":"` + sha + `","schema":2,"toolchain":{},"version":""}`
)

// fitting returns a candidate with nothing wrong.
func fitting() *candidate {
	api := stamp.API{Name: "pluginapi", Version: "v1.0.0", Digest: "h1:a", Surface: []string{"type A"}}
	binary := func(kind string) *gobinary.Binary {
		return &gobinary.Binary{
			Kind: kind, GoVersion: "go1.27.3", Platform: "linux/amd64",
			Settings: map[string]string{"-trimpath": "true"},
			Modules:  []gobinary.Module{{Path: "dep", Version: "v1.0.0"}},
			Packages: map[string]string{"runtime": "1", "dep/a": "2"},
			Exports:  map[string]string{"New": "func() pluginapi.Plugin"},
		}
	}
	contract := stamp.Contract{Symbols: map[string]string{"New": "func() pluginapi.Plugin"}, Required: []string{"filter"}}
	l := &loading{
		stamp:  &stamp.Stamp{Kind: "host", Language: "go", APIs: []stamp.API{api}, Lock: "1", Contract: contract},
		self:   binary(gobinary.Executable),
		opened: opened{map[string]linked{"beside": {"3", "old.so"}}, map[string]string{"old": "old.so"}},
	}
	plugin := &stamp.Stamp{
		Kind: "plugin", Language: "go", APIs: []stamp.API{api}, Lock: "1", Capabilities: []string{"filter"},
		Toolchain: map[string]string{"go": "go1.27.3"}, Mode: modePlugin,
	}
	plugin.Payload = "sha256:1"
	return &candidate{
		loading: l, name: "new", path: "plugins/new.so", binary: binary(gobinary.Plugin), stamp: plugin, payload: "sha256:1",
		readable: true, mode: modePlugin,
	}
}

func codes(findings []Finding) (found []string) {
	for _, finding := range findings {
		found = append(found, finding.Code)
	}
	return found
}

var causes = []struct {
	name  string
	edit  func(*candidate)
	codes string
}{
	{"nothing", func(*candidate) {}, ""},
	{"other bytes", func(c *candidate) { c.payload = "sha256:2" }, "PK104"},
	{"a host as a plugin", func(c *candidate) { c.stamp.Kind = "host" }, "PK105"},
	{"another mode than its file's", func(c *candidate) { c.stamp.Mode = modeWasm }, "PK105"},
	{"another Go in the stamp", func(c *candidate) { c.stamp.Toolchain["go"] = "go1.26.6" }, "PK105"},
	{"another API", func(c *candidate) { c.stamp.APIs[0].Name = "other" }, "PK301"},
	{"no API", func(c *candidate) { c.stamp.APIs = nil }, "PK301"},
	{"another version of it", func(c *candidate) { c.stamp.APIs = []stamp.API{{Name: "pluginapi", Digest: "h1:a"}} }, "PK302"},
	{
		"another copy, and the lock that comes of it",
		func(c *candidate) {
			c.stamp.APIs, c.stamp.Lock = []stamp.API{{Name: "pluginapi", Version: "v1.0.0", Digest: "h1:b"}}, "2"
		},
		"PK303",
	},
	{
		"another Go",
		func(c *candidate) {
			c.binary.GoVersion, c.stamp.Toolchain["go"], c.binary.Packages["runtime"] = "go1.26.6", "go1.26.6", "2"
		},
		"PK401",
	},
	{"other flags", func(c *candidate) { c.binary.Settings, c.binary.Packages["runtime"] = nil, "2" }, "PK402"},
	{"another platform", func(c *candidate) { c.binary.Platform = "freebsd/amd64" }, "PK403"},
	{
		"all that follows from another platform",
		func(c *candidate) {
			c.binary.Platform, c.binary.Settings, c.binary.Packages["runtime"] = "linux/other", nil, "2"
			c.stamp.APIs, c.stamp.Lock = []stamp.API{{Name: "pluginapi", Version: "v1.0.0", Digest: "h1:b"}}, "2"
			c.name = "old"
		},
		"PK403",
	},
	{"another module", func(c *candidate) { c.binary.Modules[0].Version, c.binary.Packages["dep/a"] = "v2", "9" }, "PK404"},
	{"another package", func(c *candidate) { c.binary.Packages["runtime"] = "2" }, "PK405"},
	{"another build of what an earlier plugin brought", func(c *candidate) { c.binary.Packages["beside"] = "4" }, "PK405"},
	{"another lock", func(c *candidate) { c.stamp.Lock = "2" }, "PK406"},
	{"an export that cannot be looked up", func(c *candidate) { c.binary.Exports, c.binary.Unlinked = nil, []string{"New"} }, "PK411"},
	{"a static host", func(c *candidate) { c.self.Packages, c.self.Settings = nil, nil }, "PK412"},
	{
		"a test binary of what the plugin uses",
		func(c *candidate) { c.self.Main, c.binary.Packages["runtime"] = "runtime.test", "2" },
		"PK412",
	},
	{"another version of the same hashes", func(c *candidate) { c.binary.Modules[0].Version = "v2" }, "PK413"},
	{"no factory", func(c *candidate) { c.binary.Exports = nil }, "PK501"},
	{"a factory of another type", func(c *candidate) { c.binary.Exports["New"] = "func()" }, "PK502"},
	{"without a required capability", func(c *candidate) { c.stamp.Capabilities = nil }, "PK504"},
	{"a name that is taken", func(c *candidate) { c.name = "old" }, "PK505"},
	{"what ends the process", func(c *candidate) { c.binary.Fatal = []gobinary.Ending{{Reason: "it exits"}} }, "PK507"},
}

func TestEachCauseIsNamed(t *testing.T) {
	for _, test := range causes {
		t.Run(test.name, func(t *testing.T) {
			c := fitting()
			c.stamp.APIs = slices.Clone(c.stamp.APIs)
			test.edit(c)
			c.linkage = c.link()
			if found := strings.Join(codes(c.findings()), " "); found != test.codes {
				t.Errorf("got %q, want %q", found, test.codes)
			}
		})
	}
}

const publicKey = "MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABI="

func TestAHostAsksForSignatures(t *testing.T) {
	ci := stamp.Key{Name: "ci", Public: make([]byte, 32), MaySign: []string{"n*"}}
	for _, test := range []struct {
		name     string
		stamps   int
		envelope []byte
		codes    string
	}{
		{"signed by nobody", 1, nil, "PK601"},
		{"not stamped", 0, nil, "PK201 PK601"},
		{"stamped twice", 2, nil, "PK204 PK601"},
		{"signed with something else", 1, []byte("{}"), "PK602"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := fitting().loading
			l.stamp.Trust = &stamp.Trust{Keys: []stamp.Key{ci}}
			c := &candidate{loading: l, binary: new(gobinary.Binary), readable: true}
			isSigned := c.authenticate(make([]stamp.Span, test.stamps), test.envelope)
			if found := strings.Join(codes(c.findings()), " "); isSigned || found != test.codes {
				t.Errorf("got %q, want %q", found, test.codes)
			}
			l.stamp.Trust, c.defects = nil, nil
			if !c.authenticate(nil, nil) || len(c.defects) > 0 {
				t.Error("it is asked for where there is no trust")
			}
		})
	}
}

func TestASignatureHasToBeOfAKeyThatMay(t *testing.T) {
	for _, test := range []struct {
		name, glob string
		minimum    int64
		codes      string
	}{{"it may", "n*", 0, ""}, {"for other names", "o*", 0, "PK603"}, {"for later releases", "*", 1, "PK603"}} {
		t.Run(test.name, func(t *testing.T) {
			c := fitting()
			c.stamp.Name, c.signers = "new", []stamp.Key{{Name: "ci", MaySign: []string{test.glob}}}
			c.loading.stamp.Trust = &stamp.Trust{Keys: c.signers, MinimumRelease: test.minimum}
			c.linkage = c.link()
			if found := strings.Join(codes(c.findings()), " "); found != test.codes {
				t.Errorf("got %q, want %q", found, test.codes)
			}
		})
	}
}

func TestAHostLivesWithWhatItsStampIgnores(t *testing.T) {
	tomorrow, yesterday := "9999-12-31", "2001-01-01"
	for _, test := range []struct {
		name   string
		ignore stamp.Ignore
		left   string
	}{
		{"by code", stamp.Ignore{Rule: "PK504"}, "PK405"},
		{"by name, of one plugin", stamp.Ignore{Rule: "capability-missing", Plugin: "n*"}, "PK405"},
		{"until a day to come", stamp.Ignore{Rule: "PK504", Plugin: "*.so", Until: tomorrow}, "PK405"},
		{"of another plugin", stamp.Ignore{Rule: "PK504", Plugin: "other"}, "PK405 PK504"},
		{"another rule", stamp.Ignore{Rule: "PK505"}, "PK405 PK504"},
		{"until a day that is gone", stamp.Ignore{Rule: "PK504", Until: yesterday}, "PK405 PK504"},
		{"what Go's runtime refuses", stamp.Ignore{Rule: "PK405"}, "PK405 PK504"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := fitting()
			c.binary.Packages, c.stamp.Capabilities = maps.Clone(c.binary.Packages), nil
			c.binary.Packages["runtime"] = "2"
			c.linkage, c.loading.stamp.Ignores = c.link(), []stamp.Ignore{test.ignore}
			c.ignored = c.ignores()
			if left := strings.Join(codes(c.sift(c.findings())), " "); left != test.left {
				t.Errorf("got %q, want %q", left, test.left)
			}
		})
	}
}

func TestWhatIsIgnoredIsRememberedAllTheSame(t *testing.T) {
	c, remembered := fitting(), &memory{probed: probed{Plugins: map[string]verdict{}}}
	remembered.put("it", []Finding{{Code: fatal, Message: "it exits"}})
	for _, ignored := range [][]stamp.Ignore{nil, {{Rule: "fatal-load"}}, nil} {
		c.ignored = ignored
		known, _ := remembered.get("it")
		if found := codes(c.sift(known)); len(found)+len(ignored) != 1 {
			t.Errorf("got %v where %v is ignored", found, ignored)
		}
	}
}
