// Package exchange carries requests and their answers in both directions on one stream, many at once, and cancellations with them.
//
// Each frame is the length of its body (4 bytes, big endian), its kind (1 byte), the number of its request (8 bytes), and the body.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"pluginkit/running/crossing"
)

// Longest is how many bytes one request or answer may have.
const Longest = 256 << 20

// The kinds of frames.
const (
	request byte = iota + 1
	answer
	cancellation
	farewell
)

// Conn is one end of the stream. It implements [crossing.Carrier].
type Conn struct {
	stream  io.ReadWriter
	out     chan frame
	done    chan struct{} // closed when the stream has ended, as far as this end is concerned
	ended   sync.Once
	mutex   sync.Mutex
	last    uint64
	waiting map[uint64]chan<- []byte
	serving map[uint64]context.CancelFunc
}

type frame struct {
	kind   byte
	number uint64
	body   []byte
}

// New returns the end of a stream. It carries requests once it runs.
func New(stream io.ReadWriter) *Conn {
	return &Conn{
		stream:  stream,
		out:     make(chan frame, 64),
		done:    make(chan struct{}),
		waiting: map[uint64]chan<- []byte{},
		serving: map[uint64]context.CancelFunc{},
	}
}

// Run answers the requests of the other end by serve, each in its own goroutine, and returns when the stream has
// ended, or the other end asked for that.
func (c *Conn) Run(serve func(ctx context.Context, request []byte) []byte) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go c.write()
	c.read(ctx, serve)
	c.end()
}

// Done returns a channel that is closed when the stream has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Leave asks the other end to end the stream.
func (c *Conn) Leave() { go c.send(frame{farewell, 0, nil}) }

// end has whoever waits for an answer get an error. It does not close the stream: with its process it is closed, and what yamux would still
// send about it when that is gone, it would complain of.
func (c *Conn) end() { c.ended.Do(func() { close(c.done) }) }

// Carry sends a request and returns its answer. A request is sent once: without an answer, nobody knows whether it took effect.
func (c *Conn) Carry(ctx context.Context, body []byte) ([]byte, error) {
	if len(body) > Longest {
		return nil, &crossing.Error{Code: crossing.CannotCross, Message: tooLong(len(body))}
	}
	if ctx.Err() != nil {
		return nil, given(ctx)
	}
	answered := make(chan []byte, 1)
	number := c.expect(answered)
	defer c.forget(number)
	select {
	case c.out <- frame{request, number, body}:
	case <-ctx.Done():
		return nil, given(ctx)
	case <-c.done:
		return nil, ErrEnded
	}
	select {
	case body := <-answered:
		return body, nil
	case <-ctx.Done():
		go c.send(frame{cancellation, number, nil})
		return nil, given(ctx)
	case <-c.done:
	}
	select { // it may have arrived just before the end
	case body := <-answered:
		return body, nil
	default:
		return nil, ErrEnded
	}
}

// ErrEnded says that the stream ended before an answer came.
var ErrEnded = errors.New("the stream has ended")

// given returns why a context is done, as an error of a crossing.
func given(ctx context.Context) error {
	var known *crossing.Error
	if errors.As(context.Cause(ctx), &known) {
		return known
	}
	code := crossing.Canceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = crossing.TimedOut
	}
	return &crossing.Error{Code: code, Message: ctx.Err().Error(), Cause: ctx.Err()}
}

func tooLong(size int) string {
	return fmt.Sprintf("%d bytes are too much for one call: at most %d", size, Longest)
}

func (c *Conn) expect(answered chan<- []byte) uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.last++
	c.waiting[c.last] = answered
	return c.last
}

func (c *Conn) forget(number uint64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.waiting, number)
}

func (c *Conn) send(one frame) {
	select {
	case c.out <- one:
	case <-c.done:
	}
}
