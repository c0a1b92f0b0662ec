package subprocess

import (
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// running is a session and what was told about it.
type running struct {
	*Session
	plugin Plugin
	host   *settings
	told   chan told
	mutex  sync.Mutex
	lines  []string
}

type told struct {
	code, message string
	running       bool
}

type settings struct {
	mutex  sync.Mutex
	values map[string]string
}

func (s *settings) Setting(name string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.values[name]
}

func (s *settings) set(name, value string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.values[name] = value
}

func with(name, value string) *settings { return &settings{values: map[string]string{name: value}} }

var program = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("/proc/self/exe") })

func begin(t *testing.T, options Options) (*running, error) {
	t.Helper()
	image, err := program()
	if err != nil {
		t.Skip("cannot read this program:", err)
	}
	r := &running{host: with("color", "blue"), told: make(chan told, 1000)}
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
	if err := initialize.(func(Host) error)(r.host); err != nil {
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
