package wasm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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
