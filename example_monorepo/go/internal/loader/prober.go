package loader

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	fatal     = "PK507"
	traceback = "GOTRACEBACK"
)

// prober opens plugins in child processes, and remembers how that went.
type prober struct {
	private string
	memory  *memory
}

func newProber(private string) *prober {
	return &prober{private: private, memory: recall()}
}

// probe asks about all plugins that are opened into this process, a few at a time, so that load finds the answers in memory.
func (l *loading) probe(paths []string) {
	var running sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, path := range paths {
		if !isShared(path) {
			continue
		}
		slots <- struct{}{}
		running.Add(1)
		go func() {
			defer func() { <-slots; running.Done() }()
			data, err := read(path)
			if err != nil || l.prober.memory.knows(digest(imageOf(data))) {
				return
			}
			if c := l.inspect(path, data); !refuse(c.sift(c.findings())) {
				l.prober.ask(c.image, c.lookUp())
			}
		}()
	}
	running.Wait()
	l.prober.memory.save()
}

// ask returns what speaks against opening verified bytes: from memory, else from a child process. There lookUp has what
// the host calls looked up too.
func (p *prober) ask(data []byte, lookUp bool) []Finding {
	key := digest(data)
	if known, ok := p.memory.get(key); ok {
		return known
	}
	found, err := p.try(data, lookUp)
	if err != nil { // no fault of the plugin's, so nothing to remember
		return []Finding{{Code: fatal, Message: fmt.Sprintf("cannot be probed: %v", err), Hint: "see the message"}}
	}
	return p.memory.put(key, found)
}

// try opens bytes in a child process.
func (p *prober) try(data []byte, lookUp bool) ([]Finding, error) {
	room, err := os.MkdirTemp(p.private, "probe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(room)
	path := filepath.Join(room, "plugin.so")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return nil, err
	}
	output := new(excerpt)
	ending, err := run(path, lookUp, output)
	if err != nil {
		return nil, err
	}
	var found []Finding
	text, err := read(path + answer)
	if err == nil && json.Unmarshal(text, &found) == nil {
		return found, nil
	}
	return []Finding{{
		Code:    fatal,
		Message: "opening it would end the host, as it did a child process: " + ending,
		Hint:    "mend it and build it again",
		Details: output.lines(),
	}}, nil
}

// run starts this program once more to open a file, and returns how that process ended.
func run(path string, lookUp bool, output *excerpt) (string, error) {
	ours, theirs, err := lifelines()
	if err != nil {
		return "", err
	}
	defer ours.Close()
	defer theirs.Close()
	limited, cancel := context.WithTimeout(context.Background(), Timeout)
	defer cancel()
	child := exec.CommandContext(limited, self(), os.Args[1:]...)
	// A crash prints its reason, then the traces of all goroutines; the reason is wanted.
	child.Env = append(os.Environ(), probing+"="+path, traceback+"=none")
	if !lookUp {
		child.Env = append(child.Env, opening+"=1")
	}
	child.ExtraFiles = []*os.File{theirs}
	child.Stdout, child.Stderr = output, output
	setGroup(child)
	child.Cancel = func() error { return killGroup(child.Process.Pid) }
	child.WaitDelay = time.Second // for the output, where a grandchild keeps it open
	if err := child.Start(); err != nil {
		return "", err
	}
	child.Wait()
	killGroup(child.Process.Pid) // what it left running
	if limited.Err() != nil {
		return fmt.Sprintf("it takes longer than %v", Timeout), nil
	}
	return child.ProcessState.String(), nil
}

// lifelines returns a pipe: the child's end is at its end when the host closes its own, by dying too.
func lifelines() (ours, theirs *os.File, err error) {
	theirs, ours, err = os.Pipe()
	return ours, theirs, err
}

// excerpt keeps the beginning and the end of what a process prints: a crash has its reason first.
type excerpt struct{ kept []byte }

func (e *excerpt) Write(data []byte) (int, error) {
	const half = 4096
	e.kept = append(e.kept, data...)
	if end := len(e.kept) - half; end > half {
		e.kept = append(e.kept[:half], e.kept[end:]...)
	}
	return len(data), nil
}

func (e *excerpt) lines() []string {
	const half = 10
	text := strings.TrimSpace(strings.ToValidUTF8(string(e.kept), "?"))
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if end := len(lines) - half; end > half {
		lines = slices.Concat(lines[:half], []string{"..."}, lines[end:])
	}
	return lines
}
