package loader

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var probe Option

func TestMain(m *testing.M) {
	probe = Probe()
	os.Exit(m.Run())
}

// cache gives this test a cache directory of its own, and returns it.
func cache(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME"} {
		t.Setenv(name, directory)
	}
	return directory
}

func limit(t *testing.T, most time.Duration) {
	t.Helper()
	before := Timeout
	Timeout = most
	t.Cleanup(func() { Timeout = before })
}

// None of these is certain to end the process, as far as its code tells: what is certain is refused unprobed.
func TestWhatWouldEndTheHostIsSkipped(t *testing.T) {
	directory := t.TempDir()
	for _, one := range []struct{ name, source string }{
		{"pa-good", good},
		{"pb-exits", `import "os"` + good + `func init() { if impl(unknown) == 0 { println("no licence"); os.Exit(42) } }`},
		{"pc-throws", good + `func init() { if impl(unknown) == 0 { go func() { panic("elsewhere") }(); select {} } }`},
		{"pd-killed", `import "syscall"` + good + `func init() { syscall.Kill(syscall.Getpid(), syscall.SIGKILL) }`},
		{"pe-hangs", good + `func init() { if impl(unknown) == 0 { select {} } }`},
		{"pf-panics", good + `func init() { if impl(unknown) == 0 { panic("no luck") } }`},
		{"pg-nothing", ``},
	} {
		build(t, directory, one.name, one.source)
	}
	cache(t)
	limit(t, 3*time.Second)
	plugins, report := load(t, directory, "", probe)
	if len(plugins) != 1 || report.Plugins[0].Status != Loaded {
		t.Fatalf("%+v", report)
	}
	for i, want := range []struct {
		status               Status
		code, says, detailed string
	}{
		{Refused, "PK507", "exit status 42", "no licence"},
		{Refused, "PK507", "exit status 2", "panic: elsewhere"},
		{Refused, "PK507", "signal: killed", ""},
		{Refused, "PK507", "takes longer than 3s", ""},
		{Failed, "PK508", "no luck", ""},
		{Failed, "PK501", "does not export New", ""},
	} {
		result := report.Plugins[i+1]
		finding := result.Findings[0]
		if result.Status != want.status || finding.Code != want.code || !strings.Contains(finding.Message, want.says) {
			t.Errorf("%+v, want %+v", result, want)
		}
		if details := strings.Join(finding.Details, "\n"); details != want.detailed {
			t.Errorf("%s: details %q, want %q", result.Path, details, want.detailed)
		}
	}
}

// asked returns how often init functions ran when a prober that just started is asked about a plugin.
func asked(t *testing.T, data []byte, count string) int {
	t.Helper()
	prober := newProber(t.TempDir())
	if found := prober.ask(data, true); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	prober.memory.save()
	written, err := os.ReadFile(count)
	if err != nil {
		t.Fatal(err)
	}
	return len(written)
}

func TestAPassIsRemembered(t *testing.T) {
	directory := t.TempDir()
	build(t, directory, "ph-counts", `import "os"`+good+`
func init() {
	file, _ := os.OpenFile(os.Getenv("COUNT"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	file.WriteString("x")
}`)
	data, err := os.ReadFile(filepath.Join(directory, "ph-counts.so"))
	if err != nil {
		t.Fatal(err)
	}
	cached := cache(t)
	count := filepath.Join(t.TempDir(), "count")
	t.Setenv("COUNT", count)
	for i, want := range []int{1, 1, 1} {
		if times := asked(t, data, count); times != want {
			t.Errorf("start %d: probed %d times, want %d", i, times, want)
		}
	}
	if err := os.WriteFile(place(), []byte(`{"version": 1, "plug`), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{2, 2} {
		if times := asked(t, data, count); times != want {
			t.Errorf("damaged, start %d: probed %d times, want %d", i, times, want)
		}
	}
	t.Setenv("XDG_CACHE_HOME", count) // no directory
	t.Setenv("HOME", count)
	if times := asked(t, data, count); times != 3 {
		t.Errorf("without a cache: probed %d times, want 3", times)
	}
	if left, _ := filepath.Glob(filepath.Join(cached, "*", "*", "new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestADamagedMemoryIsEmpty(t *testing.T) {
	cache(t)
	for _, text := range []string{"", "{", "null", "[]", `{"version":1}`, `{"version":2,"plugins":{"k":{}}}`} {
		if err := os.MkdirAll(filepath.Dir(place()), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := recall(); found.knows("k") || found.Plugins == nil {
			t.Errorf("%q: %+v", text, found.probed)
		}
	}
}

func TestAFindingIsForgottenAfterAWhile(t *testing.T) {
	cache(t)
	found := recall()
	against := []Finding{{Code: fatal}}
	maps.Copy(found.Plugins, map[string]verdict{
		"new": {At: time.Now(), Findings: against},
		"old": {At: time.Now().Add(-2 * forgiving), Findings: against},
		"odd": {At: time.Now().Add(time.Hour), Findings: against},
		"fit": {At: time.Now().Add(-1000 * forgiving)},
	})
	for key, want := range map[string]bool{"new": true, "old": false, "odd": false, "fit": true, "none": false} {
		if found.knows(key) != want {
			t.Errorf("%s is remembered: %v", key, !want)
		}
	}
}

func TestBeginningAndEndOfALongOutputAreKept(t *testing.T) {
	output := new(excerpt)
	output.Write([]byte("\xfffirst\n"))
	for range 1000 {
		output.Write([]byte(strings.Repeat("x", 99) + "\n"))
	}
	output.Write([]byte("last\n"))
	lines := output.lines()
	if len(output.kept) > 8192 || len(lines) != 21 || lines[0] != "?first" || lines[10] != "..." || lines[20] != "last" {
		t.Errorf("kept %d bytes: %q", len(output.kept), lines)
	}
}
