package crossing

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Serve answers a request of the other side. Cancelling ctx cancels the context that the called function gets, which also ends when the
// function returns. Serve returns when the function does; it holds nothing up meanwhile.
func (p *Peer) Serve(ctx context.Context, request []byte) (answer []byte) {
	d := newDecoder(nil, request)
	defer d.done()
	failure := guarded("", func() {
		switch kind := d.byte(); kind {
		case kindHello:
			answer = p.greeted(d)
		case kindSymbol, kindObject:
			answer = p.called(ctx, d, kind)
		default:
			panic(cannotCross("%d is not a kind of request", kind))
		}
	})
	if failure != nil {
		return failureAnswer(failure)
	}
	return answer
}

func (p *Peer) called(ctx context.Context, d *decoder, kind byte) []byte {
	d.link = p.linkOf(d.uint())
	if d.link == nil {
		return failureAnswer(restarted())
	}
	d.link.decodeReleases(d)
	function, receiver, s := p.callee(d, kind)
	if left := d.uint(); left > 0 && s.contextual {
		limited, cancel := context.WithTimeout(ctx, time.Duration(min(left-1, 1<<62)))
		defer cancel()
		ctx = limited
	}
	frame := s.frames.Get().(*[]reflect.Value)
	defer s.putBack(frame)
	slots := *frame
	if receiver.IsValid() {
		slots[0] = receiver
	}
	s.decodeArguments(d, ctx, slots[len(slots)-len(s.in):])
	results, failure := s.invoke(function, slots)
	if failure != nil {
		return failureAnswer(failure)
	}
	return s.answer(d.link, results)
}

// callee reads what is to be called: a function, and the receiver where it is a method.
func (p *Peer) callee(d *decoder, kind byte) (function, receiver reflect.Value, s *signature) {
	if kind == kindSymbol {
		name := d.string()
		one := p.exported(name)
		if one == nil {
			panic(&Error{Code: Missing, Message: "there is no " + strconv.Quote(name)})
		}
		return one.function, receiver, one.of.signature
	}
	one, index := d.link.find(d.uint()), d.uint()
	if one == nil || index >= uint64(len(one.of.methods)) {
		panic(cannotCross("there is no such object or method"))
	}
	method := one.of.methods[index]
	return method.function, one.value, method.signature
}

// putBack makes the slots of the arguments empty for the next call.
func (s *signature) putBack(frame *[]reflect.Value) {
	slots := *frame
	arguments := slots[len(slots)-len(s.in):]
	for _, slot := range arguments {
		slot.SetZero()
	}
	if len(slots) > len(arguments) {
		slots[0] = reflect.Value{}
	}
	s.frames.Put(frame)
}

func (s *signature) invoke(function reflect.Value, arguments []reflect.Value) (results []reflect.Value, failure *Error) {
	defer func() {
		if reason := recover(); reason != nil {
			failure = &Error{Code: Panicked, Message: "panic: " + text(reason), Stack: stack()}
		}
	}()
	if s.variadic {
		return function.CallSlice(arguments), nil
	}
	return function.Call(arguments), nil
}

// stack returns the frames between the panic that is being recovered and invoke.
func stack() string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters[:])])
	var lines strings.Builder
	for count := 0; count < 12; {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "reflect.Value.") {
			break
		}
		if !strings.HasPrefix(frame.Function, "runtime.") {
			fmt.Fprintf(&lines, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
			count++
		}
		if !more {
			break
		}
	}
	return lines.String()
}

func (s *signature) answer(l *link, results []reflect.Value) []byte {
	e := newEncoder(l, s.answerSize.Load())
	defer e.done()
	failure := guarded("result", func() {
		e.byte(answerResults)
		l.encodeReleases(e)
		s.encodeResults(e, results)
	})
	if failure != nil {
		e.takeBack()
		return failureAnswer(failure)
	}
	s.answerSize.Store(int64(len(e.bytes)))
	return e.bytes
}

func failureAnswer(failure *Error) []byte {
	e := newEncoder(nil, int64(len(failure.Message)+len(failure.Stack)))
	defer e.done()
	e.byte(answerFailure)
	e.string(string(failure.Code))
	e.string(failure.Message)
	e.string(failure.Stack)
	return e.bytes
}

// decodeFailure reads what failureAnswer wrote. The other side cannot say what only the carrier knows: that it has ended, or is late.
func decodeFailure(d *decoder) *Error {
	failure := &Error{Code: Code(d.string()), Message: d.string(), Stack: d.string()}
	switch failure.Code {
	case Panicked, Missing, Mismatched, Restarted:
	default:
		failure.Code = CannotCross
	}
	return failure
}
