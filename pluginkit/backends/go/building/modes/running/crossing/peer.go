package crossing

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Version is that of the wire. It is compared before anything else.
const Version = 1

// Carrier takes one request to the other side and returns its answer, from any number of goroutines at once. It returns when ctx is
// done, answered or not, and passes the cancellation on where it can. It may keep request; answer is the Peer's.
//
// An [Error] of its own says what happened, such as [TimedOut]; any other error means that the other side has ended.
type Carrier interface {
	Carry(ctx context.Context, request []byte) (answer []byte, err error)
}

// Options of a Peer. The zero value has no time limit.
type Options struct {
	Timeout   time.Duration // of a call without a context; zero: none. context.Cause of the carrier's context is an *Error then
	OnFailure func(error)   // told of failures of calls that have no error result, and of all panics; called from many goroutines
}

// Peer is one side: what it exports, and what it knows of the other side.
type Peer struct {
	compiled *compiled
	options  Options
	current  atomic.Pointer[link]
	next     atomic.Pointer[link] // while Replay runs
	exports  exports
	start    start
}

// start is what Replay repeats.
type start struct {
	mutex    sync.Mutex
	started  bool
	calls    []started
	replayed sync.Mutex // held by Replay
}

// NewPeer returns a side that speaks to the other one by carrier.
func NewPeer(table *Table, carrier Carrier, options Options) *Peer {
	p := &Peer{compiled: table.compiled(), options: options}
	p.exports.byName = map[string]*exported{}
	p.current.Store(newLink(p, carrier))
	return p
}

// Started ends the time whose calls of symbols Replay repeats.
func (p *Peer) Started() {
	p.start.mutex.Lock()
	defer p.start.mutex.Unlock()
	p.start.started = true
}

// linkOf returns the link with the other side that a message names as its own, or nil: a late message of one that was replaced.
func (p *Peer) linkOf(generation uint64) *link {
	for _, one := range []*link{p.current.Load(), p.next.Load()} {
		if one != nil && generation != 0 && one.generation.Load() == generation {
			return one
		}
	}
	return nil
}
