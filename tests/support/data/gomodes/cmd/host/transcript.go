package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"acme/pluginapi"
)

// transcript is what the host says; to plugins it is their host.
type transcript struct {
	sync.Mutex
	lines []string
	deaf  bool // while calls are timed
}

func (t *transcript) add(format string, args ...any) {
	t.Lock()
	defer t.Unlock()
	if t.deaf {
		return
	}
	t.lines = append(t.lines, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", `\n`))
}

// end prints what was said since the last one.
func (t *transcript) end() {
	t.Lock()
	defer t.Unlock()
	for _, line := range t.lines {
		fmt.Println(line)
	}
	fmt.Println(".")
	t.lines = nil
}

func (t *transcript) Logf(format string, args ...any) { t.add("log: "+format, args...) }

func (t *transcript) Setting(name string) string {
	return os.Getenv(strings.ToUpper(strings.ReplaceAll(name, ".", "_")))
}

func (t *transcript) Fetch(ctx context.Context, name string) ([]byte, error) {
	_, limited := ctx.Deadline()
	t.add("fetch %s, with a deadline: %t", name, limited)
	switch {
	case strings.HasSuffix(name, "3"):
		return nil, fmt.Errorf("no file %s: %w", name, pluginapi.ErrUnknown)
	case strings.HasSuffix(name, "4"):
		return nil, fs.ErrPermission
	case strings.HasSuffix(name, "5"):
		return nil, io.ErrUnexpectedEOF
	}
	return []byte(strings.Repeat(name, 3)), nil
}

// view is what one call may see.
type view struct {
	said    *transcript
	refuses bool
}

func (v view) Find(key string) (string, bool) { return strings.ToUpper(key), key != "deny" }

func (v view) Emit(entry pluginapi.Entry) error {
	v.said.add("emitted %s", shown(&entry))
	if v.refuses {
		return &pluginapi.Problem{Field: entry.Key, Code: 7}
	}
	return nil
}

// shown is an entry with all that tells nil from empty.
func shown(entry *pluginapi.Entry) string {
	if entry == nil {
		return "nil"
	}
	var weights []string
	for key, weight := range entry.Weight {
		weights = append(weights, fmt.Sprintf("%s=%v", key, weight))
	}
	slices.Sort(weights)
	return fmt.Sprintf("{%q %d %t %q %t %q %s %v %s}", entry.Key, entry.Amount, entry.Tags == nil, entry.Tags, entry.Weight == nil,
		weights, entry.At.Format(time.RFC3339Nano), entry.Level, shown(entry.Parent))
}

// data is bytes: long ones as their length and sum.
func data(bytes []byte) string {
	switch {
	case bytes == nil:
		return "nil"
	case len(bytes) <= 100:
		return fmt.Sprintf("%q", bytes)
	}
	sum := uint32(1)
	for _, one := range bytes {
		sum = sum*31 + uint32(one)
	}
	return fmt.Sprintf("%d bytes %08x", len(bytes), sum)
}

// failure is an error: its text, the errors it is, and its fields.
func failure(err error) string {
	if err == nil {
		return "no error"
	}
	text := fmt.Sprintf("error %q", err)
	for _, known := range []error{
		pluginapi.ErrRefused, pluginapi.ErrUnknown, context.Canceled, context.DeadlineExceeded, io.ErrUnexpectedEOF, fs.ErrPermission,
	} {
		if errors.Is(err, known) {
			text += fmt.Sprintf(", is %q (the same: %t)", known, err == known)
		}
	}
	var problem *pluginapi.Problem
	if errors.As(err, &problem) {
		text += fmt.Sprintf(", has %q %d %q", problem.Field, problem.Code, problem.Detail)
	}
	return text
}

func goroutines() int { return runtime.NumGoroutine() }
