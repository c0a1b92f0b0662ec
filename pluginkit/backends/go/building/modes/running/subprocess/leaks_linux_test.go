package subprocess

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runHost is a host in a process of its own: it prints the processes of its plugin, and waits to be killed.
func runHost() {
	os.Unsetenv(behaviour)
	image, _ := os.ReadFile("/proc/self/exe")
	session, err := Start(image, Options{Name: "tried", Table: table, Failed: func(string, string, bool) {}})
	if err != nil {
		panic(err)
	}
	factory, err := session.Lookup("New")
	if err != nil {
		panic(err)
	}
	plugin := factory.(func() Plugin)()
	pids, err := plugin.Do("child")
	if err != nil {
		panic(err)
	}
	fmt.Println(pids)
	if len(os.Args) > 1 && os.Args[1] == "stopped" {
		plugin.Do("stop")
	}
	time.Sleep(time.Hour)
}

// isAlive returns whether a process runs: one that has ended and was not waited for does not.
func isAlive(pid string) bool {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestThePluginEndsWithAHostThatIsKilled(t *testing.T) {
	for _, state := range []string{"running", "stopped"} {
		t.Run(state, func(t *testing.T) {
			room := t.TempDir()
			host := exec.Command("/proc/self/exe", state)
			host.Env = append(os.Environ(), behaviour+"=host", "TMPDIR="+room)
			out, err := host.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := host.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			pids := strings.Fields(line)
			if state == "stopped" {
				time.Sleep(200 * time.Millisecond)
			}
			for _, pid := range pids {
				if !isAlive(pid) {
					t.Error(pid, "does not run")
				}
			}
			host.Process.Kill()
			host.Wait()
			for _, pid := range pids {
				eventually(t, pid+" has ended", func() bool { return !isAlive(pid) })
			}
			if left, _ := filepath.Glob(room + "/*"); len(left) > 0 {
				t.Error("left behind:", left)
			}
		})
	}
}

// held is what this process has, and what may be left behind.
type held struct{ descriptors, goroutines, children, files int }

func count(t *testing.T, room string) (found held) {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	children, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range children {
		data, _ := os.ReadFile(path)
		found.children += len(strings.Fields(string(data)))
	}
	files, err := os.ReadDir(room)
	if err != nil {
		t.Fatal(err)
	}
	found.descriptors, found.goroutines, found.files = len(descriptors), runtime.NumGoroutine(), len(files)
	return found
}

func TestAHundredKillsLeaveNothingBehind(t *testing.T) {
	room := t.TempDir()
	t.Setenv("TMPDIR", room)
	old := longestPause
	longestPause = time.Millisecond
	t.Cleanup(func() { longestPause = old })
	r := inUse(t, Options{Restarts: 1000})
	before := count(t, room)
	kills := 100
	if racing {
		kills = 10
	}
	for range kills {
		syscall.Kill(r.pid(t), syscall.SIGKILL)
		r.wasTold(t, true, "^ended: signal: killed$")
		r.does(t, "setting color", "blue")
	}
	// Whoever ended has a moment to go: what is counted must not grow.
	eventually(t, "nothing is left", func() bool {
		now := count(t, room)
		ok := now.descriptors <= before.descriptors && now.goroutines <= before.goroutines && now.children <= 1 && now.files == 0
		if !ok {
			t.Log(before, now)
		}
		return ok
	})
}

func TestCloseEndsAPlugin(t *testing.T) {
	for _, state := range []string{"", "loop", "stop"} {
		t.Run(state, func(t *testing.T) {
			r := inUse(t, Options{})
			pid := fmt.Sprint(r.pid(t))
			if state != "" {
				go r.plugin.Do(state)
				time.Sleep(100 * time.Millisecond)
			}
			started := time.Now()
			r.Close()
			if took := time.Since(started); took > 2*grace || isAlive(pid) {
				t.Error(took, isAlive(pid))
			}
			if state == "" && time.Since(started) > grace {
				t.Error("it did not end when it was asked to")
			}
			if _, err := r.plugin.Do("echo"); err == nil {
				t.Error("it answers")
			}
			if len(r.told) > 0 {
				t.Error(<-r.told)
			}
		})
	}
}
