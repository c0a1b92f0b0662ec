package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pluginkit/running/wasm"
)

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
		{"ask " + strings.Repeat("again ", 40) + "ready", strings.Repeat("again ", 40) + "yes", ""},
		{"ask " + strings.Repeat("again ", 200) + "ready", "", "200 calls of host and plugin in each other"},
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

func TestContextsCross(t *testing.T) {
	h, _ := start(t, func(o *wasm.Options) { o.Timeout = time.Minute })
	for _, what := range []string{"done", "poll"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if answer, err := h.plugin.Wait(ctx, what); err != nil || !strings.HasSuffix(answer, "ed: context deadline exceeded") {
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
