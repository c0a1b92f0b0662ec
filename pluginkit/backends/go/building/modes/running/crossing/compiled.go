package crossing

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// compiled is a table made ready for use.
type compiled struct {
	mutex        sync.Mutex // of plans
	plans        map[reflect.Type]*plan
	interfaces   map[reflect.Type]*interfaceKind
	functions    []*functionKind
	sentinels    []*sentinel
	named        map[string]error
	errorKinds   map[reflect.Type]*errorKind
	errorsByName map[string]*errorKind
}

// interfaceKind is an interface whose values cross by reference.
type interfaceKind struct {
	name    string
	goType  reflect.Type
	proxy   func(*Object) any
	methods []*method // by name
	byName  map[string]*method
	digest  uint64
}

type method struct {
	name      string
	index     int // among the interface's
	function  reflect.Value
	signature *signature
}

type functionKind struct {
	goType    reflect.Type
	make      func(*Symbol) any
	text      string // as reflect prints the type
	signature *signature
	digest    uint64
}

func (t *Table) compiled() *compiled {
	t.once.Do(func() { t.ready = compile(t) })
	return t.ready
}

func compile(t *Table) *compiled {
	c := &compiled{
		plans: map[reflect.Type]*plan{}, interfaces: map[reflect.Type]*interfaceKind{}, named: map[string]error{},
		errorKinds: map[reflect.Type]*errorKind{}, errorsByName: map[string]*errorKind{},
	}
	c.addErrors(t)
	for _, one := range t.Interfaces { // all of them, before the plan of anything that may contain them
		c.interfaces[one.Type] = newInterface(one)
	}
	for _, of := range c.interfaces {
		for _, one := range of.methods {
			one.signature = c.signature(of.called(one.name), one.function.Type(), 1)
		}
		of.digest = c.digest(of.goType)
	}
	for _, one := range t.Functions {
		c.functions = append(c.functions, c.function(one.Type, one.Make))
	}
	for _, kind := range c.errorKinds {
		kind.plan, kind.digest = c.plan(kind.goType), c.digest(kind.goType)
	}
	return c
}

func (c *compiled) addErrors(t *Table) {
	c.sentinels = slices.Clone(standard)
	for _, name := range slices.Sorted(maps.Keys(t.Errors)) {
		c.sentinels = append(c.sentinels, &sentinel{name, t.Errors[name]})
	}
	for _, one := range c.sentinels {
		c.named[one.name] = one.err
	}
	for _, goType := range t.ErrorTypes {
		kind := &errorKind{name: typeName(goType), goType: goType}
		c.errorKinds[goType], c.errorsByName[kind.name] = kind, kind
	}
}

func newInterface(one Interface) *interfaceKind {
	of := &interfaceKind{name: typeName(one.Type), goType: one.Type, proxy: one.Proxy, byName: map[string]*method{}}
	for _, each := range one.Methods {
		of.methods = append(of.methods, &method{name: each.Name, function: reflect.ValueOf(each.Function)})
	}
	slices.SortFunc(of.methods, func(a, b *method) int { return strings.Compare(a.name, b.name) })
	for i, each := range of.methods {
		each.index, of.byName[each.name] = i, each
	}
	return of
}

// called returns what an error names a method by: an interface without a name, that of all that a plugin's type has, would
// be written out.
func (k *interfaceKind) called(method string) string {
	if k.goType.Name() == "" {
		return method
	}
	return k.goType.String() + "." + method
}

func (c *compiled) function(t reflect.Type, maker func(*Symbol) any) *functionKind {
	return &functionKind{goType: t, make: maker, text: t.String(), signature: c.signature("", t, 0), digest: c.digest(t)}
}

// parts returns the digests of what the two sides must agree about, by name.
func (c *compiled) parts() map[string]uint64 {
	found := map[string]uint64{}
	for _, of := range c.interfaces {
		found[of.key()] = of.digest
	}
	for name, kind := range c.errorsByName {
		found[name] = kind.digest
	}
	return found
}
