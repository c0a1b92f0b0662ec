package wasm

import (
	"context"
	"errors"
	"sync"
	"time"

	"pluginkit/running/crossing"
)

// Session is a plugin that runs as a module, or as one after the other.
//
// A call that is under way when the module ends returns an error. It is not repeated: it may have had its effect before.
type Session struct {
	options Options
	program *program
	peer    *crossing.Peer

	mutex   sync.Mutex
	current *instance
	started bool // what was called until now is repeated in a new module
	closed  bool
	ends    []time.Time // of modules, within the period
	over    chan struct{}
	closing chan struct{}
}

// Start runs the module whose bytes these are. Nothing of the plugin but its init functions has run when it returns. It returns an error for
// one that was built from another copy of the API.
func Start(module []byte, options Options) (*Session, error) {
	options = options.complete()
	compiled, err := compile(context.Background(), module, options)
	if err != nil {
		return nil, err
	}
	s := &Session{options: options, program: compiled, over: make(chan struct{}), closing: make(chan struct{})}
	first := &later{}
	s.peer = crossing.NewPeer(options.Table, first, crossing.Options{Timeout: options.Timeout, OnFailure: s.tell})
	if first.instance, err = newInstance(compiled, s.peer.Serve); err != nil {
		compiled.Close()
		return nil, err
	}
	s.current = first.instance
	go s.supervise(first.instance)
	if _, err := s.peer.Exports(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// later is an instance that is not there yet when the peer is made which it asks.
type later struct{ *instance }

// Lookup returns what the plugin exports by that name.
func (s *Session) Lookup(name string) (any, error) { return s.peer.Lookup(name) }

// Started says that the plugin is in use. Until then it is not started again when it ends; what was called of its exported functions until
// then is called in each new module.
func (s *Session) Started() {
	s.mutex.Lock()
	s.started = true
	s.mutex.Unlock()
	s.peer.Started()
}

// Close ends the module, and returns when it has ended, or soon where it waits for the host. A call that is under way returns an error.
func (s *Session) Close() error {
	s.mutex.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	current := s.current
	s.mutex.Unlock()
	current.kill("closed")
	select {
	case <-s.over:
	case <-time.After(grace): // it is the host's code that is under way, and that may be what closes the session
	}
	return nil
}

// tell passes on what went wrong in calls that cannot return it. That a module ended is told once, by who waits for it.
func (s *Session) tell(err error) {
	var failure *crossing.Error
	if !errors.As(err, &failure) {
		return
	}
	switch failure.Code {
	case crossing.Ended, crossing.TimedOut, crossing.Canceled:
	case crossing.Restarted:
		s.options.Failed(fatal, failure.Message, true)
	default:
		s.options.Failed(own, failure.Message, true)
	}
}

// supervise waits for the end of one module after the other, and starts the next where that is allowed.
func (s *Session) supervise(current *instance) {
	defer close(s.over)
	defer s.program.Close()
	for current != nil {
		<-current.over
		current = s.next("ended: " + *current.reason.Load())
	}
}

// next returns the module that takes the place of one that ended; nil where none does.
func (s *Session) next(message string) *instance {
	for {
		pause, again := s.mayStart()
		if s.isClosed() {
			return nil
		}
		if !again {
			s.options.Failed(fatal, message, false)
			return nil
		}
		if !s.sleep(pause) {
			return nil
		}
		fresh, err := s.restart()
		if err == nil {
			s.options.Failed(fatal, message, true)
			return fresh
		}
		message += "; cannot be started again: " + err.Error()
	}
}

// mayStart counts the end of a module, and returns after which pause there may be another one.
func (s *Session) mayStart() (time.Duration, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now()
	for len(s.ends) > 0 && now.Sub(s.ends[0]) > period {
		s.ends = s.ends[1:]
	}
	s.ends = append(s.ends, now)
	if !s.started || len(s.ends) > s.options.Restarts {
		return 0, false
	}
	if len(s.ends) == 1 {
		return 0, true
	}
	return min(firstPause<<min(len(s.ends)-2, 10), longestPause), true
}

func (s *Session) sleep(pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-s.closing:
		return false
	}
}

// restart starts a module and has the peer go over to it.
func (s *Session) restart() (*instance, error) {
	fresh, err := newInstance(s.program, s.peer.Serve)
	if err != nil {
		return nil, err
	}
	if err = s.peer.Replay(fresh); err == nil {
		if err = s.adopt(fresh); err == nil {
			return fresh, nil
		}
	}
	fresh.kill("not taken")
	<-fresh.over
	return nil, err
}

func (s *Session) adopt(fresh *instance) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return errors.New("closed")
	}
	s.current = fresh
	return nil
}

func (s *Session) isClosed() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.closed
}
