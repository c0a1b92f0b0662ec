package crossing

import (
	"context"
	"time"
)

// Version is that of the wire. It is compared before anything else.
const Version = 1

// Carrier takes one request to the other side and returns its answer, from any number of goroutines at once. It returns when ctx is
// done, even if there is no answer, and passes the cancellation on where it can. It may keep request; answer is the Peer's.
//
// An [Error] of its own says what happened, such as [TimedOut]; any other error means that the other side has ended.
type Carrier interface {
	Carry(ctx context.Context, request []byte) (answer []byte, err error)
}

// Options of a Peer. The zero value has no time limit.
type Options struct {
	Timeout   time.Duration // of a call that has no context with a deadline; zero: none. context.Cause is then an *Error
	OnFailure func(error)   // told of failures of calls that have no error result; called from many goroutines
}

// Peer is one side: what it exports, and what it knows of the other side.
type Peer struct {
	table   *Table
	carrier Carrier
	options Options
}

// NewPeer returns a side that speaks to the other one by carrier.
func NewPeer(table *Table, carrier Carrier, options Options) *Peer {
	return &Peer{table: table, carrier: carrier, options: options}
}

// Export offers a function to the other side, or the value that a pointer to a bool, number or string has when it is first asked for.
func (p *Peer) Export(name string, function any) {}

// Refuse gives the reason that Lookup on the other side gives for an exported name that cannot cross.
func (p *Peer) Refuse(name, reason string) {}

// Exports returns what the other side exports: name to type, as reflect prints it.
func (p *Peer) Exports() (map[string]string, error) { return nil, nil }

// Lookup returns what the other side exports by that name: a func made by the table's Function of that type, or a pointer to a copy of
// the value.
func (p *Peer) Lookup(name string) (any, error) { return nil, nil }

// Serve answers a request of the other side. Cancelling ctx cancels the context that the called function gets.
func (p *Peer) Serve(ctx context.Context, request []byte) []byte { return nil }

// Started ends the time whose calls of symbols Replay repeats.
func (p *Peer) Started() {}

// Replay goes over to a fresh other side: it repeats there the calls of symbols made until Started, and makes the proxies that these
// returned stand for the new objects. All other objects of the old side answer that their plugin was started again.
func (p *Peer) Replay(carrier Carrier) error { return nil }
