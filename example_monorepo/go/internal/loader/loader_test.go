package loader

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"acme/internal/stamp"
	"acme/pluginapi"
)

const good = `
func New() pluginapi.Plugin { return impl(0) }

type impl int

var unknown int // to what reads machine code

func (impl) Name() string { return "it" }
func (impl) Handle(req *pluginapi.Request) (*pluginapi.Response, error) { return &pluginapi.Response{Status: 200}, nil }
`

type quiet struct{}

func (quiet) Logf(string, ...any)   {}
func (quiet) Setting(string) string { return "" }

// build compiles a plugin from source text into directory, as if it lay in this module.
func build(t *testing.T, directory, name, source string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	file := filepath.Join(scratch, "main.go")
	text := "package main\n\nimport \"acme/pluginapi\"\n" + source + "\nvar _ pluginapi.Request\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{filepath.Join(root, "plugins", name, "main.go"): file}
	overlay, _ := json.Marshal(map[string]any{"Replace": replace})
	if err := os.WriteFile(filepath.Join(scratch, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	compile(t, root, directory, name, "-overlay="+filepath.Join(scratch, "overlay.json"))
}

func compile(t *testing.T, root, directory, name string, flags ...string) {
	t.Helper()
	arguments := append([]string{"build", "-buildmode=plugin", "-o", filepath.Join(directory, name+".so")}, flags...)
	command := exec.Command("go", append(arguments, "./plugins/"+name)...)
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		if strings.Contains(string(output), "cgo") || strings.Contains(string(output), "C compiler") {
			t.Skipf("plugins cannot be built here: %s", output)
		}
		t.Fatalf("%v\n%s", err, output)
	}
}

func load(t *testing.T, directory, stamp string, options ...Option) ([]Plugin, Report) {
	t.Helper()
	plugins, report, err := Load(directory, stamp, quiet{}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return plugins, report
}

var cases = []struct {
	name, source string
	status       Status
	code, says   string
}{
	{"aa-good", good, Loaded, "", ""},
	{"bb-panics", good + `func init() { if impl(unknown) == 0 { panic("no luck") } }`, Failed, "PK508", "no luck"},
	{"cc-hangs", good + `func init() { if impl(unknown) == 0 { select {} } }`, Failed, "PK508", "longer than"},
	{"cd-exits", good + `func init() { panic("for sure") }`, Refused, "PK507", "would end the host"},
	{"dd-nothing", ``, Failed, "PK501", "does not export New"},
	{"ee-type", `func New() any { return nil }`, Failed, "PK502", "another type"},
	{"ff-nil", `func New() pluginapi.Plugin { return nil }`, Failed, "PK508", "returned nil"},
	{"gg-version", good + `var APIVersion = "v0.0.1"`, Failed, "PK302", "another version"},
	{"hh-init", good + `func Init(pluginapi.Host) error { panic("in Init") }`, Failed, "PK508", "in Init"},
	{"hj-slow", good + `func Init(pluginapi.Host) error { select {} }`, Failed, "PK508", "Init: takes longer"},
	{"hk-factory", strings.Replace(good, "return impl(0)", "panic(0)", 1), Failed, "PK508", "New: panic: 0"},
	{"ii-good", good, Loaded, "", ""},
}

func TestOneBadPluginStopsNoOther(t *testing.T) {
	directory := t.TempDir()
	Timeout = time.Second
	for _, one := range cases {
		build(t, directory, one.name, one.source)
	}
	plugins, report := load(t, directory, "")
	if len(plugins) != 2 || report.Complete() {
		t.Errorf("%d plugins loaded, want 2", len(plugins))
	}
	for i, one := range cases {
		result := report.Plugins[i]
		if result.Status != one.status {
			t.Errorf("%s is %s, want %s: %+v", one.name, result.Status, one.status, result.Findings)
			continue
		}
		if one.code == "" {
			continue
		}
		finding := result.Findings[0]
		if finding.Code != one.code || !strings.Contains(finding.Message, one.says) || finding.Severity != Error || finding.Hint == "" {
			t.Errorf("%s: %+v, want %s %q", one.name, finding, one.code, one.says)
		}
	}
}

func TestWhatIsNoPluginIsNeverOpened(t *testing.T) {
	directory := t.TempDir()
	junk := filepath.Join(directory, "junk.so")
	if err := errors.Join(
		os.WriteFile(junk, []byte("not a plugin"), 0o600),
		os.Mkdir(filepath.Join(directory, "directory.so"), 0o700),
		syscall.Mkfifo(filepath.Join(directory, "pipe.so"), 0o600),
		os.Symlink("loop.so", filepath.Join(directory, "loop.so")),
		os.WriteFile(filepath.Join(directory, "README"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	_, report := load(t, directory, "")
	if len(report.Plugins) != 4 {
		t.Fatalf("%d results, want 4", len(report.Plugins))
	}
	for _, result := range report.Plugins {
		if result.Status != Refused || result.Findings[0].Code != "PK101" {
			t.Errorf("%+v", result)
		}
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
	if result := report.Plugins[0]; result.Status != Refused || result.Findings[0].Code != "PK507" {
		t.Errorf("%+v", result)
	}
}

func TestAStampedHostRefusesAPluginWithoutStamp(t *testing.T) {
	directory := t.TempDir()
	build(t, directory, "aa-good", good)
	_, report := load(t, directory, string(stamp.Begin())+hostStamp+"\xff")
	if result := report.Plugins[0]; result.Status != Refused || result.Findings[0].Code != "PK201" {
		t.Errorf("%+v", result)
	}
	if !report.Stamped {
		t.Error("the host's stamp was not read")
	}
}

// The host and the plugin mean one variable: Lookup returns a pointer into the plugin.
func TestExportedVariablesAreShared(t *testing.T) {
	directory := t.TempDir()
	root, _ := filepath.Abs("../..")
	compile(t, root, directory, "filter")
	plugins, report := load(t, directory, "")
	if len(plugins) != 1 {
		t.Fatalf("%+v", report)
	}
	symbol, err := plugins[0].Symbols.Lookup("Counter")
	if err != nil {
		t.Fatal(err)
	}
	counter := symbol.(*int64)
	symbol, err = plugins[0].Symbols.Lookup("Tick")
	if err != nil {
		t.Fatal(err)
	}
	tick := symbol.(func())
	before := atomic.LoadInt64(counter)
	tick()
	tick()
	if _, err := plugins[0].Instance.Handle(&pluginapi.Request{Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if after := atomic.LoadInt64(counter); after != before+3 {
		t.Errorf("counted %d, want 3", after-before)
	}
}
