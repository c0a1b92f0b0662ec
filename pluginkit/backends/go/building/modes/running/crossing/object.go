package crossing

import (
	"reflect"
	"runtime"
	"sync/atomic"
	"weak"
)

// Object is something on the other side that implements an interface of the table.
type Object struct {
	of      *interfaceKind
	binding atomic.Pointer[binding]
}

// binding is what an Object stands for. It outlives it, and releases it.
type binding struct {
	link    *link
	id      uint64
	weight  atomic.Uint64
	holders atomic.Int64 // Objects: more than one after Replay
}

// Call calls a method. Results are pointers; a variadic parameter is one argument, a slice. A context among the arguments gives deadline
// and cancellation.
//
// The error is that of the crossing, never one that the method returned: an *Error. The results are zero values then. Where the method has
// no error result, or panicked, OnFailure was told.
func (o *Object) Call(method string, results []any, arguments ...any) error {
	bound := o.binding.Load()
	one := o.of.byName[method]
	if one == nil {
		return bound.link.failed(nil, results, cannotCross("%s has no method %s", o.of.name, method))
	}
	err := bound.link.call(target{id: bound.id, method: one.index}, one.signature, results, arguments, nil)
	runtime.KeepAlive(o) // its release must not overtake the call
	if err == nil {
		return nil
	}
	return err
}

// bind makes the object stand for what bound says, for as long as it lives.
func (o *Object) bind(bound *binding) {
	if o.binding.Swap(bound) != bound {
		bound.holders.Add(1)
		runtime.AddCleanup(o, (*binding).drop, bound)
	}
}

func (b *binding) drop() {
	if b.holders.Add(-1) > 0 {
		return
	}
	l := b.link
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.retired.Load() {
		return
	}
	if proxy, ok := l.proxies[b.id]; ok && proxy.Value() == nil {
		delete(l.proxies, b.id)
	}
	l.released = append(l.released, release{b.id, b.weight.Load()})
}

// received returns the object of the other side that arrived in a message.
func (l *link) received(of *interfaceKind, id uint64) *Object {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if known, ok := l.proxies[id]; ok {
		if o := known.Value(); o != nil {
			if o.of != of {
				panic(cannotCross("an object is a %s and a %s", o.of.name, of.name))
			}
			o.binding.Load().weight.Add(receipt)
			return o
		}
	}
	o, bound := &Object{of: of}, &binding{link: l, id: id}
	bound.weight.Store(receipt)
	o.bind(bound)
	if l.proxies != nil { // not retired
		l.proxies[id] = weak.Make(o)
	}
	return o
}

// What is first in an interface value on the wire.
const (
	nothing byte = iota
	ofSender
	ofReceiver
)

func (of *interfaceKind) encode(e *encoder, v reflect.Value) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		e.byte(nothing)
		return
	}
	if o := objectIn(v); o != nil {
		if bound := o.binding.Load(); bound.link == e.link && o.of.goType.Implements(of.goType) {
			e.byte(ofReceiver)
			e.uint(bound.id)
			e.uint(bound.part())
			e.returned = append(e.returned, bound)
			runtime.KeepAlive(o)
			return
		}
	}
	wider := e.link.wider(of, v.Type())
	id := e.link.export(wider, v)
	e.exported = append(e.exported, id)
	e.byte(ofSender)
	e.link.encodeKind(e, of, wider)
	e.uint(id)
}

func (of *interfaceKind) decode(d *decoder, v reflect.Value) {
	switch tag := d.byte(); tag {
	case nothing:
		v.SetZero()
	case ofSender:
		wider := d.link.decodeKind(d, of)
		o := d.link.received(wider, d.uint())
		if d.record {
			d.objects = append(d.objects, o)
		}
		v.Set(reflect.ValueOf(wider.proxy(o)))
	case ofReceiver:
		id, weight := d.uint(), d.uint()
		one := d.link.find(id)
		if one == nil || !one.of.goType.Implements(of.goType) {
			panic(cannotCross("there is no such %s", of.name))
		}
		v.Set(one.value)
		d.link.reduce(id, weight)
	default:
		panic(cannotCross("%d is not a kind of reference", tag))
	}
}

// objectIn returns the object that a proxy stands for, or nil where the value is not a proxy.
func objectIn(v reflect.Value) *Object {
	if v.Kind() == reflect.Struct && v.NumField() == 1 && v.Field(0).Type() == objectType {
		return (*Object)(v.Field(0).UnsafePointer())
	}
	return nil
}

// part returns the weight that goes home with the object: one, as long as that leaves some.
func (b *binding) part() uint64 {
	for {
		weight := b.weight.Load()
		if weight < 2 {
			return 0
		}
		if b.weight.CompareAndSwap(weight, weight-1) {
			return 1
		}
	}
}

// takeBack undoes what encoding did to objects: the message is not sent.
func (e *encoder) takeBack() {
	for _, id := range e.exported {
		e.link.reduce(id, receipt)
	}
	for _, bound := range e.returned {
		bound.weight.Add(1)
	}
}
