package loader

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"acme/internal/stamp"
	"acme/pluginapi"
)

type quiet struct{}

func (quiet) Logf(string, ...any)   {}
func (quiet) Setting(string) string { return "" }

func load(t *testing.T, directory, stamp string, options ...Option) ([]Plugin, Report) {
	t.Helper()
	plugins, report, err := Load(directory, stamp, quiet{}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return plugins, report
}

// limit sets Timeout for the rest of a test.
func limit(t *testing.T, most time.Duration) {
	t.Helper()
	before := Timeout
	Timeout = most
	t.Cleanup(func() { Timeout = before })
}

// want checks how a file ended, and for what reason.
func want(t *testing.T, result Result, status Status, code, says string) {
	t.Helper()
	if result.Status != status {
		t.Errorf("%s is %s, want %s: %+v", result.Path, result.Status, status, result.Findings)
		return
	}
	if code == "" {
		return
	}
	finding := result.Findings[0]
	if finding.Code != code || !strings.Contains(finding.Message, says) || finding.Severity != Error || finding.Hint == "" {
		t.Errorf("%s: %+v, want %s %q", result.Path, finding, code, says)
	}
}

func TestOneBadPluginStopsNoOther(t *testing.T) {
	plugins, report := load(t, built(t, "aa-panics", "bb-exits", "cc-nothing", "dd-type", "ee-good"), "")
	if len(plugins) != 1 || report.Complete() {
		t.Errorf("%d plugins loaded, want 1", len(plugins))
	}
	want(t, report.Plugins[0], Failed, "PK508", "no luck")
	want(t, report.Plugins[1], Refused, "PK507", "would end the host")
	want(t, report.Plugins[2], Failed, "PK501", "does not export New")
	want(t, report.Plugins[3], Failed, "PK502", "another type")
	want(t, report.Plugins[4], Loaded, "", "")
}

func TestAPluginThatHangsIsLeftBehind(t *testing.T) {
	limit(t, 200*time.Millisecond)
	_, report := load(t, built(t, "ff-hangs"), "")
	want(t, report.Plugins[0], Failed, "PK508", "takes longer than 200ms")
	Timeout = time.Minute
	_, report = load(t, built(t, "gg-good"), "")
	want(t, report.Plugins[0], Loaded, "", "")
}

// hostile is an error whose text hangs (0), panics (1), or ends its goroutine (2).
type hostile int

func (h hostile) Error() string {
	switch h {
	case 0:
		select {}
	case 1:
		panic(1)
	}
	runtime.Goexit()
	return ""
}

func TestTextIsCutAndStaysText(t *testing.T) {
	for text, want := range map[string]string{"für 日本語\u00a0x": "für 日本語\u00a0x", "a ## [b] ##": "a ## [b] ##", "##vso[x": `\x23\x23vso[x`} {
		if got := printable(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := printable(strings.Repeat("ü", 1<<20)); len(got) > longest+3 || !strings.HasSuffix(got, "ü...") {
		t.Errorf("%d bytes: %q", len(got), got[len(got)-9:])
	}
}

type fake struct{ pluginapi.Plugin }

func TestWhatFailsInAPluginsOwnCodeIsNamed(t *testing.T) {
	limit(t, 100*time.Millisecond)
	works := func() pluginapi.Plugin { return fake{} }
	for _, test := range []struct {
		name, says string
		offered    exports
	}{
		{"all is well", "", exports{factory: works}},
		{"nil", "New: returned nil", exports{factory: func() pluginapi.Plugin { return nil }}},
		{"a panic in New", "New: panic: 0", exports{factory: func() pluginapi.Plugin { panic(0) }}},
		{"an error of Init", "Init: no", exports{factory: works, initialize: func(pluginapi.Host) error { return errors.New("no") }}},
		{"a panic in Init", "Init: panic: in it", exports{factory: works, initialize: func(pluginapi.Host) error { panic("in it") }}},
		{"an endless Init", "Init: takes longer", exports{factory: works, initialize: func(pluginapi.Host) error { select {} }}},
		{"an error that hangs", "Init: takes longer", exports{factory: works, initialize: func(pluginapi.Host) error { return hostile(0) }}},
		{"an error that panics", "Init: panic: 1", exports{factory: works, initialize: func(pluginapi.Host) error { return hostile(1) }}},
		{"an error that exits", "Init: runtime.Goexit", exports{factory: works, initialize: func(pluginapi.Host) error { return hostile(2) }}},
		{"a panic that hangs", "New: takes longer", exports{factory: func() pluginapi.Plugin { panic(hostile(0)) }}},
		{"escapes", `New: panic: \x1b[2J\x0a\u202e\x23\x23[x]\xff`, exports{factory: func() pluginapi.Plugin { panic("\x1b[2J\n\u202e##[x]\xff") }}},
		{"a panic in Capabilities", "Capabilities: panic", exports{factory: works, capabilities: func() []string { panic(0) }}},
	} {
		t.Run(test.name, func(t *testing.T) {
			findings := test.offered.start(new(Plugin), quiet{})
			if test.says == "" && len(findings) == 0 {
				return
			}
			if len(findings) != 1 || findings[0].Code != "PK508" || !strings.HasPrefix(findings[0].Message, test.says) {
				t.Errorf("%+v, want PK508 %q", findings, test.says)
			}
		})
	}
}

func TestAnotherVersionOfTheAPIDoesNotFit(t *testing.T) {
	same, other := pluginapi.APIVersion, "v0.0.1"
	for version, want := range map[*string]int{nil: 0, &same: 0, &other: 1} {
		findings := (&exports{version: version}).compareVersions()
		if len(findings) != want || want > 0 && findings[0].Code != "PK302" {
			t.Errorf("%+v, want %d of PK302", findings, want)
		}
	}
}

func TestWhatIsNoPluginIsNeverOpened(t *testing.T) {
	directory := t.TempDir()
	junk := filepath.Join(directory, "junk.so")
	if err := errors.Join(
		os.WriteFile(junk, []byte("not a plugin"), 0o600),
		os.Mkdir(filepath.Join(directory, "directory.so"), 0o700),
		os.Symlink("loop.so", filepath.Join(directory, "loop.so")),
		os.WriteFile(filepath.Join(directory, "README"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	_, report := load(t, directory, "")
	if len(report.Plugins) != 3 {
		t.Fatalf("%d results, want 3", len(report.Plugins))
	}
	for _, result := range report.Plugins {
		want(t, result, Refused, "PK101", "")
	}
}

func TestAPlainCLibraryIsRefused(t *testing.T) {
	directory := t.TempDir()
	source := filepath.Join(t.TempDir(), "c.c")
	if err := os.WriteFile(source, []byte("int answer(void) { return 42; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("cc", "-shared", "-fPIC", "-o", filepath.Join(directory, "c.so"), source)
	if output, err := command.CombinedOutput(); err != nil {
		t.Skipf("no C compiler: %v %s", err, output)
	}
	_, report := load(t, directory, "")
	want(t, report.Plugins[0], Refused, "PK507", "")
}

func TestAStampedHostRefusesAPluginWithoutStamp(t *testing.T) {
	_, report := load(t, built(t, "ee-good"), string(stamp.Begin())+hostStamp+"\xff")
	want(t, report.Plugins[0], Refused, "PK201", "")
	if !report.Stamped {
		t.Error("the host's stamp was not read")
	}
}

func TestAHostThatAsksForSignaturesOpensNothingWithoutOne(t *testing.T) {
	trust := `"trust":{"keys":[{"may-sign":["*"],"name":"ci","public-key":"` + publicKey + `","until":""}],` +
		`"minimum-release":0,"threshold":{}},"version":""}`
	asking := strings.Replace(hostStamp, `"version":""}`, trust, 1)
	_, report := load(t, built(t, "ee-good"), string(stamp.Begin())+asking+"\xff")
	want(t, report.Plugins[0], Refused, "PK201", "")
	if found := codes(report.Plugins[0].Findings); !slices.Equal(found, []string{"PK201", "PK601"}) {
		t.Errorf("got %v", found)
	}
}

// The host and the plugin mean one variable: Lookup returns a pointer into the plugin.
func TestExportedVariablesAreShared(t *testing.T) {
	plugins, report := load(t, built(t, "hh-good"), "")
	if len(plugins) != 1 {
		t.Fatalf("%+v", report)
	}
	counter, err := plugins[0].Symbols.Lookup("Counter")
	if err != nil {
		t.Fatal(err)
	}
	tick, err := plugins[0].Symbols.Lookup("Tick")
	if err != nil {
		t.Fatal(err)
	}
	tick.(func())()
	if _, err := plugins[0].Instance.Handle(new(pluginapi.Request)); err != nil {
		t.Fatal(err)
	}
	if after := atomic.LoadInt64(counter.(*int64)); after != 2 {
		t.Errorf("counted %d, want 2", after)
	}
}

func TestPluginsAreLoadedByName(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"b.so", "a.so", "c.txt"} {
		if err := os.WriteFile(filepath.Join(directory, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := list(directory)
	if err != nil || !slices.Equal(paths, []string{filepath.Join(directory, "a.so"), filepath.Join(directory, "b.so")}) {
		t.Errorf("%v, %v", paths, err)
	}
}
