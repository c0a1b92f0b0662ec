package subprocess

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/subprocess/exchange"
)

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

func TestStacksOfThreadsAreNotMemoryThatAPluginTakes(t *testing.T) {
	if racing {
		t.Skip("the race detector takes more")
	}
	r := inUse(t, Options{Memory: 64 << 20})
	r.does(t, "threads", "")
	r.does(t, "count", "1")
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

func TestAPluginThatCannotStartAgainIsGivenUp(t *testing.T) {
	r := inUse(t, Options{})
	r.host.set("dies", "yes")
	r.plugin.Do("exit")
	r.wasTold(t, false, `^ended: exit status 7; cannot be started again: .*exit status 4$`)
	if _, err := r.plugin.Do("echo"); err == nil {
		t.Error("it answers")
	}
}

func TestWhoIsToldMayCloseThePlugin(t *testing.T) {
	image, err := program()
	if err != nil {
		t.Skip(err)
	}
	closed := make(chan error, 1)
	var session *Session
	session, err = Start(image, Options{Name: "tried", Table: table, Restarts: -1, Failed: func(string, string, bool) { closed <- session.Close() }})
	if err != nil {
		t.Fatal(err)
	}
	session.Started()
	syscall.Kill(session.Current().child.command.Process.Pid, syscall.SIGKILL)
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for itself")
	}
}

func TestAPluginThatEndsWhileItStartsIsNotStartedAgain(t *testing.T) {
	r, err := begin(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	initialize, _ := r.Lookup("Init")
	err = initialize.(func(Host) error)(with("dies", "yes"))
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
