package crossing

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
)

// signature is what a function takes and returns.
type signature struct {
	name        string // of a method, for messages
	in, out     []parameter
	contextual  bool         // a parameter is a context
	failing     bool         // the last result is an error
	variadic    bool         // the last parameter is a slice
	requestSize atomic.Int64 // of the last request and answer, as a guess at the next
	answerSize  atomic.Int64
	frames      sync.Pool // of []reflect.Value, in which arguments are decoded
}

type parameter struct {
	goType  reflect.Type
	plan    *plan // nil of a context
	context bool
	dynamic bool // an interface: an argument has the type of what is in it
}

// signature returns that of a function type without its first parameters.
func (c *compiled) signature(name string, t reflect.Type, first int) *signature {
	s := &signature{name: name, variadic: t.IsVariadic()}
	for i := first; i < t.NumIn(); i++ {
		one := c.parameter(t.In(i))
		s.in, s.contextual = append(s.in, one), s.contextual || one.context
	}
	for i := 0; i < t.NumOut(); i++ {
		s.out = append(s.out, c.parameter(t.Out(i)))
	}
	if n := len(s.out); n > 0 {
		s.failing = s.out[n-1].goType == errorType
	}
	s.frames.New = func() any {
		slots := make([]reflect.Value, first+len(s.in)) // the first is the receiver's
		for i, one := range s.in {
			slots[first+i] = reflect.New(one.goType).Elem()
		}
		return &slots
	}
	return s
}

func (c *compiled) parameter(t reflect.Type) parameter {
	if t == contextType {
		return parameter{goType: t, context: true}
	}
	return parameter{goType: t, plan: c.plan(t), dynamic: t.Kind() == reflect.Interface}
}

func (s *signature) encodeArguments(e *encoder, arguments []any) {
	if len(arguments) != len(s.in) {
		panic(cannotCross("%d arguments instead of %d", len(arguments), len(s.in)))
	}
	for i, argument := range arguments {
		if s.in[i].context {
			continue
		}
		value := reflect.ValueOf(argument)
		if !s.in[i].dynamic && (!value.IsValid() || value.Type() != s.in[i].goType) {
			panic(cannotCross("argument %d is a %T instead of a %s", i+1, argument, s.in[i].goType))
		}
		s.in[i].plan.encode(e, value)
	}
}

// decodeArguments fills the slots after those of the receiver.
func (s *signature) decodeArguments(d *decoder, ctx context.Context, slots []reflect.Value) {
	for i, one := range s.in {
		if one.context {
			slots[i].Set(reflect.ValueOf(ctx))
		} else {
			one.plan.decode(d, slots[i])
		}
	}
	d.end()
}

func (s *signature) encodeResults(e *encoder, results []reflect.Value) {
	for i, one := range s.out {
		if one.context {
			panic(cannotCross("a context cannot be returned"))
		}
		one.plan.encode(e, results[i])
	}
}

func (s *signature) decodeResults(d *decoder, results []any) {
	if len(results) != len(s.out) {
		panic(cannotCross("%d results instead of %d", len(results), len(s.out)))
	}
	for i, one := range s.out {
		value := reflect.ValueOf(results[i])
		if one.context || value.Kind() != reflect.Pointer || value.Type().Elem() != one.goType {
			panic(cannotCross("result %d is a %T instead of a *%s", i+1, results[i], one.goType))
		}
		one.plan.decode(d, value.Elem())
	}
	d.end()
}

// contextAmong returns the first context among the arguments, or nil.
func (s *signature) contextAmong(arguments []any) context.Context {
	if s.contextual && len(arguments) == len(s.in) {
		for i, one := range s.in {
			if ctx, ok := arguments[i].(context.Context); ok && one.context {
				return ctx
			}
		}
	}
	return nil
}

func zero(results []any) {
	for _, result := range results {
		if value := reflect.ValueOf(result); value.Kind() == reflect.Pointer && !value.IsNil() {
			value.Elem().SetZero()
		}
	}
}
