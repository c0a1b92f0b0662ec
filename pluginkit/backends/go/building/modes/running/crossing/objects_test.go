package crossing_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

func TestAnObjectKeepsItsIdentity(t *testing.T) {
	l := newLab(t, crossing.Options{})
	own := &host{}
	if got := l.Back(own); got != Host(own) {
		t.Errorf("it came home as a %T", got)
	}
	if got := l.Back(nil); got != nil {
		t.Errorf("nil came home as a %T", got)
	}
	a, b := l.Make("a"), l.Make("b")
	if !l.Same(a, a) || l.Same(a, b) || !l.Same(nil, nil) || l.Same(a, nil) {
		t.Error("the other side does not know its own objects again")
	}
	if mine := (&echo{"mine"}); !l.Same(mine, mine) {
		t.Error("one object came as two")
	}
	if first, second := l.Plugins()["a"], l.Plugins()["a"]; first == second || first.Name() != "a" {
		t.Error("two objects came as one")
	}
}

// slices of this cannot be compared: each crossing is another object.
type list []string

func (l list) Name() string                           { return l[0] }
func (l list) Handle(req *Request) (*Response, error) { return nil, nil }

func TestAValueThatCannotBeComparedCrosses(t *testing.T) {
	l := newLab(t, crossing.Options{})
	if l.Same(list{"a"}, list{"b"}) {
		t.Error("two lists came as one")
	}
}

// eventually collects garbage, and makes a call that takes releases along, until holds returns true.
func eventually(t *testing.T, what string, call func(), holds func() bool) {
	t.Helper()
	for range 200 {
		if holds() {
			return
		}
		runtime.GC()
		time.Sleep(time.Millisecond) // cleanups run in a goroutine of their own
		call()
	}
	t.Error(what)
}

func TestWhatNobodyHoldsIsReleasedOnBothSides(t *testing.T) {
	hostSide, pluginSide, _ := pair(t, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	l := look[func() Lab](t, hostSide, "NewLab")()
	kept := l.Make("kept")
	calls, most := 100_000, 0
	if testing.Short() {
		calls = 10_000
	}
	for i := range calls {
		if got := l.Make("x"); i%1000 == 0 && got.Name() != "x" {
			t.Fatal(got.Name())
		}
		if i%2 == 0 {
			l.Same(&echo{"a"}, nil)
			l.Back(&host{})
		}
		own, _ := pluginSide.Held()
		most = max(most, own)
	}
	if most > 50_000 {
		t.Errorf("the plugin held %d objects at once", most)
	}
	eventually(t, "objects are left", func() { l.Fail("nil") }, func() bool {
		ownHost, proxiesHost := hostSide.Held()
		ownPlugin, proxiesPlugin := pluginSide.Held()
		return ownHost == 0 && proxiesPlugin == 0 && ownPlugin == 2 && proxiesHost == 2 // the lab, and what is kept
	})
	if kept.Name() != "kept" {
		t.Error("what is kept was released")
	}
}

func TestAMessageThatCannotCrossLeavesNoObject(t *testing.T) {
	hostSide, pluginSide, _ := pair(t, crossing.Options{})
	l := look[func() Lab](t, hostSide, "NewLab")()
	ring := &Tree{Name: "a ring"}
	ring.Next = ring
	if got, tree := l.Hand(&host{}, ring); got != nil || tree != nil {
		t.Errorf("sent a ring: got %v, %v", got, tree)
	}
	if own, _ := hostSide.Held(); own != 0 {
		t.Errorf("the host holds %d objects that it did not send", own)
	}
	if got, tree := l.Hand(nil, &Tree{Name: "ring"}); got != nil || tree != nil {
		t.Errorf("was sent a ring: got %v, %v", got, tree)
	}
	if own, _ := pluginSide.Held(); own != 1 {
		t.Errorf("the plugin holds %d objects, and not just the lab", own)
	}
	plugin := l.Make("mine")
	if same := l.Same(plugin, list(nil)); same || plugin.Name() != "mine" {
		t.Error("the plugin is not what it was")
	}
}

func TestAReleaseDoesNotOvertakeAnObjectOnItsWayHome(t *testing.T) {
	hostSide, _, _ := pair(t, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	l := look[func() Lab](t, hostSide, "NewLab")()
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var calling sync.WaitGroup
	for range 8 {
		calling.Add(1)
		go func() {
			defer calling.Done()
			for range 300 {
				if own := (&host{}); l.Back(own) != Host(own) {
					t.Error("another host came home")
				}
				if made := l.Make("x"); !l.Same(made, made) {
					t.Error("another plugin came home")
				}
			}
		}()
	}
	calling.Wait()
	close(stop)
}

func TestAnObjectOfOnePluginCanBeGivenToAnother(t *testing.T) {
	first, second := newLab(t, crossing.Options{}), newLab(t, crossing.Options{})
	made := first.Make("first's")
	if !second.Same(made, made) {
		t.Error("it came as two")
	}
	if got := second.Ask(first, 5); got != 5 {
		t.Errorf("got %d", got)
	}
}
