package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/wasm"
	"pluginkit/running/wasm/testdata/api"
)

var module, cache string

func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "wasm-")
	if err != nil {
		panic(err)
	}
	module, cache = filepath.Join(directory, "guest.wasm"), filepath.Join(directory, "cache")
	build := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w", "-o", module, "./testdata/guest")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		panic(string(said))
	}
	status := m.Run()
	os.RemoveAll(directory)
	os.Exit(status)
}

// host is the other side of the plugin, and hears all that is said of it.
type host struct {
	t      testing.TB
	plugin api.Plugin
	close  func() error

	mutex  sync.Mutex
	lines  []string
	failed []string
	told   chan string
}

func (h *host) Logf(format string, arguments ...any) { h.log(fmt.Sprintf(format, arguments...)) }

func (h *host) log(line string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.lines = append(h.lines, line)
}

func (h *host) said() string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return strings.Join(h.lines, "|")
}

// Ask answers, and calls the plugin for some answers.
func (h *host) Ask(ctx context.Context, question string) (string, error) {
	switch question, argument, _ := strings.Cut(question, " "); question {
	case "again": // on this goroutine
		found, err := h.plugin.Do("ask "+argument, nil)
		return "again " + string(found), err
	case "beside": // on another one, without a context: it has its turn when this call is over
		found := make(chan string)
		go func() {
			_, err := h.plugin.Do("echo", nil)
			found <- fmt.Sprint(err)
		}()
		return <-found, nil
	case "with": // on another one, with the context
		found := make(chan string)
		go func() {
			answer, err := h.plugin.Wait(ctx, "ready")
			found <- fmt.Sprint(answer, err)
		}()
		return <-found, nil
	case "locked":
		_, err := h.plugin.Do("relock", nil)
		return "", err
	case "close":
		return "", h.close()
	case "large":
		return strings.Repeat("x", 100_000), nil
	case "panic":
		panic("in the host")
	}
	return "yes", nil
}

func options(h *host) wasm.Options {
	return wasm.Options{
		Name: "guest", Table: api.Table(), Timeout: time.Second, Cache: cache, Log: h.log,
		Failed: func(code, message string, running bool) {
			h.mutex.Lock()
			h.failed = append(h.failed, fmt.Sprintf("%s %s %v", code, message, running))
			h.mutex.Unlock()
			h.told <- message
		},
	}
}

func start(t testing.TB, change func(*wasm.Options)) (*host, *wasm.Session) {
	t.Helper()
	image, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, told: make(chan string, 1000)}
	chosen := options(h)
	if change != nil {
		change(&chosen)
	}
	session, err := wasm.Start(image, chosen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	initialize, err := session.Lookup("Init")
	if err != nil {
		t.Fatal(err)
	}
	if err := initialize.(func(api.Host) error)(h); err != nil {
		t.Fatal(err)
	}
	found, err := session.Lookup("New")
	if err != nil {
		t.Fatal(err)
	}
	h.plugin = found.(func() api.Plugin)()
	session.Started()
	return h, session
}

func (h *host) heard(t *testing.T) string {
	t.Helper()
	select {
	case message := <-h.told:
		return message
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told")
		return ""
	}
}

func TestCallsCross(t *testing.T) {
	h, _ := start(t, nil)
	for _, size := range []int{0, 1, 511, 512, 513, 64<<10 - 100, 64 << 10, 64<<10 + 1, 3 << 20, 10} {
		body := bytes.Repeat([]byte{7}, size)
		if found, err := h.plugin.Do("echo", body); err != nil || !bytes.Equal(found, body) {
			t.Fatalf("%d bytes: got %d, %v", size, len(found), err)
		}
	}
	for want := 1; want < 4; want++ {
		if got := h.plugin.Count(); got != want {
			t.Errorf("got %d, want %d: it has no state", got, want)
		}
	}
	if found, err := h.plugin.Do("ask large", nil); len(found) != 100_000 || err != nil {
		t.Errorf("got %d bytes, %v", len(found), err)
	}
	if _, err := h.plugin.Do("fail it", nil); err == nil || err.Error() != "failed: it" {
		t.Errorf("got %v", err)
	}
	h.plugin.Do("log three", nil)
	h.plugin.Do("print some", nil)
	if got := h.said(); got != "init runs|init: yes <nil>|three 3|some" {
		t.Errorf("it logged %q", got)
	}
}

func TestHostsAreCalledBackAndCallAgain(t *testing.T) {
	h, _ := start(t, nil)
	for _, test := range []struct{ what, answer, failure string }{
		{"ask ready", "yes", ""},
		{"ask again ready", "again yes", ""},
		{"ask again again again ready", "again again again yes", ""},
		{"ask with", "yes<nil>", ""},
		{"ask again with", "again yes<nil>", ""},
		{"ask beside", "calls of a WebAssembly module take turns", ""},
		{"ask panic", "", "panic: in the host"},
		{"locked again ready", "again yes", ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			h.mutex.Lock()
			h.t = t
			h.mutex.Unlock()
			found, err := h.plugin.Do(test.what, nil)
			if !strings.Contains(string(found), test.answer) || (err == nil) != (test.failure == "") || err != nil && !strings.Contains(err.Error(), test.failure) {
				t.Errorf("got %q, %v", found, err)
			}
		})
	}
	if got := h.plugin.Count(); got != 1 {
		t.Errorf("got %d: it was started again", got)
	}
}

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

func TestWhatEndsAModuleIsToldAndItIsStartedAgain(t *testing.T) {
	for _, test := range []struct{ what, reason string }{
		{"exit", "ended: exit status 3"},
		{"goexit", "ended: panic: elsewhere"},
		{"loop", "ended: a call took longer than 1s"},
		{"sleep1h", "ended: a call took longer than 1s"},
		{"deadlock", "all goroutines are asleep - deadlock!"},
		{"grow", "out of memory"},
		{"recurse", "ended: "}, // by its stack, its memory or its time
	} {
		t.Run(test.what, func(t *testing.T) {
			h, _ := start(t, func(o *wasm.Options) {
				if strings.Contains(test.reason, "memory") {
					o.Timeout = time.Minute
				}
			})
			h.plugin.Count()
			if _, err := h.plugin.Do(test.what, nil); err == nil {
				t.Error("it returned")
			}
			if message := h.heard(t); !strings.Contains(message, test.reason) {
				t.Errorf("got %q, want %q", message, test.reason)
			}
			if got := h.plugin.Count(); got != 1 {
				t.Errorf("got %d: not a new module", got)
			}
			if !strings.HasSuffix(h.failed[0], " true") || !strings.HasPrefix(h.failed[0], "PK507 ") || len(h.failed) != 1 {
				t.Errorf("told %q", h.failed)
			}
		})
	}
}

func TestAPanicOfACallEndsNothing(t *testing.T) {
	h, _ := start(t, nil)
	h.plugin.Count()
	for what, reason := range map[string]string{"panic oh": "panic: oh", "nil": "nil pointer"} {
		_, err := h.plugin.Do(what, nil)
		var failure *crossing.Error
		if !errors.As(err, &failure) || failure.Code != crossing.Panicked || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if got := h.plugin.Count(); got < 2 {
		t.Errorf("got %d: it was started again", got)
	}
}

func TestNothingHangsWhereAPluginWaitsForItself(t *testing.T) {
	h, _ := start(t, nil)
	if _, err := h.plugin.Do("locked locked", nil); err == nil {
		t.Error("it returned")
	}
	if message := h.heard(t); !strings.Contains(message, "deadlock") && !strings.Contains(message, "longer") {
		t.Errorf("got %q", message)
	}
	if got := h.plugin.Count(); got != 1 {
		t.Errorf("got %d", got)
	}
}

func TestContextsCross(t *testing.T) {
	h, _ := start(t, func(o *wasm.Options) { o.Timeout = time.Minute })
	for _, what := range []string{"done", "poll"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if answer, err := h.plugin.Wait(ctx, what); err != nil || !strings.HasSuffix(answer, "ed: context deadline exceeded") && !strings.HasSuffix(answer, "ed: context canceled") {
			t.Errorf("%s: got %q, %v", what, answer, err)
		}
		cancel()
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		if answer, err := h.plugin.Wait(ctx, what); err != nil || !strings.HasSuffix(answer, "ed: context canceled") {
			t.Errorf("%s: got %q, %v", what, answer, err)
		}
	}
	if len(h.failed) != 0 {
		t.Errorf("told %q", h.failed)
	}
	for _, what := range []string{"ignore", "loop"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if _, err := h.plugin.Wait(ctx, what); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > time.Second {
			t.Errorf("%s: got %v after %v", what, err, time.Since(begin))
		}
		if message := h.heard(t); !strings.Contains(message, "after its context had ended") {
			t.Errorf("got %q", message)
		}
	}
}

func TestCallsTakeTurnsAndDeadlinesCountMeanwhile(t *testing.T) {
	h, _ := start(t, func(o *wasm.Options) { o.Timeout = 5 * time.Second })
	var under sync.WaitGroup
	under.Go(func() { h.plugin.Do("sleep 400ms", nil) })
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.plugin.Wait(ctx, "done"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "take turns") {
		t.Errorf("got %v", err)
	}
	for range 20 {
		under.Go(func() {
			for range 20 {
				h.plugin.Count()
			}
		})
	}
	under.Wait()
	if got := h.plugin.Count(); got != 401 {
		t.Errorf("got %d", got)
	}
	if len(h.failed) != 0 {
		t.Errorf("told %q", h.failed)
	}
}

func TestItIsNotStartedAgainForEver(t *testing.T) {
	h, _ := start(t, func(o *wasm.Options) { o.Restarts = 1 })
	h.plugin.Do("exit", nil)
	h.heard(t)
	h.plugin.Do("exit", nil)
	h.heard(t)
	if last := h.failed[len(h.failed)-1]; last != "PK507 ended: exit status 3 false" {
		t.Errorf("told %q", last)
	}
	begin := time.Now()
	if _, err := h.plugin.Do("echo", nil); err == nil || time.Since(begin) > 100*time.Millisecond {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
}

func TestAHundredEndsLeaveNothing(t *testing.T) {
	defer wasm.WithoutPauses()()
	h, session := start(t, func(o *wasm.Options) { o.Restarts = 1000 })
	h.plugin.Count()
	before := runtime.NumGoroutine()
	ends := 20
	if !testing.Short() {
		ends = 100
	}
	for range ends {
		h.plugin.Do("exit", nil)
		select {
		case <-h.told:
		case <-time.After(time.Minute):
			t.Fatal("not started again")
		}
	}
	if got := h.plugin.Count(); got != 1 {
		t.Errorf("got %d", got)
	}
	if after := runtime.NumGoroutine(); after > before+3 {
		t.Errorf("%d goroutines became %d", before, after)
	}
	session.Close()
	if _, err := h.plugin.Do("echo", nil); err == nil {
		t.Error("it answers after it was closed")
	}
}

func TestClosingEndsACallUnderWay(t *testing.T) {
	h, session := start(t, func(o *wasm.Options) { o.Timeout = time.Minute })
	ended := make(chan error)
	go func() { _, err := h.plugin.Do("loop", nil); ended <- err }()
	time.Sleep(50 * time.Millisecond)
	session.Close()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
	if len(h.failed) != 0 {
		t.Errorf("told %q", h.failed)
	}
}

func TestAPluginCanBeClosedByWhatItCalls(t *testing.T) {
	h, session := start(t, nil)
	h.close = session.Close
	if _, err := h.plugin.Do("ask close", nil); err == nil {
		t.Error("it returned")
	}
	if _, err := h.plugin.Do("echo", nil); err == nil {
		t.Error("it answers after it was closed")
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
