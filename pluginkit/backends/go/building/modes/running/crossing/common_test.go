package crossing_test

import (
	"reflect"
	"testing"

	"pluginkit/running/crossing"
)

// Closing is what a plugin may be too: nothing but an assertion leads to it.
type Closing interface {
	Plugin
	Close() error
}

type closingProxy struct{ object *crossing.Object }

func (p closingProxy) Name() (r0 string) { return pluginProxy(p).Name() }

func (p closingProxy) Handle(a0 *Request) (*Response, error) { return pluginProxy(p).Handle(a0) }

func (p closingProxy) Close() (r0 error) {
	if err := p.object.Call("Close", []any{&r0}); err != nil {
		r0 = err
	}
	return r0
}

type closing struct{ echo }

func (closing) Close() error { return ErrNotFound }

func withClosing() *crossing.Table {
	made := table()
	made.Interfaces = append(made.Interfaces, crossing.Interface{
		Type:    reflect.TypeFor[interface{ Closing }](), // of a combination nobody gave a name
		Methods: []crossing.Method{{"Name", Closing.Name}, {"Handle", Closing.Handle}, {"Close", Closing.Close}},
		Proxy:   func(o *crossing.Object) any { return closingProxy{o} },
	})
	return made
}

// made returns what New gives where the sides have these tables.
func made(t *testing.T, hostTable, pluginTable *crossing.Table) (Plugin, Lab) {
	t.Helper()
	there := &memory{}
	hostSide := crossing.NewPeer(hostTable, there, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	there.to = crossing.NewPeer(pluginTable, &memory{to: hostSide}, crossing.Options{})
	there.to.Export("New", func() Plugin { return &closing{echo{"closing"}} })
	there.to.Export("NewLab", func() Lab { return lab{} })
	return look[func() Plugin](t, hostSide, "New")(), look[func() Lab](t, hostSide, "NewLab")()
}

func TestAnAssertionFindsWhatTheValueImplements(t *testing.T) {
	plugin, lab := made(t, withClosing(), withClosing())
	closes, is := plugin.(Closing)
	if !is || closes.Close() != ErrNotFound || closes.Name() != "closing" {
		t.Fatalf("%T does not close", plugin)
	}
	if !lab.Same(plugin, closes) {
		t.Error("it did not come home as one value")
	}
}

func TestAValueIsWhatBothSidesKnow(t *testing.T) {
	for _, tables := range [][2]*crossing.Table{{table(), withClosing()}, {withClosing(), table()}} {
		plugin, lab := made(t, tables[0], tables[1])
		if _, is := plugin.(Closing); is || plugin.Name() != "closing" || !lab.Same(plugin, plugin) {
			t.Errorf("%T is known otherwise than as a Plugin", plugin)
		}
	}
}

func TestAValueThatImplementsNoMoreIsWhatItWas(t *testing.T) {
	_, lab := made(t, withClosing(), withClosing())
	if _, is := lab.Make("echo").(Closing); is {
		t.Error("a plugin that does not close is said to")
	}
}
