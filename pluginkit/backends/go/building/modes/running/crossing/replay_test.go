package crossing_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"pluginkit/running/crossing"
)

// counting is a plugin with state.
type counting struct{ count int }

func (c *counting) Name() string { return "counting" }

func (c *counting) Handle(*Request) (*Response, error) {
	c.count++
	return &Response{Status: c.count}, nil
}

func TestAPluginThatWasStartedAgainGoesOn(t *testing.T) {
	hostSide, pluginSide, there := pair(t, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	there.ended = make(chan struct{})
	pluginSide.Export("New", func() Plugin { return &counting{} })
	own := &host{}
	if err := look[func(Host) error](t, hostSide, "Init")(own); err != nil {
		t.Fatal(err)
	}
	plugin, l := look[func() Plugin](t, hostSide, "New")(), look[func() Lab](t, hostSide, "NewLab")()
	hostSide.Started()
	made, late := l.Make("made"), look[func() Plugin](t, hostSide, "New")()
	plugin.Handle(nil)
	if got, err := plugin.Handle(nil); err != nil || got.Status != 2 {
		t.Fatal(got, err)
	}

	close(there.ended)
	if _, err := plugin.Handle(nil); code(err) != crossing.Ended {
		t.Errorf("of one that has ended: %v", err)
	}
	fresh := plugged(hostSide, crossing.Options{})
	fresh.Export("New", func() Plugin { return &counting{} })
	if err := hostSide.Replay(&memory{to: fresh}); err != nil {
		t.Fatal(err)
	}
	if len(own.lines) != 2 || own.lines[1] != "init set:name" {
		t.Errorf("Init was not repeated: %q", own.lines)
	}
	if got, err := plugin.Handle(nil); err != nil || got.Status != 1 {
		t.Errorf("after the start: %v, %v", got, err)
	}
	if got := l.Make("again"); got.Name() != "again" || !l.Same(plugin, plugin) {
		t.Error("the lab was not bound again")
	}
	for _, gone := range []Plugin{made, late} {
		if _, err := gone.Handle(nil); code(err) != crossing.Restarted || !strings.Contains(err.Error(), "its plugin was started again") {
			t.Errorf("an object of the old side: %v", err)
		}
	}
	if own, _ := fresh.Held(); own != 3 { // plugin, lab, and the one made again
		t.Errorf("the fresh side holds %d objects", own)
	}
}

func TestWhatABoundObjectStandsForIsReleasedWithIt(t *testing.T) {
	hostSide, _, _ := pair(t, crossing.Options{})
	plugin := look[func() Plugin](t, hostSide, "New")()
	hostSide.Started()
	for range 5 {
		fresh := plugged(hostSide, crossing.Options{})
		if err := hostSide.Replay(&memory{to: fresh}); err != nil {
			t.Fatal(err)
		}
		l := look[func() Lab](t, hostSide, "NewLab")()
		eventually(t, "objects are left", func() { l.Fail("nil") }, func() bool { own, _ := fresh.Held(); return own == 2 })
		if plugin.Name() != "echo" || !l.Same(plugin, plugin) {
			t.Error("the plugin was released")
		}
	}
}

// keeping is a host that keeps what it is asked about.
type keeping struct {
	lab
	kept []Plugin
}

func (k *keeping) Same(a, b Plugin) bool {
	k.kept = append(k.kept, a)
	return a == b
}

func TestAnObjectThatStandsTwiceIsReleasedOnce(t *testing.T) {
	hostSide := crossing.NewPeer(hostTable, nil, crossing.Options{})
	start := func() *crossing.Peer {
		p, own := plugged(hostSide, crossing.Options{}), &echo{"own"}
		p.Export("New", func() Plugin { return own })
		p.Export("Open", func(ctx context.Context, l Lab) error {
			l.Same(own, own)
			return ctx.Err()
		})
		return p
	}
	if err := hostSide.Replay(&memory{to: start()}); err != nil {
		t.Fatal(err)
	}
	there := &keeping{}
	ctx, cancel := context.WithCancel(context.Background())
	if err := look[func(context.Context, Lab) error](t, hostSide, "Open")(ctx, there); err != nil {
		t.Fatal(err)
	}
	cancel() // what is repeated does not end with it
	plugin := look[func() Plugin](t, hostSide, "New")()
	hostSide.Started()
	if there.kept[0] != plugin {
		t.Error("one plugin came as two")
	}
	fresh := start()
	if err := hostSide.Replay(&memory{to: fresh}); err != nil {
		t.Fatal(err)
	}
	l := look[func() Lab](t, hostSide, "NewLab")()
	again := there.kept[1]
	there.kept = nil
	for range 5 { // one of two that stand for the same
		runtime.GC()
		l.Fail("nil")
	}
	if again.Name() != "own" || !l.Same(again, again) {
		t.Error("it was released with the one of the old side")
	}
	runtime.KeepAlive(plugin)
	plugin, again = nil, nil
	eventually(t, "objects are left", func() { l.Fail("nil") }, func() bool { own, _ := fresh.Held(); return own == 1 })
}

func TestAReplayThatFailsChangesNothing(t *testing.T) {
	for name, one := range map[string]struct {
		change func(*crossing.Peer)
		want   string
	}{
		"Init fails": {
			func(p *crossing.Peer) { p.Export("Init", func(Host) error { return errors.New("no database") }) },
			"Init, called again: no database",
		},
		"Init panics": {func(p *crossing.Peer) { p.Export("Init", func(Host) error { panic("no") }) }, "Init: panic: no"},
		"no New":      {func(p *crossing.Peer) { p.Refuse("New", "gone") }, `New: there is no "New"`},
		"New is nil": {
			func(p *crossing.Peer) { p.Export("New", func() Plugin { return nil }) }, "New returned 1 objects, called again 0",
		},
	} {
		hostSide, _, _ := pair(t, crossing.Options{})
		if err := look[func(Host) error](t, hostSide, "Init")(&host{}); err != nil {
			t.Fatal(err)
		}
		plugin := look[func() Plugin](t, hostSide, "New")()
		hostSide.Started()
		fresh := plugged(hostSide, crossing.Options{})
		one.change(fresh)
		if err := hostSide.Replay(&memory{to: fresh}); err == nil || err.Error() != one.want {
			t.Errorf("%s: got %v, want %s", name, err, one.want)
		}
		if got := plugin.Name(); got != "echo" {
			t.Errorf("%s: the old one answers %q", name, got)
		}
	}
}

func TestALateMessageOfTheOldSideIsRefused(t *testing.T) {
	hostSide, _, _ := pair(t, crossing.Options{})
	var kept Host
	pluginThatKeeps := plugged(hostSide, crossing.Options{})
	pluginThatKeeps.Export("Init", func(h Host) error { kept = h; return nil })
	if err := hostSide.Replay(&memory{to: pluginThatKeeps}); err != nil {
		t.Fatal(err)
	}
	if err := look[func(Host) error](t, hostSide, "Init")(&host{}); err != nil || kept.Setting("a") != "set:a" {
		t.Fatal(err)
	}
	fresh := plugged(hostSide, crossing.Options{})
	if err := hostSide.Replay(&memory{to: fresh}); err != nil {
		t.Fatal(err)
	}
	if got := kept.Setting("a"); got != "" {
		t.Errorf("the old side still reads settings: %q", got)
	}
}
