package loader

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

const good = `
import ("sync/atomic"; "acme/pluginapi")

var Counter int64

func Tick() { atomic.AddInt64(&Counter, 1) }

func New() pluginapi.Plugin { return impl(0) }

type impl int

var unknown int // to what reads machine code

func (impl) Name() string { return "it" }
func (impl) Handle(*pluginapi.Request) (*pluginapi.Response, error) { Tick(); return &pluginapi.Response{Status: 200}, nil }
`

// moody does while it is opened what a variable says. Nothing of it is certain to end the process, as far as its code
// tells: what is certain is refused unprobed.
const moody = `import ("os"; "syscall")` + good + `
func init() {
	if count := os.Getenv("COUNT"); count != "" {
		file, _ := os.OpenFile(count, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		file.WriteString("x")
	}
	switch os.Getenv("MOOD") {
	case "exits":
		println("no licence")
		os.Exit(42)
	case "throws":
		go func() { panic("elsewhere") }()
		select {}
	case "is killed":
		syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	case "hangs":
		select {}
	case "panics":
		panic("no luck")
	}
}`

// sources are the plugins that tests load, by name. A process opens each only once.
var sources = map[string]string{
	"aa-panics":  good + `func init() { if impl(unknown) == 0 { panic("no luck") } }`,
	"bb-exits":   good + `func init() { panic("for sure") }`,
	"cc-nothing": ``,
	"dd-type":    `func New() any { return nil }`,
	"ee-good":    good,
	"ff-hangs":   good + `func init() { if impl(unknown) == 0 { select {} } }`,
	"gg-good":    good,
	"hh-good":    good,
	"moody":      moody,
}

var (
	scratch  string                     // where they are built; TestMain removes it
	allBuilt = sync.OnceValue(buildAll) // once, and only where a test wants one
)

func TestMain(m *testing.M) {
	probe = Probe()
	os.Exit(inScratch(m.Run))
}

func inScratch(run func() int) int {
	var err error
	if scratch, err = os.MkdirTemp("", "loader-test-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(scratch)
	return run()
}

// built returns a directory with the plugins named, which are the same for every test.
func built(t *testing.T, names ...string) string {
	t.Helper()
	if err := allBuilt(); err != nil {
		if strings.Contains(err.Error(), "cgo") || strings.Contains(err.Error(), "C compiler") {
			t.Skipf("plugins cannot be built here: %v", err)
		}
		t.Fatal(err)
	}
	directory := t.TempDir()
	for _, name := range names {
		if err := os.Link(filepath.Join(scratch, name+suffix), filepath.Join(directory, name+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

// buildAll compiles all of sources as if they lay in this module, a few at a time.
func buildAll() error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	overlay, err := lay(root)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, runtime.NumCPU())
	failures := make(chan error, len(sources))
	for name := range sources {
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failures <- compile(root, overlay, name)
		}()
	}
	for range sources {
		err = errors.Join(err, <-failures)
	}
	return err
}

// lay writes the sources and the overlay that puts them into this module, and returns the path of that.
func lay(root string) (string, error) {
	replace := map[string]string{}
	for name, source := range sources {
		file := filepath.Join(scratch, name+".go")
		if err := os.WriteFile(file, []byte("package main\n\n"+source), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, "plugins", name, "main.go")] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(scratch, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o600)
}

// compile links one plugin the way this test was: with -race where it has that.
func compile(root, overlay, name string) error {
	arguments := []string{"build", "-buildmode=plugin", "-ldflags=-s -w", "-overlay=" + overlay}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "-race" {
				arguments = append(arguments, "-race="+setting.Value)
			}
		}
	}
	arguments = append(arguments, "-o", filepath.Join(scratch, name+suffix), "./plugins/"+name)
	command := exec.Command("go", arguments...)
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return nil
}
