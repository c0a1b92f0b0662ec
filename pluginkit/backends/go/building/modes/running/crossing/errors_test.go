package crossing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"pluginkit/running/crossing"
)

type private struct{ text string }

func (p private) Error() string { return p.text }

type wrapsItself struct{}

func (w *wrapsItself) Error() string { return "ring" }
func (w *wrapsItself) Unwrap() error { return w }

type uncomparable struct{ parts []string }

func (u uncomparable) Error() string { return strings.Join(u.parts, " ") }

// failures are what a plugin's Fail returns.
var failures = map[string]func() error{
	"nil":          func() error { return nil },
	"sentinel":     func() error { return ErrNotFound },
	"canceled":     func() error { return context.Canceled },
	"eof":          func() error { return io.EOF },
	"wrapped":      func() error { return fmt.Errorf("key %q: %w", "k", ErrNotFound) },
	"twice":        func() error { return fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.ErrUnexpectedEOF)) },
	"joined":       func() error { return errors.Join(ErrNotFound, errors.New("other"), os.ErrDeadlineExceeded) },
	"file":         func() error { return &fs.PathError{Op: "open", Path: "/nowhere", Err: syscall.ENOENT} },
	"typed":        func() error { return &Refusal{Code: 7, Reason: io.EOF} },
	"typed inside": func() error { return fmt.Errorf("no: %w", &Refusal{Code: 8}) },
	"value":        func() error { return Status(404) },
	"nil pointer":  func() error { return (*Refusal)(nil) },
	"private":      func() error { return private{"mine"} },
	"own text":     func() error { return errors.New("grüße") },
	"ring":         func() error { return &wrapsItself{} },
	"uncomparable": func() error { return uncomparable{[]string{"a", "b"}} },
	"panic":        func() error { panic("no way") },
	"nil map":      func() error { var m map[string]int; m["a"] = 1; return nil },
}

func TestErrorsCross(t *testing.T) {
	l := newLab(t, crossing.Options{})
	refusal := func(code int) func(error) bool {
		return func(err error) bool {
			var found *Refusal
			return errors.As(err, &found) && found.Code == code
		}
	}
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	same := func(target error) func(error) bool { return func(err error) bool { return err == target } }
	for _, one := range []struct {
		how, text string
		holds     func(error) bool
	}{
		{"sentinel", "not found", same(ErrNotFound)},
		{"canceled", "context canceled", same(context.Canceled)},
		{"eof", "EOF", same(io.EOF)},
		{"wrapped", `key "k": not found`, is(ErrNotFound)},
		{"twice", "a: b: unexpected EOF", is(io.ErrUnexpectedEOF)},
		{"joined", "not found\nother\ni/o timeout", is(ErrNotFound)},
		{"joined", "not found\nother\ni/o timeout", is(os.ErrDeadlineExceeded)},
		{"file", "open /nowhere: " + syscall.ENOENT.Error(), is(fs.ErrNotExist)},
		{"typed", "refused: 7", refusal(7)},
		{"typed", "refused: 7", is(io.EOF)},
		{"typed inside", "no: refused: 8", refusal(8)},
		{"value", "status 404", same(Status(404))},
		{"private", "mine", func(err error) bool { return !errors.Is(err, ErrNotFound) }},
		{"own text", "grüße", func(err error) bool { return !errors.Is(err, io.EOF) }},
		{"ring", "ring", func(error) bool { return true }},
		{"uncomparable", "a b", func(error) bool { return true }},
	} {
		if err := l.Fail(one.how); err == nil || err.Error() != one.text || !one.holds(err) {
			t.Errorf("%s: got %T %q", one.how, err, err)
		}
	}
	if err := l.Fail("nil"); err != nil {
		t.Errorf("nil came as %v", err)
	}
	if err := l.Fail("nil pointer"); err == nil || err.(*Refusal) != nil {
		t.Errorf("a nil pointer came as %v", err)
	}
}

func TestAnErrorKeepsWhatItWrapsOnItsSecondCrossing(t *testing.T) {
	l := newLab(t, crossing.Options{})
	got := l.Echo(Everything{Error: l.Fail("joined")}).Error
	if !errors.Is(got, ErrNotFound) || !errors.Is(got, os.ErrDeadlineExceeded) || got.Error() != "not found\nother\ni/o timeout" {
		t.Errorf("got %v", got)
	}
}

func TestAPanicIsAnErrorWithAShortStack(t *testing.T) {
	var told []error
	l := newLab(t, crossing.Options{OnFailure: func(err error) { told = append(told, err) }})
	for how, want := range map[string]string{"panic": "panic: no way", "nil map": "panic: assignment to entry in nil map"} {
		var failure *crossing.Error
		err := l.Fail(how)
		if !errors.As(err, &failure) || failure.Code != crossing.Panicked || !strings.HasSuffix(failure.Message, "Lab.Fail: "+want) {
			t.Fatalf("%s: got %v", how, err)
		}
		if !strings.HasPrefix(failure.Stack, "pluginkit/running/crossing_test.") || !strings.Contains(failure.Stack, "lab.Fail\n") ||
			strings.Contains(failure.Stack, "Serve") || strings.Count(failure.Stack, "\n") > 24 {
			t.Errorf("%s: the stack is\n%s", how, failure.Stack)
		}
	}
	if err := l.Fail("eof"); err != io.EOF {
		t.Errorf("after a panic: %v", err)
	}
	if len(told) != 2 || code(told[0]) != crossing.Panicked {
		t.Errorf("OnFailure was told %v", told)
	}
}
