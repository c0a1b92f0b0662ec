package crossing_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

// harmless is a lab whose methods return at once, whatever they are called with.
type harmless struct{ lab }

func (harmless) Sleep(time.Duration)                         {}
func (harmless) Ask(Lab, int) int                            { return 0 }
func (harmless) Wait(context.Context) (time.Duration, error) { return 0, nil }

// tap is a Carrier that keeps what it carries, or gives an answer of its own.
type tap struct {
	memory
	requests, answers [][]byte
	forged            []byte
}

func (t *tap) Carry(ctx context.Context, request []byte) ([]byte, error) {
	if t.forged != nil {
		return t.forged, nil
	}
	answer, err := t.memory.Carry(ctx, request)
	t.requests, t.answers = append(t.requests, request), append(t.answers, answer)
	return answer, err
}

// tapped returns a host's side, its carrier, and a lab on the other side.
func tapped(t testing.TB) (*crossing.Peer, *tap, Lab) {
	through := &tap{}
	hostSide := crossing.NewPeer(hostTable, through, crossing.Options{})
	through.to = plugged(hostSide, crossing.Options{})
	through.to.Export("NewLab", func() Lab { return harmless{} })
	l := look[func() Lab](t, hostSide, "NewLab")()
	return hostSide, through, l
}

// conversation makes calls of each kind, and returns what was carried.
func conversation(t testing.TB) *tap {
	_, through, l := tapped(t)
	for _, one := range everything() {
		l.Echo(one)
	}
	l.Any(3.5)
	l.Any("text")
	l.Fail("joined")
	l.Fail("typed inside")
	l.Fail("panic")
	l.Back(&host{})
	l.Same(l.Make("a"), l.Plugins()["b"])
	l.Wait(context.Background())
	return through
}

// harms returns each message that differs from one by a byte, and each that is cut off.
func harms(message []byte, visit func([]byte)) {
	for i := range message {
		visit(message[:i:i])
		for _, by := range []byte{1, 2, 0x40, 0x80, 0xff} {
			harmed := bytes.Clone(message)
			harmed[i] ^= by
			visit(harmed)
		}
		huge := binary.AppendUvarint(bytes.Clone(message[:i]), 1<<62)
		visit(append(huge, message[i+1:]...))
	}
}

// measured fails the test where do allocates more than a small message can ask for.
func measured(t *testing.T, message []byte, do func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes for the message %q", grown, message)
	}
}

func TestAHarmedRequestIsAnswered(t *testing.T) {
	for _, request := range conversation(t).requests {
		_, through, _ := tapped(t)
		harms(request, func(harmed []byte) {
			measured(t, harmed, func() {
				if answer := through.to.Serve(context.Background(), harmed); len(answer) == 0 {
					t.Errorf("no answer to %q", harmed)
				}
			})
		})
	}
}

func TestAHarmedAnswerIsAnErrorOrAValue(t *testing.T) {
	for _, answer := range conversation(t).answers {
		_, through, l := tapped(t)
		harms(answer, func(harmed []byte) {
			through.forged = harmed
			measured(t, harmed, func() {
				l.Echo(Everything{})
				l.Fail("eof")
				l.Any(1)
				l.Make("a")
				l.Plugins()
			})
			measured(t, harmed, func() {
				hostSide := crossing.NewPeer(hostTable, through, crossing.Options{})
				hostSide.Exports()
				hostSide.Lookup("New")
			})
		})
	}
}

func TestARingOfPointersInAMessageEnds(t *testing.T) {
	_, through, l := tapped(t)
	l.Echo(Everything{Tree: &Tree{Next: &Tree{Next: &Tree{Name: "x"}}}})
	request := through.requests[len(through.requests)-1]
	start := bytes.Index(request, []byte{1, 0, 0, 1, 0, 0, 1})
	deep := append(bytes.Clone(request[:start]), bytes.Repeat([]byte{1, 0, 0}, 1_000_000)...)
	if answer := through.to.Serve(context.Background(), deep); !strings.Contains(string(answer), "nested more than") {
		t.Errorf("got %.100q", answer)
	}
}

func TestNobodyCanCallBeforeFirstContact(t *testing.T) {
	_, through, _ := tapped(t)
	fresh := plugged(nil, crossing.Options{})
	fresh.Export("NewLab", func() Lab { t.Error("it was called"); return nil })
	for _, request := range through.requests[1:] {
		fresh.Serve(context.Background(), request)
	}
}

func FuzzServe(f *testing.F) {
	for _, request := range conversation(f).requests {
		f.Add(request)
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		_, through, _ := tapped(t)
		if len(through.to.Serve(context.Background(), request)) == 0 {
			t.Error("no answer")
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, answer := range conversation(f).answers {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		_, through, l := tapped(t)
		through.forged = answer
		l.Echo(Everything{})
		l.Fail("eof")
		l.Any(1)
		l.Plugins()
		hostSide := crossing.NewPeer(hostTable, through, crossing.Options{})
		hostSide.Exports()
	})
}
