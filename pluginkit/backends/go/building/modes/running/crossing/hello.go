package crossing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// magic begins the first request. It and the version after it, and the form of an answer that is an error, never change.
const magic = "pluginkit crossing"

// hello is the first contact of the two sides of a link.
type hello struct {
	mutex  sync.Mutex
	done   bool
	failed *Error
	offers map[string]offer
}

// greet makes the first contact unless it was made, and returns what the other side exports.
func (l *link) greet() (map[string]offer, *Error) {
	l.hello.mutex.Lock()
	defer l.hello.mutex.Unlock()
	if !l.hello.done {
		l.hello.offers, l.hello.failed = l.firstContact()
		l.hello.done = true
	}
	return l.hello.offers, l.hello.failed
}

func (l *link) firstContact() (offers map[string]offer, failure *Error) {
	l.generation.CompareAndSwap(0, 1)
	e := newEncoder(l, 0)
	defer e.done()
	e.byte(kindHello)
	e.string(magic)
	e.uint(Version)
	e.uint(l.generation.Load())
	l.peer.encodeParts(e)
	ctx, cancel := l.peer.limited(context.Background())
	defer cancel()
	answer, err := l.carrier.Carry(ctx, e.bytes)
	if err != nil {
		return nil, carrierFailure(ctx, err)
	}
	var refused *Error
	failure = guarded("first contact", func() {
		d := newDecoder(l, answer)
		defer d.done()
		if d.byte() != answerResults {
			refused = decodeFailure(d)
			return
		}
		l.common.Store(l.peer.compiled.decodeCommon(d))
		offers = decodeOffers(d)
		d.end()
	})
	if refused != nil {
		failure = refused
	}
	return offers, failure
}

func (p *Peer) encodeParts(e *encoder) {
	parts := p.compiled.parts()
	e.uint(uint64(len(parts)))
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		e.string(name)
		e.fixed(parts[name])
	}
}

// greeted answers first contact.
func (p *Peer) greeted(d *decoder) []byte {
	e := newEncoder(p.current.Load(), 0)
	defer e.done()
	failure := guarded("", func() {
		if d.string() != magic {
			panic(cannotCross("the message is not of pluginkit"))
		}
		if version := d.uint(); version != Version {
			panic(&Error{Code: Mismatched, Message: fmt.Sprintf("host and plugin speak versions %d and %d of pluginkit's wire; "+
				"build both with the same pluginkit", version, Version)})
		}
		generation := d.uint()
		common := p.compare(d)
		if current := &e.link.generation; !current.CompareAndSwap(0, generation) && current.Load() != generation {
			panic(&Error{Code: Mismatched, Message: "another host has started this plugin"})
		}
		e.link.common.Store(common)
		e.byte(answerResults)
		common.encode(e)
		p.encodeExports(e)
	})
	if failure != nil {
		return failureAnswer(failure)
	}
	return e.bytes
}

// compare returns what both sides know. It refuses a side that knows the same types otherwise.
func (p *Peer) compare(d *decoder) *common {
	own, theirs := p.compiled.parts(), map[string]uint64{}
	for n := d.count(9); n > 0; n-- {
		name := d.string()
		theirs[name] = d.fixed()
		if digest, common := own[name]; theirs[name] != digest && common {
			panic(&Error{Code: Mismatched, Message: fmt.Sprintf("host and plugin were built from different copies of %s; "+
				"build both again with `pluginkit build`", name)})
		}
	}
	d.end()
	return p.compiled.shared(theirs)
}

// Exports returns what the other side exports: name to type, as reflect prints it.
func (p *Peer) Exports() (map[string]string, error) {
	offers, failure := p.current.Load().greet()
	if failure != nil {
		return nil, failure
	}
	found := map[string]string{}
	for name, one := range offers {
		if one.kind != aReason {
			found[name] = one.text
		}
	}
	return found, nil
}

// Lookup returns what the other side exports by that name: a func made by the table's Function of that type, or a pointer to a copy of
// the value.
func (p *Peer) Lookup(name string) (any, error) {
	offers, failure := p.current.Load().greet()
	if failure != nil {
		return nil, failure
	}
	one, ok := offers[name]
	switch {
	case !ok:
		return nil, &Error{Code: Missing, Message: "the plugin does not export " + name}
	case one.kind == aReason:
		return nil, &Error{Code: CannotCross, Message: one.reason}
	case one.kind == aValue:
		return one.value, nil
	}
	return p.symbol(name, one)
}

func (p *Peer) symbol(name string, one offer) (any, error) {
	var other bool
	for _, of := range p.compiled.functions {
		if of.text == one.text && of.digest == one.digest {
			return of.make(&Symbol{peer: p, name: name, signature: of.signature}), nil
		}
		other = other || of.text == one.text
	}
	if other {
		return nil, &Error{Code: Mismatched, Message: fmt.Sprintf("host and plugin were built from different copies of the types in "+
			"%s (%s); build both again with `pluginkit build`", name, one.text)}
	}
	return nil, &Error{Code: CannotCross, Message: fmt.Sprintf("%s is a %s, which the host's sources do not mention", name, one.text)}
}
