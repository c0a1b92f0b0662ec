package crossing

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"weak"
)

// started is a call of a symbol before Started.
type started struct {
	symbol    *Symbol
	arguments []any
	objects   []known // among the results
	failed    bool    // its own error was not nil
}

// known is an object that the host may still hold.
type known struct {
	of     *interfaceKind
	object weak.Pointer[Object]
}

func (p *Peer) record(s *Symbol, results, arguments []any, objects []*Object) {
	p.start.mutex.Lock()
	defer p.start.mutex.Unlock()
	if !p.start.started {
		arguments = s.signature.withoutContext(arguments)
		call := started{symbol: s, arguments: arguments, failed: ownError(s.signature, results) != nil}
		for _, o := range objects {
			call.objects = append(call.objects, known{o.of, weak.Make(o)})
		}
		p.start.calls = append(p.start.calls, call)
	}
}

// withoutContext returns the arguments without their context, which will have ended when the call is repeated.
func (s *signature) withoutContext(arguments []any) []any {
	kept := slices.Clone(arguments)
	for i, one := range s.in {
		if one.context {
			kept[i] = nil
		}
	}
	return kept
}

// ownError returns the error that the function itself returned.
func ownError(s *signature, results []any) error {
	if !s.failing {
		return nil
	}
	return *results[len(results)-1].(*error)
}

// Replay goes over to a fresh other side: it repeats there the calls of symbols made until Started, and makes the proxies that these
// returned stand for the new objects. All other objects of the old side answer that their plugin was started again. Where it fails,
// nothing has changed.
func (p *Peer) Replay(carrier Carrier) error {
	p.start.replayed.Lock()
	defer p.start.replayed.Unlock()
	old, fresh := p.current.Load(), newLink(p, carrier)
	fresh.generation.Store(old.generation.Load() + 1)
	p.next.Store(fresh)
	defer p.next.Store(nil)
	rebound, err := p.repeat(fresh)
	if err != nil {
		fresh.retire()
		return err
	}
	for _, pair := range rebound {
		pair.kept.bind(pair.fresh.binding.Load())
		runtime.KeepAlive(pair.fresh) // until the binding has two holders
		fresh.is(pair.kept)
	}
	p.current.Store(fresh)
	old.retire()
	return nil
}

type pair struct{ kept, fresh *Object }

// repeat makes the recorded calls on a link, and returns the objects that they returned then and now.
func (p *Peer) repeat(fresh *link) (rebound []pair, err error) {
	if _, failure := fresh.greet(); failure != nil {
		return nil, failure
	}
	p.start.mutex.Lock()
	calls := p.start.calls[:len(p.start.calls):len(p.start.calls)]
	p.start.mutex.Unlock()
	for _, one := range calls {
		results := one.symbol.signature.newResults()
		var objects []*Object
		failure := fresh.call(target{symbol: one.symbol.name}, one.symbol.signature, results, one.arguments, &objects)
		if failure != nil {
			return nil, failure
		}
		if err := ownError(one.symbol.signature, results); err != nil && !one.failed {
			return nil, fmt.Errorf("%s, called again: %w", one.symbol.name, err)
		}
		if len(objects) != len(one.objects) {
			return nil, cannotCross("%s returned %d objects, called again %d", one.symbol.name, len(one.objects), len(objects))
		}
		for i, kept := range one.objects {
			if kept.of != objects[i].of {
				return nil, cannotCross("%s returned a %s, called again a %s", one.symbol.name, kept.of.name, objects[i].of.name)
			}
			if o := kept.object.Value(); o != nil {
				rebound = append(rebound, pair{o, objects[i]})
			}
		}
	}
	return rebound, nil
}

func (s *signature) newResults() (results []any) {
	for _, one := range s.out {
		results = append(results, reflect.New(one.goType).Interface())
	}
	return results
}

// is makes an object the one that stands for what it is bound to: a proxy that comes again is equal to that of before.
func (l *link) is(o *Object) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.proxies[o.binding.Load().id] = weak.Make(o)
}
