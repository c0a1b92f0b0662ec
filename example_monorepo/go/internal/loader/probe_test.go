package loader

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Probe()
	os.Exit(m.Run())
}

func TestAProbeKeepsOutWhatWouldEndTheHost(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	directory := t.TempDir()
	Timeout = 2 * time.Second
	leave := "\nimport (\"os\"; \"syscall\"; \"time\")\nvar _ = syscall.Getpid\nvar _ = time.Now\nvar leave = os.Getpid() > 0\n" + good
	cases := []struct{ name, source, code, says string }{
		{"ja-good", good, "", ""},
		{"jb-exits", leave + "func init() { if leave { println(\"goodbye\"); os.Exit(42) } }", "PK507", "status 42"},
		{"jc-killed", leave + "func init() { if leave { syscall.Kill(syscall.Getpid(), syscall.SIGKILL) } }", "PK507", "signal 9"},
		{"jd-hangs", leave + "func init() { for leave { time.Sleep(time.Hour) } }", "PK507", "within 2s"},
		{"je-panics", leave + "func init() { if leave { panic(\"no luck\") } }", "PK508", "no luck"},
		{"jf-good", good, "", ""},
	}
	for _, one := range cases {
		build(t, directory, one.name, one.source)
	}
	plugins, report, err := Load(directory, "", quiet{}, true)
	if err != nil || len(plugins) != 2 {
		t.Fatalf("%d plugins loaded, want 2: %v", len(plugins), err)
	}
	for i, one := range cases {
		result := report.Plugins[i]
		if one.code == "" {
			if result.Status != Loaded {
				t.Errorf("%s: %+v", one.name, result)
			}
			continue
		}
		finding := result.Findings[0]
		if finding.Code != one.code || !strings.Contains(finding.Message, one.says) || finding.Severity != "error" || finding.Hint == "" {
			t.Errorf("%s: %+v, want %s %q", one.name, finding, one.code, one.says)
		}
	}
	if details := report.Plugins[1].Findings[0].Details; len(details) != 1 || details[0] != "goodbye" {
		t.Errorf("what it printed: %q", details)
	}
}

func TestAPluginIsTriedOnce(t *testing.T) {
	cache, directory := t.TempDir(), t.TempDir()
	marks := filepath.Join(directory, "marks")
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("MARKS", marks)
	build(t, directory, "ka-marks", `
import "os"

func init() {
	file, _ := os.OpenFile(os.Getenv("MARKS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	file.WriteString("x")
}
`+good)
	path := filepath.Join(directory, "ka-marks.so")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for times, spoil := range []bool{false, false, true} {
		if spoil {
			kept, _ := filepath.Glob(filepath.Join(cache, probeFolder, "*.json"))
			if len(kept) != 1 || os.WriteFile(kept[0], []byte("{"), 0o600) != nil {
				t.Fatalf("%q", kept)
			}
		}
		if findings := recall().of(path, data); len(findings) != 0 {
			t.Fatalf("%+v", findings)
		}
		tries := map[bool]int{false: 1, true: 2}[spoil]
		if written, _ := os.ReadFile(marks); len(written) != tries {
			t.Errorf("start %d: tried %d times in all, want %d", times, len(written), tries)
		}
	}
}

func TestLoadSaysThatMainForgotProbe(t *testing.T) {
	t.Setenv(tried, "plugin.so")
	if _, _, err := Load(t.TempDir(), "", quiet{}, false); err == nil || !strings.Contains(err.Error(), "loader.Probe()") {
		t.Error(err)
	}
}
