package crossing_test

import (
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

// everything are values of each kind, empty and not: nil and empty are two things.
func everything() map[string]Everything {
	return map[string]Everything{
		"zero":     {},
		"booleans": {Bool: true},
		"smallest": {Int: math.MinInt, Int8: math.MinInt8, Int16: math.MinInt16, Int32: math.MinInt32, Int64: math.MinInt64},
		"largest": {
			Int: math.MaxInt, Int8: math.MaxInt8, Int16: math.MaxInt16, Int32: math.MaxInt32, Int64: math.MaxInt64, Uint: math.MaxUint,
			Uint8: math.MaxUint8, Uint16: math.MaxUint16, Uint32: math.MaxUint32, Uint64: math.MaxUint64,
		},
		"floats":     {Float32: math.MaxFloat32, Float64: math.Inf(-1), Complex: complex(1.5, -2)},
		"texts":      {Text: "grüß\x00dich\xff", Texts: []string{"", "a"}, Level: 7},
		"bytes":      {Bytes: []byte{0, 255}},
		"empty":      {Bytes: []byte{}, Texts: []string{}, Numbers: map[string]int{}, Tree: &Tree{Children: []*Tree{}}, Anys: []any{}},
		"maps":       {Numbers: map[string]int{"a": 1, "": -1}, Sets: map[Level]map[string]struct{}{1: {"x": {}}, 2: nil, 3: {}}},
		"arrays":     {Array: [3]int16{1, -2, 3}},
		"trees":      {Tree: &Tree{"root", []*Tree{{Name: "leaf"}, nil}, &Tree{Next: &Tree{Name: "last"}}}},
		"marshalled": {When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Where: netip.MustParseAddr("fe80::1%eth0"), Big: big.NewInt(-99)},
		"errors":     {Error: ErrNotFound},
		"inner":      {Inner: struct{ Deep []map[string][]byte }{[]map[string][]byte{{"k": []byte("v")}, nil}}},
		"anys":       {Any: uint8(3), Anys: []any{nil, true, "x", 1, int8(2), 3.5, []byte("b"), complex64(1i)}},
	}
}

func TestValuesOfEachKindCross(t *testing.T) {
	l := newLab(t, crossing.Options{})
	for name, want := range everything() {
		if got := l.Echo(want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

func TestArgumentsAreCopies(t *testing.T) {
	l := newLab(t, crossing.Options{})
	sent := Everything{Bytes: []byte("abc"), Tree: &Tree{Name: "a"}}
	got := l.Echo(sent)
	got.Bytes[0], got.Tree.Name = 'x', "b"
	if string(sent.Bytes) != "abc" || sent.Tree.Name != "a" {
		t.Errorf("what was sent is now %q, %q", sent.Bytes, sent.Tree.Name)
	}
}

type point struct{ X, Y int }

func TestAnyCarriesBasicValuesAndElseTheirText(t *testing.T) {
	l := newLab(t, crossing.Options{})
	for _, one := range []struct{ value, want any }{
		{nil, nil}, {false, false}, {"s", "s"}, {int16(-5), int16(-5)}, {uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{uintptr(9), uintptr(9)}, {float32(0.1), float32(0.1)}, {2i, 2i}, {'x', 'x'}, {[]byte{}, []byte{}}, {[]byte(nil), []byte(nil)},
		{Level(4), 4}, {Loud("hey"), "hey!"}, {time.Second, "1s"}, {point{1, 2}, "{1 2}"}, {&point{1, 2}, "&{1 2}"},
		{[]string{"a", "b"}, "[a b]"}, {map[string]int{"b": 2, "a": 1}, "map[a:1 b:2]"}, {ErrNotFound, "not found"}, {Status(4), "status 4"},
		{(*Refusal)(nil), "<nil>"},
	} {
		if got := l.Any(one.value); !reflect.DeepEqual(got, one.want) {
			t.Errorf("%#v came as %#v, want %#v", one.value, got, one.want)
		}
	}
}

func TestFormatsOfTheHostWorkOnWhatAPluginPasses(t *testing.T) {
	own := &host{}
	hostSide, pluginSide, _ := pair(t, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	pluginSide.Export("Init", func(h Host) error {
		h.Logf("%s %d %5.2f %v %x %v %d%%", "a", 3, 1.5, []string{"x"}, []byte("hi"), time.Minute, Level(2))
		h.Logf("nothing")
		return nil
	})
	if err := look[func(Host) error](t, hostSide, "Init")(own); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(own.lines, "\n"); got != "a 3  1.50 [x] 6869 1m0s 2%\nnothing" {
		t.Errorf("got %q", got)
	}
}

func TestWhatContainsItselfCannotCross(t *testing.T) {
	var said []error
	l := newLab(t, crossing.Options{OnFailure: func(err error) { said = append(said, err) }})
	ring := &Tree{Name: "ring"}
	ring.Next = ring
	if got := l.Echo(Everything{Text: "x", Tree: ring}); got.Text != "" {
		t.Errorf("got %+v", got)
	}
	if len(said) != 1 || said[0].(*crossing.Error).Code != crossing.CannotCross || !strings.Contains(said[0].Error(), "contain itself") {
		t.Errorf("got %v", said)
	}
	line := &Tree{}
	for range 400 {
		line = &Tree{Next: line}
	}
	if got := l.Echo(Everything{Tree: line}); !reflect.DeepEqual(got.Tree, line) {
		t.Error("a long line of trees came otherwise")
	}
}

func TestAMarshalerThatFailsIsSaid(t *testing.T) {
	var said []error
	l := newLab(t, crossing.Options{OnFailure: func(err error) { said = append(said, err) }})
	l.Echo(Everything{When: time.Now().In(time.FixedZone("nowhere", 40_000*60))})
	if len(said) != 1 || !strings.Contains(said[0].Error(), "Lab.Echo: time.Time: ") || code(said[0]) != crossing.CannotCross {
		t.Errorf("got %v", said)
	}
}

// Obstacles are types that cannot cross.
type obstacles interface {
	Channel(chan int)
	Function(func())
	Hidden(struct{ hidden int })
	Inside(map[string][]struct{ Inside struct{ hidden int } })
	Foreign(interface{ Close() error })
	Embedded(stamped)
	Context(struct {
		Ctx interface{ Done() <-chan struct{} }
	})
}

type stamped struct {
	time.Time // its MarshalBinary would leave the name out
	name      string
}

func TestWhatCannotCrossIsNamed(t *testing.T) {
	for name, one := range map[string]struct {
		function any
		argument any
		want     string
	}{
		"Channel":  {obstacles.Channel, make(chan int), "chan int cannot cross"},
		"Function": {obstacles.Function, func() {}, "func() cannot cross"},
		"Hidden":   {obstacles.Hidden, struct{ hidden int }{}, "the field hidden of struct { hidden int } is not exported"},
		"Inside": {
			obstacles.Inside, map[string][]struct{ Inside struct{ hidden int } }{},
			"field Inside of struct { Inside struct { hidden int } }: the field hidden of struct { hidden int } is not exported",
		},
		"Foreign":  {obstacles.Foreign, nil, "the interface interface { Close() error } is not one of the API's"},
		"Embedded": {obstacles.Embedded, stamped{}, "the field name of crossing_test.stamped is not exported"},
	} {
		var proxy *crossing.Object
		methods := []crossing.Method{{Name: name, Function: one.function}}
		made := func() *crossing.Table {
			return &crossing.Table{
				Interfaces: []crossing.Interface{{
					Type: reflect.TypeFor[any](), Methods: methods, Proxy: func(o *crossing.Object) any { proxy = o; return nil },
				}},
				Functions: []crossing.Function{{reflect.TypeFor[func() any](), func(s *crossing.Symbol) any {
					return func() (r0 any) { s.Call([]any{&r0}); return r0 }
				}}},
			}
		}
		there := &memory{}
		hostSide := crossing.NewPeer(made(), there, crossing.Options{})
		there.to = crossing.NewPeer(made(), &memory{to: hostSide}, crossing.Options{})
		there.to.Export("New", func() any { return 1 })
		look[func() any](t, hostSide, "New")()
		err := proxy.Call(name, nil, one.argument)
		if err == nil || err.(*crossing.Error).Code != crossing.CannotCross || !strings.HasSuffix(err.Error(), one.want) {
			t.Errorf("%s: got %v, want %s", name, err, one.want)
		}
	}
}

func TestACallWithOtherTypesThanTheMethodsIsRefused(t *testing.T) {
	var proxy *crossing.Object
	made := table()
	made.Interfaces[0].Proxy = func(o *crossing.Object) any { proxy = o; return pluginProxy{o} }
	there := &memory{}
	hostSide := crossing.NewPeer(made, there, crossing.Options{})
	there.to = plugged(hostSide, crossing.Options{})
	look[func() Plugin](t, hostSide, "New")()
	var name string
	var number int
	for what, err := range map[string]error{
		"no result":        proxy.Call("Name", nil),
		"another result":   proxy.Call("Name", []any{&number}),
		"no pointer":       proxy.Call("Name", []any{name}),
		"an argument":      proxy.Call("Name", []any{&name}, 1),
		"another argument": proxy.Call("Handle", []any{new(*Response), new(error)}, Request{}),
		"nil":              proxy.Call("Handle", []any{new(*Response), new(error)}, nil),
		"another method":   proxy.Call("Close", nil),
	} {
		if err == nil || err.(*crossing.Error).Code != crossing.CannotCross {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
