package wasm_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/wasm"
)

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
