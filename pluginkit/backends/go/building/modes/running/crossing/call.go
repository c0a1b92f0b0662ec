package crossing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What is first in a request.
const (
	kindHello byte = iota
	kindSymbol
	kindObject
)

// What is first in an answer.
const (
	answerResults byte = iota
	answerFailure
)

// target is what a call goes to: a symbol, or the method of an object.
type target struct {
	symbol string
	id     uint64
	method int
}

// Symbol is an exported function of the other side.
type Symbol struct {
	peer      *Peer
	name      string
	signature *signature
}

// Call calls the function, as [Object.Call] does a method.
func (s *Symbol) Call(results []any, arguments ...any) error {
	l := s.peer.current.Load()
	var objects []*Object
	failure := l.call(target{symbol: s.name}, s.signature, results, arguments, &objects)
	if failure != nil {
		return failure
	}
	s.peer.record(s, results, arguments, objects)
	return nil
}

// call carries one call. It stores into objects, where that is not nil, the objects of the other side among the results.
func (l *link) call(to target, s *signature, results, arguments []any, objects *[]*Object) *Error {
	if l.retired.Load() {
		return l.failed(s, results, restarted())
	}
	ctx := s.contextAmong(arguments)
	request, failure := l.request(to, s, ctx, arguments)
	if failure != nil {
		return l.failed(s, results, failure)
	}
	if ctx == nil {
		limited, cancel := l.peer.limited(context.Background())
		defer cancel()
		ctx = limited
	}
	answer, err := l.carrier.Carry(ctx, request)
	if err != nil {
		return l.failed(s, results, carrierFailure(ctx, err).in(to.name(s)))
	}
	if failure := l.answered(answer, to, s, results, objects); failure != nil {
		return l.failed(s, results, failure)
	}
	return nil
}

func (l *link) request(to target, s *signature, ctx context.Context, arguments []any) ([]byte, *Error) {
	e := newEncoder(l, s.requestSize.Load())
	defer e.done()
	failure := guarded(to.name(s), func() {
		if to.symbol != "" {
			e.byte(kindSymbol)
		} else {
			e.byte(kindObject)
		}
		e.uint(l.generation.Load())
		l.encodeReleases(e)
		if to.symbol != "" {
			e.string(to.symbol)
		} else {
			e.uint(to.id)
			e.uint(uint64(to.method))
		}
		e.uint(remaining(ctx))
		s.encodeArguments(e, arguments)
	})
	if failure != nil {
		e.takeBack()
		return nil, failure
	}
	s.requestSize.Store(int64(len(e.bytes)))
	return e.bytes, nil
}

// remaining returns one more than the nanoseconds until a context's deadline; 0 for a context without one.
func remaining(ctx context.Context) uint64 {
	if ctx == nil {
		return 0
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return uint64(max(0, time.Until(deadline))) + 1
}

func (l *link) answered(answer []byte, to target, s *signature, results []any, objects *[]*Object) *Error {
	return guarded(to.name(s), func() {
		d := newDecoder(l, answer)
		defer d.done()
		d.record = objects != nil
		kind := d.byte()
		if kind > answerFailure {
			panic(cannotCross("%d is not a kind of answer", kind))
		}
		if kind == answerFailure {
			panic(decodeFailure(d))
		}
		l.decodeReleases(d)
		s.decodeResults(d, results)
		if objects != nil {
			*objects = d.objects
		}
	})
}

// failed makes the results zero, and tells OnFailure of a panic, and of what no result can say. It returns the failure.
func (l *link) failed(s *signature, results []any, failure *Error) *Error {
	zero(results)
	if (s == nil || !s.failing || failure.Code == Panicked) && l.peer.options.OnFailure != nil {
		l.peer.options.OnFailure(failure)
	}
	return failure
}

// limited returns a context with the time limit of calls that have no context.
func (p *Peer) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.options.Timeout <= 0 {
		return ctx, func() {}
	}
	late := &Error{Code: TimedOut, Message: fmt.Sprintf("no answer within %s", p.options.Timeout), Cause: context.DeadlineExceeded}
	return context.WithTimeoutCause(ctx, p.options.Timeout, late)
}

// carrierFailure returns why the other side did not answer.
func carrierFailure(ctx context.Context, err error) *Error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case ctx.Err() == nil:
		return &Error{Code: Ended, Message: err.Error(), Cause: err}
	case errors.As(context.Cause(ctx), &own):
		return own
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Code: TimedOut, Message: "no answer before the deadline", Cause: ctx.Err()}
	}
	return &Error{Code: Canceled, Message: "canceled", Cause: ctx.Err()}
}

func restarted() *Error { return &Error{Code: Restarted, Message: "its plugin was started again"} }

func (to target) name(s *signature) string {
	if to.symbol != "" {
		return to.symbol
	}
	return s.name
}
