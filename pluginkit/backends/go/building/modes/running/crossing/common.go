package crossing

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// common are the interfaces that both sides of a link know, by key. A value that implements more of them than the one by which it is
// passed goes over as the widest: an assertion finds the rest on the other side too.
type common struct {
	kinds   []*interfaceKind
	numbers map[*interfaceKind]uint64 // one more than the index

	mutex  sync.RWMutex
	widest map[passed]*interfaceKind
}

// passed is a type of values, and the interface by which they are passed.
type passed struct {
	of     *interfaceKind
	goType reflect.Type
}

// key names an interface on the wire. Without a name of its own it has the digest of what it is made of beside it.
func (of *interfaceKind) key() string {
	if of.goType.Name() != "" {
		return of.name
	}
	return of.name + " " + strconv.FormatUint(of.digest, 36)
}

func newCommon(kinds []*interfaceKind) *common {
	c := &common{kinds: kinds, numbers: map[*interfaceKind]uint64{}, widest: map[passed]*interfaceKind{}}
	for i, of := range kinds {
		c.numbers[of] = uint64(i) + 1
	}
	return c
}

// shared returns the interfaces of the table among parts, which are digests by key.
func (c *compiled) shared(parts map[string]uint64) *common {
	var kinds []*interfaceKind
	for _, of := range c.interfaces {
		if digest, ok := parts[of.key()]; ok && digest == of.digest {
			kinds = append(kinds, of)
		}
	}
	slices.SortFunc(kinds, func(a, b *interfaceKind) int { return strings.Compare(a.key(), b.key()) })
	return newCommon(kinds)
}

func (c *common) encode(e *encoder) {
	e.uint(uint64(len(c.kinds)))
	for _, of := range c.kinds {
		e.string(of.key())
	}
}

func (c *compiled) decodeCommon(d *decoder) *common {
	own := map[string]*interfaceKind{}
	for _, of := range c.interfaces {
		own[of.key()] = of
	}
	var kinds []*interfaceKind
	for n := d.count(1); n > 0; n-- {
		key := d.string()
		if own[key] == nil {
			panic(cannotCross("the interface %s is not known here", key))
		}
		kinds = append(kinds, own[key])
	}
	return newCommon(kinds)
}

// wider returns the interface as which a value goes over: among those that both sides know, the one with the most methods that the value
// has and that includes the one by which it is passed.
func (l *link) wider(of *interfaceKind, goType reflect.Type) *interfaceKind {
	c := l.common.Load()
	if c == nil {
		return of
	}
	key := passed{of, goType}
	c.mutex.RLock()
	found := c.widest[key]
	c.mutex.RUnlock()
	if found == nil {
		found = of
		for _, one := range c.kinds {
			if len(one.methods) > len(found.methods) && one.goType.Implements(of.goType) && goType.Implements(one.goType) {
				found = one
			}
		}
		c.mutex.Lock()
		c.widest[key] = found
		c.mutex.Unlock()
	}
	return found
}

// encodeKind writes as which interface a value goes over: 0 for the one by which it is passed.
func (l *link) encodeKind(e *encoder, of, wider *interfaceKind) {
	if wider == of {
		e.byte(0)
		return
	}
	e.uint(l.common.Load().numbers[wider])
}

func (l *link) decodeKind(d *decoder, of *interfaceKind) *interfaceKind {
	number := d.uint()
	if number == 0 {
		return of
	}
	c := l.common.Load()
	if c == nil || number > uint64(len(c.kinds)) || !c.kinds[number-1].goType.Implements(of.goType) {
		panic(cannotCross("%d is not the number of an interface that is a %s", number, of.name))
	}
	return c.kinds[number-1]
}
