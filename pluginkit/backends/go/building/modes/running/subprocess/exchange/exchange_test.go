package exchange

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

func echo(_ context.Context, body []byte) []byte { return body }

// ends returns the two ends of one stream; near is ours, far answers by serve.
func ends(t *testing.T, serve func(context.Context, []byte) []byte) (near, far *Conn) {
	t.Helper()
	one, other := net.Pipe()
	near, far = New(one), New(other)
	go near.Run(echo)
	go far.Run(serve)
	t.Cleanup(func() { one.Close(); other.Close() })
	return near, far
}

func TestRequestsGoBothWays(t *testing.T) {
	near, far := ends(t, func(_ context.Context, body []byte) []byte { return bytes.ToUpper(body) })
	for _, body := range []string{"", "a", strings.Repeat("abc", 1<<20)} {
		answer, err := near.Carry(context.Background(), []byte(body))
		if err != nil || string(answer) != strings.ToUpper(body) {
			t.Errorf("%d bytes: %d bytes, %v", len(body), len(answer), err)
		}
		answer, err = far.Carry(context.Background(), []byte(body))
		if err != nil || string(answer) != body {
			t.Errorf("%d bytes back: %d bytes, %v", len(body), len(answer), err)
		}
	}
}

func TestACallThatServesMayCallBack(t *testing.T) {
	var far *Conn
	near, other := ends(t, func(ctx context.Context, body []byte) []byte {
		answer, _ := far.Carry(ctx, append(body, '!'))
		return append(answer, '?')
	})
	far = other
	if answer, err := near.Carry(context.Background(), []byte("so")); err != nil || string(answer) != "so!?" {
		t.Error(string(answer), err)
	}
}

func TestWhoCancelsDoesNotWait(t *testing.T) {
	canceled := make(chan error, 1)
	near, _ := ends(t, func(ctx context.Context, _ []byte) []byte {
		<-ctx.Done()
		canceled <- ctx.Err()
		return nil
	})
	ours := &crossing.Error{Code: crossing.TimedOut, Message: "ours"}
	for cause, code := range map[error]crossing.Code{nil: crossing.Canceled, ours: crossing.TimedOut} {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
		_, err := near.Carry(ctx, nil)
		var known *crossing.Error
		if !errors.As(err, &known) || known.Code != code {
			t.Error(err)
		}
		<-canceled
		if _, err := near.Carry(ctx, nil); !errors.As(err, &known) || known.Code != code {
			t.Error("the second time:", err)
		}
	}
}

func TestAnEndIsAnErrorForAllWhoWait(t *testing.T) {
	one, other := net.Pipe()
	near := New(one)
	go near.Run(echo)
	time.AfterFunc(20*time.Millisecond, func() { other.Close() })
	for range 2 {
		if _, err := near.Carry(context.Background(), []byte("x")); !errors.Is(err, ErrEnded) {
			t.Error(err)
		}
	}
	<-near.Done()
}

func TestAFarewellEndsTheOtherEnd(t *testing.T) {
	near, far := ends(t, echo)
	near.Leave()
	select {
	case <-far.Done():
	case <-time.After(5 * time.Second):
		t.Error("it goes on")
	}
}

func TestWhatNoEndSendsEndsTheStream(t *testing.T) {
	raw := func(size uint32, kind byte, body string) []byte {
		header := binary.BigEndian.AppendUint32(nil, size)
		return append(binary.BigEndian.AppendUint64(append(header, kind), 1), body...)
	}
	for name, sent := range map[string][]byte{
		"an unknown kind":    raw(1, 99, "x"),
		"a frame too long":   raw(Longest+1, request, ""),
		"half a header":      raw(1, request, "")[:5],
		"half a body":        raw(100, request, "half"),
		"a long half a body": raw(Longest, answer, "half"),
	} {
		t.Run(name, func(t *testing.T) {
			one, other := net.Pipe()
			near := New(one)
			go near.Run(echo)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			other.Write(sent)
			other.Close()
			<-near.Done()
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 8<<20 {
				t.Error("it took bytes:", taken)
			}
		})
	}
	near, far := ends(t, echo)
	far.out <- frame{answer, 4711, nil} // to nobody
	far.out <- frame{cancellation, 4711, nil}
	if _, err := near.Carry(context.Background(), nil); err != nil {
		t.Error(err)
	}
}

func TestOneCallHasALimit(t *testing.T) {
	near, _ := ends(t, echo)
	_, err := near.Carry(context.Background(), make([]byte, Longest+1))
	var known *crossing.Error
	if !errors.As(err, &known) || known.Code != crossing.CannotCross {
		t.Error(err)
	}
}

func BenchmarkCarry(b *testing.B) {
	one, other := net.Pipe()
	near, far := New(one), New(other)
	go near.Run(echo)
	go far.Run(echo)
	body := make([]byte, 200)
	for b.Loop() {
		if _, err := near.Carry(context.Background(), body); err != nil {
			b.Fatal(err)
		}
	}
}
