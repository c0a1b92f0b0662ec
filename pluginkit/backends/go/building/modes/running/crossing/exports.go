package crossing

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// exports are what a side offers to the other by name.
type exports struct {
	mutex  sync.Mutex
	byName map[string]*exported
}

// exported is a function, a value or the reason why there is neither.
type exported struct {
	kind     byte
	function reflect.Value
	of       *functionKind
	pointer  reflect.Value
	reason   string
}

const (
	aFunction byte = iota
	aValue
	aReason
)

// Export offers a function to the other side, or the value that a pointer to a bool, number, string or []byte has at first contact.
func (p *Peer) Export(name string, function any) {
	value := reflect.ValueOf(function)
	p.exports.mutex.Lock()
	defer p.exports.mutex.Unlock()
	switch {
	case value.Kind() == reflect.Func:
		p.exports.byName[name] = &exported{kind: aFunction, function: value, of: p.compiled.known(value.Type())}
	case value.Kind() == reflect.Pointer && basics[value.Type().Elem().Kind()] == value.Type().Elem():
		p.exports.byName[name] = &exported{kind: aValue, pointer: value}
	default:
		p.exports.byName[name] = &exported{kind: aReason, reason: fmt.Sprintf("%s is a %T, which cannot cross", name, function)}
	}
}

// Refuse gives the reason that Lookup on the other side gives for an exported name that cannot cross.
func (p *Peer) Refuse(name, reason string) {
	p.exports.mutex.Lock()
	defer p.exports.mutex.Unlock()
	p.exports.byName[name] = &exported{kind: aReason, reason: reason}
}

// exported returns the function of that name.
func (p *Peer) exported(name string) *exported {
	p.exports.mutex.Lock()
	defer p.exports.mutex.Unlock()
	if one := p.exports.byName[name]; one != nil && one.kind == aFunction {
		return one
	}
	return nil
}

// known returns the table's function of a type, or one that is made for it.
func (c *compiled) known(t reflect.Type) *functionKind {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, one := range c.functions {
		if one.goType == t {
			return one
		}
	}
	return c.function(t, nil)
}

// offer is what the other side exports by a name.
type offer struct {
	kind   byte
	text   string // the type, as reflect prints it
	digest uint64 // of a function's type
	value  any    // a pointer to it
	reason string
}

func (p *Peer) encodeExports(e *encoder) {
	p.exports.mutex.Lock()
	defer p.exports.mutex.Unlock()
	e.uint(uint64(len(p.exports.byName)))
	for _, name := range slices.Sorted(maps.Keys(p.exports.byName)) {
		one := p.exports.byName[name]
		e.string(name)
		e.byte(one.kind)
		switch one.kind {
		case aFunction:
			e.string(one.of.text)
			e.fixed(one.of.digest)
		case aValue:
			e.string(one.pointer.Type().String())
			encodeAny(e, one.pointer.Elem())
		default:
			e.string(one.reason)
		}
	}
}

func decodeOffers(d *decoder) map[string]offer {
	offers := map[string]offer{}
	for n := d.count(3); n > 0; n-- {
		name := d.string()
		one := offer{kind: d.byte()}
		switch one.kind {
		case aFunction:
			one.text, one.digest = d.string(), d.fixed()
		case aValue:
			one.text, one.value = d.string(), decodePointer(d)
		case aReason:
			one.reason = d.string()
		default:
			panic(cannotCross("%d is not a kind of export", one.kind))
		}
		offers[name] = one
	}
	return offers
}

// decodePointer reads what encodeAny wrote, and returns a pointer to it.
func decodePointer(d *decoder) any {
	var value any
	decodeAny(d, reflect.ValueOf(&value).Elem())
	if value == nil {
		panic(cannotCross("a value without a type"))
	}
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	return pointer.Interface()
}
