package loader

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	tried       = "PLUGIN_TO_TRY" // names the plugin, in a process that tries one
	self        = "/proc/self/exe"
	maxOutput   = 1 << 16
	firstLines  = 10
	probeFolder = "plugin-probes"
)

// Probe has to be the first call of main. In a process that Load started to try a plugin, it opens that plugin, tells
// what was wrong with it, and ends the process. In any other it does nothing.
func Probe() {
	path := os.Getenv(tried)
	if path == "" {
		return
	}
	Timeout = time.Hour // who started this process waits no longer than its own
	findings := none()
	if opened, err := openInTime(path); err != nil {
		findings = failed(err)
	} else if _, finding := lookUp(opened); finding != nil {
		findings = append(findings, *finding)
	}
	if err := json.NewEncoder(os.NewFile(3, "answer")).Encode(findings); err != nil {
		os.Exit(3)
	}
	os.Exit(0)
}

// probes are what earlier probes found, by digest of the plugin's bytes; a plugin is tried once.
type probes struct {
	place string // empty where nothing can be remembered
	known map[string][]Finding
}

// recall reads what this very host has found before. What cannot be read is found again.
func recall() *probes {
	found := &probes{known: map[string][]Finding{}}
	caches, err := os.UserCacheDir()
	if err != nil {
		return found
	}
	host, err := digestOf(self)
	if err != nil {
		return found
	}
	found.place = filepath.Join(caches, probeFolder, host[:32]+".json")
	data, err := os.ReadFile(found.place)
	if err != nil {
		return found
	}
	if json.Unmarshal(data, &found.known) != nil || found.known == nil {
		found.known = map[string][]Finding{}
	}
	return found
}

// of returns what is wrong with a plugin, whose bytes lie at path: tried now, unless it was before.
func (p *probes) of(path string, data []byte) []Finding {
	sum := sha256.Sum256(data)
	key := hex.EncodeToString(sum[:])
	if known, ok := p.known[key]; ok {
		return known
	}
	findings := try(path)
	p.known[key] = findings
	p.remember()
	return findings
}

func (p *probes) remember() {
	data, err := json.Marshal(p.known)
	if err != nil || p.place == "" || os.MkdirAll(filepath.Dir(p.place), 0o700) != nil {
		return
	}
	fresh := fmt.Sprintf("%s.%d", p.place, os.Getpid())
	if os.WriteFile(fresh, data, 0o600) == nil {
		_ = os.Rename(fresh, p.place) // the next start tries again what could not be kept
	}
}

// try opens a plugin in a process of its own, which is this program again.
func try(path string) []Finding {
	ctx, cancel := context.WithTimeout(context.Background(), Timeout)
	defer cancel()
	read, write, err := os.Pipe()
	if err != nil {
		return failed(err)
	}
	defer read.Close()
	output := &head{}
	command := exec.CommandContext(ctx, self)
	command.Env = append(os.Environ(), tried+"="+path)
	command.ExtraFiles = []*os.File{write}
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second // children of its own may hold its output
	err = command.Start()
	write.Close()
	if err != nil {
		return failed(err)
	}
	ended := command.Wait()
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	if answer, ok := answered(read); ok && command.ProcessState.ExitCode() == 0 {
		return answer
	}
	return []Finding{dead(ctx, ended, command.ProcessState, output)}
}

// answered reads what the other process found. It has ended, so what it wrote is all there is.
func answered(read *os.File) ([]Finding, bool) {
	if err := read.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return nil, false
	}
	findings := none()
	decoder := json.NewDecoder(io.LimitReader(read, maxStamp))
	return findings, decoder.Decode(&findings) == nil
}

func dead(ctx context.Context, ended error, state *os.ProcessState, output *head) Finding {
	how := fmt.Sprintf("ended the process with status %d", state.ExitCode())
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		how = fmt.Sprintf("ended the process by signal %d (%v)", status.Signal(), status.Signal())
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		how = fmt.Sprintf("did not end within %v", Timeout)
	} else if ended != nil && !errors.As(ended, new(*exec.ExitError)) {
		how = ended.Error()
	}
	return Finding{
		Code: "PK507", Message: "opening it " + how + ", tried in a process of its own",
		Hint: "mend and rebuild it, or remove it; the host goes on without it", Details: output.lines(),
	}
}

// head keeps the beginning of what is written, and drops the rest.
type head struct{ kept bytes.Buffer }

func (h *head) Write(data []byte) (int, error) {
	h.kept.Write(data[:min(len(data), maxOutput-h.kept.Len())])
	return len(data), nil
}

// lines returns the first lines: Go's own fatal errors begin with the reason.
func (h *head) lines() []string {
	lines := strings.Split(strings.TrimSpace(h.kept.String()), "\n")
	return lines[:min(len(lines), firstLines)]
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)), err
}
