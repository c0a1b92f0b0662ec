package subprocess

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

func TestCallsThatGoOnWhileProcessesAreKilled(t *testing.T) {
	old := longestPause
	longestPause = time.Millisecond
	t.Cleanup(func() { longestPause = old })
	r := inUse(t, Options{Restarts: 1000})
	done := make(chan struct{})
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for number := 0; ; number++ {
				select {
				case <-done:
					return
				default:
				}
				text := fmt.Sprint(caller, "-", number)
				found, err := r.plugin.Do("echo " + text)
				var failure *crossing.Error
				if err == nil && found != text || err != nil && !errors.As(err, &failure) {
					t.Errorf("%q: %q, %v", text, found, err)
				}
			}
		}()
	}
	for range 20 {
		syscall.Kill(r.Current().child.command.Process.Pid, syscall.SIGKILL)
		r.wasTold(t, true, "^ended: signal: killed$")
	}
	close(done)
	callers.Wait()
	r.does(t, "setting color", "blue")
}

func TestCloseWhileAProcessIsStartedAgain(t *testing.T) {
	room := t.TempDir()
	t.Setenv("TMPDIR", room)
	warm := inUse(t, Options{})
	warm.Close()
	before := runtime.NumGoroutine()
	for i := range 20 {
		r := inUse(t, Options{})
		syscall.Kill(r.Current().child.command.Process.Pid, syscall.SIGKILL)
		time.Sleep(time.Duration(i) * 4 * time.Millisecond)
		r.Close()
		if found, err := r.plugin.Do("echo x"); err == nil {
			t.Error(found)
		}
	}
	eventually(t, "nothing is left", func() bool {
		left, _ := filepath.Glob(room + "/*")
		return count(t, room).children == 0 && len(left) == 0 && runtime.NumGoroutine() <= before
	})
}
