package crossing_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pluginkit/running/crossing"
)

// An API, and a plugin for it.

type Request struct {
	ID   string
	Body []byte
}

type Response struct {
	Status int
	Body   []byte
}

type Plugin interface {
	Name() string
	Handle(req *Request) (*Response, error)
}

type Host interface {
	Logf(format string, args ...any)
	Setting(name string) string
}

type Level int

type Loud string

func (l Loud) String() string { return string(l) + "!" }

type Tree struct {
	Name     string
	Children []*Tree
	Next     *Tree
}

type Everything struct {
	Bool    bool
	Int     int
	Int8    int8
	Int16   int16
	Int32   int32
	Int64   int64
	Uint    uint
	Uint8   uint8
	Uint16  uint16
	Uint32  uint32
	Uint64  uint64
	Float32 float32
	Float64 float64
	Complex complex128
	Text    string
	Bytes   []byte
	Level   Level
	Texts   []string
	Numbers map[string]int
	Sets    map[Level]map[string]struct{}
	Array   [3]int16
	None    [0]int
	Tree    *Tree
	Any     any
	Anys    []any
	When    time.Time
	Where   netip.Addr
	Big     *big.Int
	Error   error
	Inner   struct{ Deep []map[string][]byte }
	_       [0]func()
}

var ErrNotFound = errors.New("not found")

type Refusal struct {
	Code   int
	Reason error
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %d", r.Code) }
func (r *Refusal) Unwrap() error { return r.Reason }

type Status int

func (s Status) Error() string { return fmt.Sprintf("status %d", int(s)) }

// Lab has a method of each form.
type Lab interface {
	Echo(all Everything) Everything
	Any(value any) any
	Fail(how string) error
	Wait(ctx context.Context) (time.Duration, error)
	Back(host Host) Host
	Make(name string) Plugin
	Same(a, b Plugin) bool
	Ask(lab Lab, depth int) int
	Plugins() map[string]Plugin
	Sleep(duration time.Duration)
	Hand(host Host, tree *Tree) (Host, *Tree)
}

// lab is the plugin's side of a Lab.
type lab struct{}

func (lab) Echo(all Everything) Everything { return all }
func (lab) Any(value any) any              { return value }
func (lab) Back(host Host) Host            { return host }
func (lab) Make(name string) Plugin        { return &echo{name} }
func (lab) Same(a, b Plugin) bool          { return a == b }
func (lab) Sleep(duration time.Duration)   { time.Sleep(duration) }

// Hand ties what it returns to a ring, where the tree is so named.
func (lab) Hand(host Host, tree *Tree) (Host, *Tree) {
	if tree.Name == "ring" {
		tree.Next = tree
		return &ownHost{}, tree
	}
	return host, tree
}

// ownHost is one of the plugin's.
type ownHost struct{ host }

func (lab) Plugins() map[string]Plugin {
	return map[string]Plugin{"a": &echo{"a"}, "b": &echo{"b"}, "c": &echo{"c"}, "d": &echo{"d"}}
}

func (lab) Wait(ctx context.Context) (time.Duration, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return time.Until(deadline), nil
}

func (l lab) Ask(other Lab, depth int) int {
	if depth == 0 {
		return 0
	}
	return 1 + other.Ask(l, depth-1)
}

func (lab) Fail(how string) error { return failures[how]() }

type echo struct{ name string }

func (e *echo) Name() string { return e.name }

func (e *echo) Handle(req *Request) (*Response, error) {
	return &Response{Status: 200, Body: req.Body}, nil
}

type host struct {
	mutex sync.Mutex
	lines []string
}

func (h *host) Setting(name string) string { return "set:" + name }

func (h *host) Logf(format string, args ...any) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
}

// memory is a Carrier to a peer in the same process.
type memory struct {
	to    *crossing.Peer
	ended chan struct{}
}

func (m *memory) Carry(ctx context.Context, request []byte) ([]byte, error) {
	if ctx.Done() == nil && m.ended == nil {
		return m.to.Serve(ctx, request), nil
	}
	answers := make(chan []byte, 1)
	go func() { answers <- m.to.Serve(ctx, request) }()
	select {
	case answer := <-answers:
		return answer, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-m.ended:
		return nil, errors.New("the process has ended")
	}
}

var hostTable, pluginTable = table(), table() // two, as in two processes

// pair returns both sides, and the carrier of the host's.
func pair(t testing.TB, options crossing.Options) (hostSide, pluginSide *crossing.Peer, there *memory) {
	there = &memory{}
	hostSide = crossing.NewPeer(hostTable, there, options)
	pluginSide = plugged(hostSide, options)
	there.to = pluginSide
	return hostSide, pluginSide, there
}

// plugged returns a plugin's side that speaks to that host.
func plugged(hostSide *crossing.Peer, options crossing.Options) *crossing.Peer {
	options.Timeout = 0
	p := crossing.NewPeer(pluginTable, &memory{to: hostSide}, options)
	p.Export("New", func() Plugin { return &echo{"echo"} })
	p.Export("NewLab", func() Lab { return lab{} })
	p.Export("Init", func(host Host) error {
		host.Logf("init %s", host.Setting("name"))
		return nil
	})
	version := "v1.2.3"
	p.Export("APIVersion", &version)
	p.Refuse("Counter", "Counter is a variable: host and plugin do not share memory")
	return p
}

// look returns a symbol of the other side.
func look[T any](t testing.TB, p *crossing.Peer, name string) T {
	t.Helper()
	found, err := p.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return found.(T)
}

func newLab(t testing.TB, options crossing.Options) Lab {
	t.Helper()
	if options.OnFailure == nil {
		options.OnFailure = func(err error) { t.Error(err) }
	}
	hostSide, _, _ := pair(t, options)
	return look[func() Lab](t, hostSide, "NewLab")()
}
