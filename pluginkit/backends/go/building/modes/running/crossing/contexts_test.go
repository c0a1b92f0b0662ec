package crossing_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

func TestADeadlineCrossesAsWhatRemains(t *testing.T) {
	l := newLab(t, crossing.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if left, err := l.Wait(ctx); err != nil || left > time.Hour || left < time.Hour-time.Minute {
		t.Errorf("%s left, %v", left, err)
	}
}

func TestACancellationCrosses(t *testing.T) {
	l := newLab(t, crossing.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := l.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// stuck is a Carrier that gets no answer.
type stuck struct{}

func (stuck) Carry(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestACallThatGetsNoAnswerEnds(t *testing.T) {
	var failures []error
	hostSide, _, _ := pair(t, crossing.Options{
		Timeout: 50 * time.Millisecond, OnFailure: func(err error) { failures = append(failures, err) },
	})
	l := look[func() Lab](t, hostSide, "NewLab")()
	l.Sleep(time.Minute)
	if len(failures) != 1 || failures[0].(*crossing.Error).Code != crossing.TimedOut || !errors.Is(failures[0], context.DeadlineExceeded) {
		t.Errorf("without a context: %v", failures)
	}
	if err := l.Fail("eof"); err == nil || len(failures) != 1 {
		t.Errorf("a call beside one that hangs: %v, %v", err, failures)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err := labOf(t, stuck{}).Wait(ctx)
	if code(err) != crossing.TimedOut || !errors.Is(err, context.DeadlineExceeded) || time.Since(started) > time.Second {
		t.Errorf("with a deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(5*time.Millisecond, cancel)
	if _, err := labOf(t, stuck{}).Wait(ctx); code(err) != crossing.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// switched is a Carrier that can be exchanged.
type switched struct{ crossing.Carrier }

// labOf returns a lab whose calls go to a carrier.
func labOf(t *testing.T, carrier crossing.Carrier) Lab {
	there := &memory{}
	through := &switched{there}
	hostSide := crossing.NewPeer(hostTable, through, crossing.Options{})
	there.to = plugged(hostSide, crossing.Options{})
	l := look[func() Lab](t, hostSide, "NewLab")()
	through.Carrier = carrier
	return l
}

func code(err error) crossing.Code {
	var failure *crossing.Error
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}

type broken struct{ err error }

func (b broken) Carry(context.Context, []byte) ([]byte, error) { return nil, b.err }

func TestWhatTheCarrierSaysIsTheFailure(t *testing.T) {
	for _, one := range []struct {
		err  error
		want crossing.Code
	}{
		{errors.New("signal: killed"), crossing.Ended},
		{&crossing.Error{Code: crossing.TimedOut, Message: "it used its time"}, crossing.TimedOut},
	} {
		if err := labOf(t, broken{one.err}).Fail("eof"); code(err) != one.want || !errors.Is(err, one.err) && one.want == crossing.Ended {
			t.Errorf("%v came as %v", one.err, err)
		}
	}
}

func TestACallThatHangsHoldsNoOtherUp(t *testing.T) {
	l := newLab(t, crossing.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			l.Wait(ctx)
		}()
	}
	for range 1000 {
		if err := l.Fail("nil"); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	waiting.Wait()
}

func TestManyGoroutinesCallAtOnceAndBack(t *testing.T) {
	l := newLab(t, crossing.Options{Timeout: time.Minute})
	var calling sync.WaitGroup
	for range 16 {
		calling.Add(1)
		go func() {
			defer calling.Done()
			for i := range 100 {
				if got := l.Ask(lab{}, i%20); got != i%20 {
					t.Errorf("got %d, want %d", got, i%20)
				}
				if got := l.Make("x").Name(); got != "x" {
					t.Errorf("got %q", got)
				}
			}
		}()
	}
	calling.Wait()
}
