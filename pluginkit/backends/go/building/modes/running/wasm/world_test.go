package wasm_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/wasm"
	"pluginkit/running/wasm/testdata/api"
)

func TestAModuleSeesClocksAndRandomNumbersAndNothingElse(t *testing.T) {
	h, _ := start(t, nil)
	now, _ := h.plugin.Do("now", nil)
	if at, err := time.Parse(time.RFC3339, string(now)); err != nil || time.Since(at).Abs() > 5*time.Second {
		t.Errorf("got %s, %v", now, err)
	}
	one, _ := h.plugin.Do("random", nil)
	other, _ := h.plugin.Do("random", nil)
	if len(one) < 20 || bytes.Equal(one, other) {
		t.Errorf("got %s and %s", one, other)
	}
	if slept, err := h.plugin.Do("sleep 30ms", nil); err != nil {
		t.Error(err)
	} else if duration, _ := time.ParseDuration(string(slept)); duration < 30*time.Millisecond || duration > time.Second {
		t.Errorf("slept %v", duration)
	}
	if world, err := h.plugin.Do("world", nil); string(world) != "0 0 wasip1" || err != nil {
		t.Errorf("got %s, %v", world, err)
	}
	for _, what := range []string{"read /etc/passwd", "read go.mod", "list /", "list .", "write /tmp/x", "dial 127.0.0.1:22", "stdin"} {
		if found, err := h.plugin.Do(what, nil); err == nil {
			t.Errorf("%s: got %q", what, found)
		}
	}
}

func TestDirectoriesAreMountedAndNothingLeadsOutOfThem(t *testing.T) {
	root := t.TempDir()
	inside, outside := filepath.Join(root, "in"), filepath.Join(root, "secret")
	for path, text := range map[string]string{"in/file": "hello", "in/sub/deep": "deep", "secret": "secret"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": root, "secret": outside, "dangling": root + "/new", "fine": "sub", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	h, _ := start(t, func(o *wasm.Options) { o.Files = []string{inside} })
	for _, test := range []struct {
		what, answer string
		works        bool
	}{
		{"read IN/file", "hello", true},
		{"read IN/sub/../file", "hello", true},
		{"read IN/fine/deep", "deep", true},
		{"list IN/sub", "deep", true},
		{"write IN/new", "", true},
		{"read IN/new", "written", true},
		{"write IN/sub/new", "", true},
		{"remove IN/new", "", true},
		{"read IN/../secret", "", false},
		{"read IN/secret", "", false},
		{"read IN/out/secret", "", false},
		{"read IN/up/secret", "", false},
		{"read IN/fine/../../secret", "", false},
		{"list IN/out", "", false},
		{"list IN/..", "", false},
		{"write IN/../new", "", false},
		{"write IN/dangling", "", false},
		{"write IN/secret", "", false},
		{"symlink IN/link", "", false},
		{"link IN/file", "", false},
		{"rename IN/file", "", false},
		{"remove IN/out/secret", "", false},
		{"read /etc/passwd", "", false},
	} {
		found, err := h.plugin.Do(strings.ReplaceAll(test.what, "IN", inside), nil)
		if (err == nil) != test.works || !strings.Contains(string(found), test.answer) {
			t.Errorf("%s: got %q, %v", test.what, found, err)
		}
	}
	if entries, _ := os.ReadDir(root); len(entries) != 2 {
		t.Errorf("there is now %v", entries)
	}
	if data, _ := os.ReadFile(outside); string(data) != "secret" {
		t.Errorf("it says %q now", data)
	}
}

func TestAnotherCopyOfTheAPIIsNotStarted(t *testing.T) {
	image, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	other := api.Table()
	other.Interfaces[0].Methods = other.Interfaces[0].Methods[:2]
	h := &host{t: t, told: make(chan string, 1)}
	changed := options(h)
	changed.Table = other
	var failure *crossing.Error
	if _, err := wasm.Start(image, changed); !errors.As(err, &failure) || failure.Code != crossing.Mismatched {
		t.Errorf("got %v", err)
	}
}

func TestMemoryIsLimited(t *testing.T) {
	h, _ := start(t, func(o *wasm.Options) { o.Memory = 16 << 20; o.Restarts = -1 })
	if _, err := h.plugin.Do("allocate", nil); err == nil {
		t.Error("it has 32 MiB")
	}
	if message := h.heard(t); !strings.Contains(message, "out of memory") {
		t.Errorf("got %q", message)
	}
	h, _ = start(t, func(o *wasm.Options) { o.Memory = 128 << 20 })
	if found, err := h.plugin.Do("allocate", nil); string(found) != fmt.Sprint(32<<20) {
		t.Errorf("got %s, %v", found, err)
	}
}

func TestWhatIsNoPluginIsNotStarted(t *testing.T) {
	image, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	header := image[:8:8]
	for name, test := range map[string]struct {
		data   []byte
		reason string
	}{
		"nothing":         {nil, "magic"},
		"text":            {[]byte("hello, world"), "magic"},
		"an empty one":    {header, "it does not export _initialize"},
		"one that is cut": {image[:len(image)/2], ""},
	} {
		session, err := wasm.Start(test.data, wasm.Options{Table: api.Table()})
		if err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: got %v, %v", name, session, err)
		}
	}
	if _, err := wasm.Start(image, wasm.Options{Table: api.Table(), Files: []string{"/nonexistent"}}); err == nil {
		t.Error("a directory that is not there is mounted")
	}
}
