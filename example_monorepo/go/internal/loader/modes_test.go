package loader

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"acme/internal/gobinary"
	"acme/internal/stamp"
	"acme/pluginapi"
)

// ran is a session of a plugin that runs nowhere, and what was done with it.
type ran struct {
	symbols         map[string]any
	image           []byte
	limits          limits
	failed          func(code, message string, running bool)
	started, closed int
}

func (r *ran) Lookup(name string) (any, error) {
	if found, ok := r.symbols[name]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("%s cannot cross", name)
}

func (r *ran) Started()     { r.started++ }
func (r *ran) Close() error { r.closed++; return nil }

func works() pluginapi.Plugin { return fake{} }

// runs gives this test runners of both modes whose plugins export something, and returns what they ran by name.
func runs(t *testing.T, symbols map[string]any) map[string]*ran {
	t.Helper()
	found := map[string]*ran{}
	run := func(name string, image []byte, limits limits, failed func(string, string, bool)) (session, error) {
		if symbols == nil {
			return nil, errors.New("exit status 1")
		}
		found[name] = &ran{symbols: symbols, image: image, limits: limits, failed: failed}
		return found[name], nil
	}
	replace(t, &runners, map[string]runner{modeSubprocess: run, modeWasm: run})
	return found
}

// replace sets a variable for the rest of a test.
func replace[T any](t *testing.T, variable *T, value T) {
	t.Helper()
	before := *variable
	*variable = value
	t.Cleanup(func() { *variable = before })
}

// program returns the bytes of an executable, this one, and skips where it is not of a kind that is read.
func program(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(self())
	if err != nil || !gobinary.IsObject(data) {
		t.Skipf("this program is no ELF object: %v", err)
	}
	return data
}

// put writes files into a new directory.
func put(t *testing.T, files map[string][]byte) string {
	t.Helper()
	directory := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(directory, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func TestPluginsRunBesideTheHost(t *testing.T) {
	found := runs(t, map[string]any{"New": works, "Capabilities": func() []string { return []string{"filter"} }})
	replace(t, &limitsOf, map[string]limits{"b": {restarts: 7}})
	program := program(t)
	directory := put(t, map[string][]byte{"b.plugin": program, "c.wasm": []byte("\x00asm\x01\x00\x00\x00"), "a.txt": nil})
	plugins, report := load(t, directory, "")
	for i, mode := range []string{modeSubprocess, modeWasm} {
		want(t, report.Plugins[i], Loaded, "", "")
		if one := plugins[i]; one.Mode != mode || report.Plugins[i].Mode != mode || one.Capabilities[0] != "filter" {
			t.Errorf("%+v, want mode %s", one, mode)
		}
	}
	if one := found["b"]; !bytes.Equal(one.image, program) || one.started != 1 || one.limits.restarts != 7 {
		t.Errorf("started %d times, with %+v", one.started, one.limits)
	}
	if _, err := plugins[0].Symbols.Lookup("Counter"); err == nil || err.Error() != "Counter cannot cross" {
		t.Errorf("got %v", err)
	}
	Close(plugins)
	for name, one := range found {
		if one.closed != 1 {
			t.Errorf("%s was closed %d times", name, one.closed)
		}
	}
}

func TestWhatAPluginBesideTheHostDoesInItsStartIsAFinding(t *testing.T) {
	limit(t, 100*time.Millisecond)
	replace(t, &patience, 20*time.Millisecond)
	directory := put(t, map[string][]byte{"it.plugin": program(t)})
	var found map[string]*ran
	dies := func() pluginapi.Plugin {
		go found["it"].failed("PK507", "ended: signal: killed", false)
		return nil
	}
	mute := func() []string {
		found["it"].failed("PK508", "Capabilities: panic: no luck", true)
		return nil
	}
	unasked := func(pluginapi.Host) error { panic("asked all the same") }
	for _, test := range []struct {
		name, code, says string
		symbols          map[string]any
	}{
		{"a panic in Capabilities", "PK508", "Capabilities: panic: no luck", map[string]any{"New": works, "Capabilities": mute, "Init": unasked}},
		{"it does not start", "PK507", "starting it: exit status 1", nil},
		{"no factory", "PK501", "does not export New", map[string]any{}},
		{"another factory", "PK502", "another type", map[string]any{"New": func() {}}},
		{"an error of Init", "PK508", "Init: no", map[string]any{"New": works, "Init": func(pluginapi.Host) error { return errors.New("Init: no") }}},
		{"an endless Init", "PK507", "Init: takes longer", map[string]any{"New": works, "Init": func(pluginapi.Host) error { select {} }}},
		{"it ends in New", "PK507", "ended: signal: killed", map[string]any{"New": dies}},
	} {
		t.Run(test.name, func(t *testing.T) {
			found = runs(t, test.symbols)
			plugins, report := load(t, directory, "")
			want(t, report.Plugins[0], Failed, test.code, test.says)
			one := found["it"]
			if len(plugins) > 0 || one != nil && (one.closed != 1 || one.started > 0) {
				t.Errorf("%d plugins: %+v", len(plugins), one)
			}
		})
	}
}

func TestAPluginThatFailsLaterIsTold(t *testing.T) {
	found := runs(t, map[string]any{"New": works})
	var told []Result
	watching := Watch(func(result Result) { told = append(told, result) })
	_, report := load(t, put(t, map[string][]byte{"it.plugin": program(t)}), "", watching)
	want(t, report.Plugins[0], Loaded, "", "")
	failed := found["it"].failed
	failed("PK507", "ended: exit status 2\n\x1b[2J", true)
	failed("PK507", "ended: exit status 2", false)
	if len(told) != 2 {
		t.Fatalf("told %+v", told)
	}
	want(t, told[0], Loaded, "PK507", `ended: exit status 2\x0a\x1b[2J`)
	want(t, told[1], Failed, "PK507", "ended")
	if one := told[1]; one.Path != report.Plugins[0].Path || one.Name != "it.plugin" || one.Mode != modeSubprocess {
		t.Errorf("told of %+v", one)
	}
}

func TestAHostRunsTheModesThatItWasBuiltWith(t *testing.T) {
	replace(t, &runners, map[string]runner{})
	_, report := load(t, put(t, map[string][]byte{"it.plugin": program(t), "it.wasm": []byte("\x00asm\x01\x00\x00\x00")}), "")
	want(t, report.Plugins[0], Refused, "PK402", "built without mode subprocess")
	want(t, report.Plugins[1], Refused, "PK402", "built without mode wasm")
	replace(t, &openObject, nil)
	c := fitting()
	if found := c.findings(); !slices.Equal(codes(found), []string{"PK402"}) || found[0].Found != modePlugin {
		t.Errorf("got %+v", found)
	}
}

func TestAFileIsWhatItsNameSays(t *testing.T) {
	runs(t, nil)
	module := []byte("\x00asm\x01\x00\x00\x00")
	_, report := load(t, put(t, map[string][]byte{"a.so": module, "b.so": program(t), "c.plugin": module, "d.wasm": program(t)}), "")
	for i, says := range []string{
		"a WebAssembly module, not a plugin", "an executable, not a plugin", "a WebAssembly module, not an executable",
		"an executable, not a WebAssembly module",
	} {
		want(t, report.Plugins[i], Refused, "PK101", says)
	}
}

func TestLinkedPluginsComeFirst(t *testing.T) {
	runs(t, map[string]any{"New": works})
	counter := int64(1)
	replace(t, &linkedPlugins, []linkedPlugin{
		{name: "it", capabilities: []string{"filter"}, symbols: map[string]any{"New": works, "Counter": &counter}},
		{name: "moody", symbols: map[string]any{"New": func() pluginapi.Plugin { panic("no luck") }}},
	})
	plugins, report := load(t, put(t, map[string][]byte{"it.plugin": program(t), "other.plugin": program(t)}), "")
	want(t, report.Plugins[0], Loaded, "", "")
	want(t, report.Plugins[1], Failed, "PK508", "New: panic: no luck")
	want(t, report.Plugins[2], Refused, "PK505", "loaded already")
	want(t, report.Plugins[3], Loaded, "", "")
	first := plugins[0]
	if first.Name != "it" || first.Mode != modeLinked || first.Capabilities[0] != "filter" || first.Close() != nil {
		t.Errorf("got %+v", first)
	}
	if found, err := first.Symbols.Lookup("Counter"); err != nil || found != &counter {
		t.Errorf("got %v, %v", found, err)
	}
	if _, err := first.Symbols.Lookup("Absent"); err == nil {
		t.Error("found what it does not export")
	}
	if plugins, report := load(t, "", ""); len(plugins) != 1 || len(report.Plugins) != 2 {
		t.Errorf("%d of %d without a directory", len(plugins), len(report.Plugins))
	}
	if names := Linked(); !slices.Equal(names, []string{"it", "moody"}) {
		t.Errorf("linked are %v", names)
	}
	missing := filepath.Join(t.TempDir(), "plugins")
	if plugins, _ := load(t, missing, ""); len(plugins) != 1 {
		t.Errorf("%d with a directory that does not exist", len(plugins))
	}
	linkedPlugins = nil
	if _, _, err := Load(missing, "", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for a directory that does not exist, where nothing is linked", err)
	}
}

// stamped returns a program with the stamp of a plugin for a host of fittingHost.
func stamped(t *testing.T, edits ...string) []byte {
	t.Helper()
	program := program(t)
	binary, err := gobinary.Read(program)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`"kind":"host"`, `"kind":"plugin"`, `"name":"host"`, `"mode":"subprocess","name":"it"`,
		`"toolchain":{}`, `"toolchain":{"go":"`+binary.GoVersion+`","tags":"`+binary.Settings["-tags"]+`"}`,
	).Replace(fittingHost)
	text = strings.NewReplacer(edits...).Replace(text)
	data := slices.Concat(program, stamp.Begin(), []byte(text+"\xff"))
	digest := stamp.Payload(data, stamp.Find(data)[0])
	return bytes.Replace(data, []byte(`"payload":"`+sha), []byte(`"payload":"`+digest), 1)
}

var fittingHost = strings.NewReplacer(
	`"apis":[]`, `"apis":[{"digest":"h1:`+strings.Repeat("a", 43)+`=","modules":[],"name":"api","surface":["type A"],"version":"v1"}]`,
	`"symbols":{}`, `"symbols":{"New":"func() pluginapi.Plugin"}`,
).Replace(hostStamp)

func TestNothingRunsThatDoesNotFit(t *testing.T) {
	digest := strings.Repeat("a", 43)
	for _, test := range []struct {
		name, codes string
		edits       []string
	}{
		{"it fits", "", nil},
		{"another copy of the API", "PK303", []string{digest, strings.Repeat("b", 43)}},
		{"another version", "PK302", []string{`"version":"v1"`, `"version":"v2"`}},
		{"another API", "PK301", []string{`"name":"api"`, `"name":"other"`}},
		{"for another mode", "PK105", []string{`"mode":"subprocess"`, `"mode":"wasm"`}},
		{"of the mode plugin", "PK105", []string{`"mode":"subprocess",`, ""}},
		{"a host", "PK105", []string{`"kind":"plugin"`, `"kind":"host"`}},
		{"by another Go", "PK105", []string{`"go":"go`, `"go":"gone`}},
		{"with another factory", "PK502", []string{"func() pluginapi.Plugin", "func() any"}},
		{"without a factory", "PK501", []string{`"factory":"New"`, `"factory":""`, `"New":"func() pluginapi.Plugin"`, ""}},
		{"edited", "PK104", []string{`"payload":"sha256:0`, `"payload":"sha256:1`}},
		{"with a stamp that is none", "PK202", []string{`"mode":"subprocess"`, `"mode":"remote"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := runs(t, map[string]any{"New": works})
			host := string(stamp.Begin()) + fittingHost + "\xff"
			_, report := load(t, put(t, map[string][]byte{"it.plugin": stamped(t, test.edits...)}), host)
			if got := strings.Join(codes(report.Plugins[0].Findings), " "); got != test.codes || len(found) > 0 != (got == "") {
				t.Errorf("got %q, want %q; it ran: %v", got, test.codes, slices.Collect(maps.Keys(found)))
			}
		})
	}
}

func TestAPluginForAnotherPlatformDoesNotRun(t *testing.T) {
	runs(t, nil)
	l, err := prepare("", quiet{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.self.Platform = "plan9/" + runtime.GOARCH
	c := l.inspect("it.plugin", program(t))
	if found := codes(c.findings()); !slices.Equal(found, []string{"PK403"}) {
		t.Errorf("got %v", found)
	}
}
