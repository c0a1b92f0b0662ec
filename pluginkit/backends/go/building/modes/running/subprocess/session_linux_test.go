package subprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/subprocess/exchange"
)

// running is a session and what was told about it.
type running struct {
	*Session
	plugin Plugin
	told   chan told
	mutex  sync.Mutex
	lines  []string
}

type told struct {
	code, message string
	running       bool
}

type settings map[string]string

func (s settings) Setting(name string) string { return s[name] }

var program = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("/proc/self/exe") })

func begin(t *testing.T, options Options) (*running, error) {
	t.Helper()
	image, err := program()
	if err != nil {
		t.Skip("cannot read this program:", err)
	}
	r := &running{told: make(chan told, 1000)}
	options.Name, options.Table = "tried", table
	options.Failed = func(code, message string, running bool) { r.told <- told{code, message, running} }
	options.Log = func(line string) {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.lines = append(r.lines, line)
	}
	r.Session, err = Start(image, options)
	if err == nil {
		t.Cleanup(func() { r.Close() })
	}
	return r, err
}

// inUse starts the plugin as a loader does.
func inUse(t *testing.T, options Options) *running {
	t.Helper()
	r, err := begin(t, options)
	if err != nil {
		t.Fatal(err)
	}
	initialize, err := r.Lookup("Init")
	if err != nil {
		t.Fatal(err)
	}
	if err := initialize.(func(Host) error)(settings{"color": "blue"}); err != nil {
		t.Fatal(err)
	}
	factory, err := r.Lookup("New")
	if err != nil {
		t.Fatal(err)
	}
	r.plugin = factory.(func() Plugin)()
	r.Started()
	return r
}

func (r *running) does(t *testing.T, what, want string) {
	t.Helper()
	if found, err := r.plugin.Do(what); err != nil || found != want {
		t.Fatalf("%s: %q, %v", what, found, err)
	}
}

func (r *running) pid(t *testing.T) int {
	t.Helper()
	text, err := r.plugin.Do("pid")
	if err != nil {
		t.Fatal(err)
	}
	pid, _ := strconv.Atoi(text)
	return pid
}

func (r *running) wasTold(t *testing.T, running bool, message string) {
	t.Helper()
	select {
	case found := <-r.told:
		if found.code != fatal || found.running != running || !regexp.MustCompile(message).MatchString(found.message) {
			t.Fatalf("told %+v, want %v, %s", found, running, message)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was told")
	}
}

func (r *running) printed(line string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, one := range r.lines {
		if one == line {
			return true
		}
	}
	return false
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 10 seconds: " + what)
		}
	}
}

func TestCallsGoBothWaysAndManyAtOnce(t *testing.T) {
	r := inUse(t, Options{})
	r.does(t, "setting color", "blue")
	var all sync.WaitGroup
	for i := range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			text := strings.Repeat(fmt.Sprint(i), 2000*(i%10)) // up to 60 kB
			if found, err := r.plugin.Do("echo " + text); err != nil || found != text {
				t.Errorf("%d: %d bytes, %v", i, len(found), err)
			}
			if found, err := r.plugin.Do("setting color"); err != nil || found != "blue" {
				t.Errorf("%d: %q, %v", i, found, err)
			}
		}()
	}
	all.Wait()
	large := strings.Repeat("x", 20<<20)
	r.does(t, "echo "+large, large)
	if _, err := r.plugin.Do("fail so"); err == nil || err.Error() != "so" {
		t.Error(err)
	}
}

func TestACancellationReachesThePlugin(t *testing.T) {
	r := inUse(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		time.Sleep(100 * time.Millisecond)
		cancel()
	}()
	if err := r.plugin.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, "the plugin sees it", func() bool { return r.printed("waited until context canceled") })
	limited, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	if err := r.plugin.Wait(limited); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	r.does(t, "count", "1") // a deadline of the caller's own ends nothing
}

func TestWhatIsPrintedIsLoggedLineByLine(t *testing.T) {
	r := inUse(t, Options{})
	long := strings.Repeat("y", 3*longestLine)
	r.does(t, "print one", "")
	r.does(t, "print "+long, "")
	r.does(t, "print two", "")
	for _, line := range []string{"one", "error of one", "two", long[:longestLine] + "..."} {
		eventually(t, line[:3]+" is logged", func() bool { return r.printed(line) })
	}
}

func TestTheHandshakeIsNotInThePluginsEnvironment(t *testing.T) {
	t.Setenv("PLUGIN_CLIENT_CERT", "of a host that is a plugin itself")
	t.Setenv("OF_THE_HOST", "yes")
	r := inUse(t, Options{})
	found, err := r.plugin.Do("environment")
	if err != nil || !strings.Contains(found, "OF_THE_HOST=yes") {
		t.Error(found, err)
	}
	for _, name := range exchange.Variables {
		if strings.Contains("\n"+found, "\n"+name+"=") {
			t.Error(name)
		}
	}
}

func TestAPluginThatEndsIsStartedAgain(t *testing.T) {
	kill := func(r *running, t *testing.T) error {
		syscall.Kill(r.pid(t), syscall.SIGKILL)
		_, err := r.plugin.Do("stop") // whatever it is, it does not come there
		return err
	}
	do := func(what string) func(*running, *testing.T) error {
		return func(r *running, _ *testing.T) error {
			_, err := r.plugin.Do(what)
			return err
		}
	}
	for name, one := range map[string]struct {
		options Options
		end     func(*running, *testing.T) error
		message string
	}{
		"kill -9":              {Options{}, kill, `^ended: signal: killed$`},
		"os.Exit":              {Options{}, do("exit"), `^ended: exit status 7$`},
		"panic in a goroutine": {Options{}, do("panic"), `^ended: exit status 2 \(panic: in a goroutine`},
		"endless loop":         {Options{Timeout: 300 * time.Millisecond}, do("loop"), `^ended: a call took longer than 300ms$`},
		"stands still":         {Options{Timeout: 300 * time.Millisecond}, do("stop"), `^ended: a call took longer than 300ms$`},
		"allocates 1 GiB":      {Options{Memory: 128 << 20}, do("allocate"), `^ended: (exit status 2 \(.*; its memory is limited to 128 MiB\)|it took more memory than its 128 MiB)$`},
		"takes more and more":  {Options{Memory: 64 << 20}, do("grow"), `^ended: (exit status 2 \(.*; its memory is limited to 64 MiB\)|it took more memory than its 64 MiB)$`},
	} {
		t.Run(name, func(t *testing.T) {
			if one.options.Memory > 0 && racing {
				t.Skip("the race detector takes more")
			}
			t.Parallel()
			r := inUse(t, one.options)
			r.does(t, "count", "1")
			err := one.end(r, t)
			var failure *crossing.Error
			if !errors.As(err, &failure) || failure.Code != crossing.Ended && failure.Code != crossing.TimedOut {
				t.Fatalf("the call under way: %v", err)
			}
			r.wasTold(t, true, one.message)
			r.does(t, "count", "1") // made again: its state is new
			r.does(t, "setting color", "blue")
		})
	}
}

func TestAPluginIsSkippedThatEndsTooOften(t *testing.T) {
	for restarts, allowed := range map[int]int{-1: 0, 2: 2} {
		t.Run(fmt.Sprint(restarts), func(t *testing.T) {
			t.Parallel()
			r := inUse(t, Options{Restarts: restarts})
			for range allowed {
				r.plugin.Do("exit")
				r.wasTold(t, true, "exit status 7")
			}
			r.plugin.Do("exit")
			r.wasTold(t, false, "exit status 7")
			started := time.Now()
			if _, err := r.plugin.Do("echo"); err == nil || !strings.Contains(err.Error(), "ended: exit status 7") {
				t.Error(err)
			}
			if r.plugin.Name() != "" || time.Since(started) > time.Second {
				t.Error("not at once:", time.Since(started))
			}
		})
	}
}

func TestAPluginThatEndsWhileItStartsIsNotStartedAgain(t *testing.T) {
	r, err := begin(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	initialize, _ := r.Lookup("Init")
	err = initialize.(func(Host) error)(settings{"dies": "yes"})
	var coded interface{ FindingCode() string }
	if !errors.As(err, &coded) || coded.FindingCode() != fatal || !strings.Contains(err.Error(), "exit status 4") {
		t.Error(err)
	}
	r.wasTold(t, false, "^ended: exit status 4$")
}

func TestWhatDoesNotStartSaysWhy(t *testing.T) {
	for behaves, want := range map[string]string{
		"exits":  `^exit status 3$`,
		"panics": `^exit status 2 \(panic: at once`,
		"hangs":  `^it is not ready within 500ms$`,
	} {
		t.Run(behaves, func(t *testing.T) {
			t.Setenv(behaviour, behaves)
			_, err := begin(t, Options{StartTimeout: 500 * time.Millisecond})
			if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Error(err)
			}
		})
	}
	t.Run("prints", func(t *testing.T) {
		t.Setenv(behaviour, "prints")
		r := inUse(t, Options{})
		eventually(t, "it is output", func() bool { return r.printed("1|2|3|4") })
	})
	t.Run("no program", func(t *testing.T) {
		if _, err := Start([]byte("no program"), Options{Name: "text", Table: table}); err == nil {
			t.Error("it started")
		}
	})
}
