package crossing

import (
	"reflect"
	"sync"
	"sync/atomic"
	"weak"
)

// receipt is the weight of an object in each message that takes it to the other side. The other side gives all of it back when it no
// longer has the object, and one of it with each message in which it sends the object home: such a message may arrive after the release,
// and the object is still there then.
const receipt = 1 << 32

// link is what two sides have of each other. Replay makes a new one.
type link struct {
	peer       *Peer
	carrier    Carrier
	generation atomic.Uint64 // which the host gives, and each message names; 0 before first contact
	retired    atomic.Bool   // another link is in its place
	hello      hello
	common     atomic.Pointer[common] // from first contact on

	mutex    sync.Mutex
	last     uint64 // id of an own object
	own      map[uint64]*ownObject
	ids      map[identity]uint64
	proxies  map[uint64]weak.Pointer[Object]
	released []release
}

// ownObject is a value that the other side holds.
type ownObject struct {
	id     uint64
	of     *interfaceKind
	value  reflect.Value // of the interface type
	key    identity      // zero where the value cannot be compared
	weight uint64
}

type identity struct {
	of    *interfaceKind
	value any
}

// release tells the other side that its object is no longer used here.
type release struct{ id, weight uint64 }

func newLink(p *Peer, carrier Carrier) *link {
	return &link{
		peer: p, carrier: carrier,
		own: map[uint64]*ownObject{}, ids: map[identity]uint64{}, proxies: map[uint64]weak.Pointer[Object]{},
	}
}

// export returns the id of an own value, and adds the weight of one message to it.
func (l *link) export(of *interfaceKind, value reflect.Value) uint64 {
	key := identity{of, value.Interface()}
	comparable := value.Comparable() && key == key //nolint // not equal to itself: it contains a NaN
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if comparable {
		if id, ok := l.ids[key]; ok {
			l.own[id].weight += receipt
			return id
		}
	}
	l.last++
	held := reflect.New(of.goType).Elem()
	held.Set(value)
	one := &ownObject{id: l.last, of: of, value: held, weight: receipt}
	if comparable {
		one.key = key
		l.ids[key] = one.id
	}
	l.own[one.id] = one
	return one.id
}

// find returns an own object.
func (l *link) find(id uint64) *ownObject {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.own[id]
}

// reduce takes weight from an own object, and forgets it when nothing is left.
func (l *link) reduce(id, weight uint64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	one := l.own[id]
	if one == nil {
		return
	}
	if one.weight -= min(weight, one.weight); one.weight == 0 {
		delete(l.own, id)
		if one.key.of != nil {
			delete(l.ids, one.key)
		}
	}
}

// retire forgets everything: the other side has ended.
func (l *link) retire() {
	l.retired.Store(true)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.own, l.ids, l.proxies, l.released = map[uint64]*ownObject{}, map[identity]uint64{}, nil, nil
}

// encodeReleases writes what was released since the last message.
func (l *link) encodeReleases(e *encoder) {
	l.mutex.Lock()
	released := l.released
	l.released = nil
	l.mutex.Unlock()
	e.uint(uint64(len(released)))
	for _, one := range released {
		e.uint(one.id)
		e.uint(one.weight)
	}
}

func (l *link) decodeReleases(d *decoder) {
	for n := d.count(2); n > 0; n-- {
		id := d.uint()
		l.reduce(id, d.uint())
	}
}
