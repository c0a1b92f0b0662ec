//go:build wasip1

package serving

import (
	"context"
	"sync"
	"time"
)

// often is how often the host is asked whether a call's context has ended, while the plugin waits for that.
const often = 5 * time.Millisecond

// calling is the context of one call of the host. It ends when the host's does, or when the call has returned.
type calling struct {
	number uint32
	mutex  sync.Mutex
	done   chan struct{} // nil as long as nobody waits for it
	err    error
	over   bool
}

// Deadline returns none: that crosses with the call.
func (*calling) Deadline() (deadline time.Time, ok bool) { return }

// Value returns nothing.
func (*calling) Value(any) any { return nil }

// Done returns a channel that is closed when the context ends.
func (c *calling) Done() <-chan struct{} {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.over || c.err != nil {
			c.err = context.Canceled
			close(c.done)
		} else {
			go c.watch()
		}
	}
	return c.done
}

// Err returns why the context has ended, or nil.
func (c *calling) Err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err == nil && !c.over && ended(c.number) != 0 {
		c.end()
	}
	return c.err
}

// watch asks the host from time to time. There is nothing that the host could tell it by.
func (c *calling) watch() {
	for timer := time.NewTimer(often); ; timer.Reset(often) {
		select {
		case <-timer.C:
			c.Err()
		case <-c.done:
			timer.Stop()
			return
		}
	}
}

func (c *calling) end() {
	c.err = context.Canceled
	if c.done != nil {
		close(c.done)
	}
}

// returned ends the context with its call.
func (c *calling) returned() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.err == nil {
		c.end()
	}
	c.over = true
}
