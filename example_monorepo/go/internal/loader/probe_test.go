package loader

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var probe Option // set by TestMain

// cache gives this test a cache directory of its own, and returns it.
func cache(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME"} {
		t.Setenv(name, directory)
	}
	return directory
}

func TestWhatWouldEndTheHostIsSkipped(t *testing.T) {
	directory := built(t, "cc-nothing", "moody")
	for _, test := range []struct {
		mood                 string
		status               Status
		code, says, detailed string
	}{
		{"exits", Refused, "PK507", "exit status 42", "no licence"},
		{"throws", Refused, "PK507", "exit status 2", "panic: elsewhere"},
		{"is killed", Refused, "PK507", "signal: killed", ""},
		{"hangs", Refused, "PK507", "takes longer than 500ms", ""},
		{"panics", Failed, "PK508", "no luck", ""},
		{"", Loaded, "", "", ""},
	} {
		t.Run(test.mood, func(t *testing.T) {
			cache(t)
			t.Setenv("MOOD", test.mood)
			if test.mood == "hangs" {
				limit(t, 500*time.Millisecond)
			}
			_, report := load(t, directory, "", probe)
			nothing, result := report.Plugins[0], report.Plugins[1]
			want(t, result, test.status, test.code, test.says)
			if test.status != Loaded && strings.Join(result.Findings[0].Details, "\n") != test.detailed {
				t.Errorf("details %q, want %q", result.Findings[0].Details, test.detailed)
			}
			want(t, nothing, Failed, "PK501", "does not export New")
		})
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
	data, err := os.ReadFile(filepath.Join(built(t, "moody"), "moody.so"))
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

func TestAMemoryThatOthersCanWriteToIsIgnored(t *testing.T) {
	cache(t)
	found := recall()
	found.put("k", nil)
	found.save()
	for _, place := range []string{place(), filepath.Dir(place())} {
		if !recall().knows("k") {
			t.Fatalf("%s: it is not remembered", place)
		}
		info, err := os.Stat(place)
		if err != nil || os.Chmod(place, info.Mode()|0o002) != nil {
			t.Fatal(err)
		}
		if found := recall(); found.knows("k") || found.path != "" {
			t.Errorf("%s: %+v", place, found.probed)
		}
		if err := os.Chmod(place, info.Mode()); err != nil {
			t.Fatal(err)
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
