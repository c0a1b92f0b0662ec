// Package supervision starts a plugin that runs apart from its host again when it ends, and gives up one that ends too often.
package supervision

import (
	"context"
	"errors"
	"sync"
	"time"

	"pluginkit/running/crossing"
)

// Run is a plugin from its start to its end: a process, or a module.
type Run interface {
	crossing.Carrier
	// Wait returns when it has ended, and says why.
	Wait() string
	// Kill ends it at once, for a reason. It may return before it has ended.
	Kill(reason string)
	// Quit ends it for Close.
	Quit()
}

// Session is a plugin in one run, or in one after the other.
//
// A call that is under way when a run ends returns an error. It is not repeated: it may have had its effect before.
type Session[R Run] struct {
	plan Plan[R]
	peer *crossing.Peer

	mutex   sync.Mutex
	current R
	started bool // what was called until now is repeated in a new run
	closed  bool
	ends    []time.Time   // of runs, within the period
	told    chan struct{} // closed when Failed has returned for the last time until now
	over    chan struct{}
	closing chan struct{}
}

// Start starts a plugin. Nothing of it but its init functions has run when it returns. It returns an error for one that was built from
// another copy of the API; nothing of the plan is in use any more then.
func Start[R Run](plan Plan[R]) (*Session[R], error) {
	s := &Session[R]{plan: plan, over: make(chan struct{}), closing: make(chan struct{})}
	first := &later[R]{}
	s.peer = crossing.NewPeer(plan.Table, first, crossing.Options{Timeout: plan.Timeout, OnFailure: s.tell})
	run, err := plan.Start(s.peer.Serve)
	if err != nil {
		plan.Release()
		return nil, err
	}
	first.run, s.current = run, run
	go s.supervise(run)
	if _, err := s.peer.Exports(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// later is the first run, which is not there yet when the peer is made that it answers to. Nothing is called before it is.
type later[R Run] struct{ run R }

// Carry takes a request to the run.
func (l *later[R]) Carry(ctx context.Context, request []byte) ([]byte, error) {
	return l.run.Carry(ctx, request)
}

// Lookup returns what the plugin exports by that name.
func (s *Session[R]) Lookup(name string) (any, error) { return s.peer.Lookup(name) }

// Started says that the plugin is in use. Until then it is not started again when it ends; what was called of its exported functions until
// then is called in each new run.
func (s *Session[R]) Started() {
	s.mutex.Lock()
	s.started = true
	s.mutex.Unlock()
	s.peer.Started()
}

// Current returns the last run.
func (s *Session[R]) Current() R {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.current
}

// Close ends the plugin, and returns when it has ended, or when that takes longer than the plan allows. A call that is under way returns an
// error.
func (s *Session[R]) Close() error {
	s.mutex.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	current := s.current
	s.mutex.Unlock()
	current.Quit()
	if s.plan.Grace == 0 {
		<-s.over
		return nil
	}
	late := time.NewTimer(s.plan.Grace)
	defer late.Stop()
	select {
	case <-s.over:
	case <-late.C:
	}
	return nil
}

// supervise waits for the end of one run after the other, and starts the next where that is allowed.
func (s *Session[R]) supervise(current R) {
	defer close(s.over)
	defer s.plan.Release()
	for again := true; again; {
		reason := current.Wait()
		current, again = s.next("ended: " + reason)
	}
}

// next returns the run that takes the place of one that ended, and whether there is one.
func (s *Session[R]) next(ended string) (none R, _ bool) {
	for message := ended; ; {
		pause, again := s.mayStart()
		if s.isClosed() {
			return none, false
		}
		if !again {
			s.report(Fatal, message, false)
			return none, false
		}
		if !s.sleep(pause) {
			return none, false
		}
		fresh, err := s.restart()
		if err == nil {
			s.report(Fatal, message, true)
			return fresh, true
		}
		message = ended + "; cannot be started again: " + err.Error()
	}
}

// mayStart counts the end of a run, and returns after which pause there may be another one.
func (s *Session[R]) mayStart() (time.Duration, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now()
	for len(s.ends) > 0 && now.Sub(s.ends[0]) > period {
		s.ends = s.ends[1:]
	}
	s.ends = append(s.ends, now)
	if !s.started || len(s.ends) > s.plan.Restarts {
		return 0, false
	}
	if len(s.ends) == 1 {
		return 0, true
	}
	return min(firstPause<<min(len(s.ends)-2, 10), s.plan.LongestPause), true
}

func (s *Session[R]) sleep(pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-s.closing:
		return false
	}
}

// restart starts another run and has the peer go over to it.
func (s *Session[R]) restart() (none R, _ error) {
	fresh, err := s.plan.Start(s.peer.Serve)
	if err != nil {
		return none, err
	}
	if err = s.adopt(fresh); err == nil {
		err = s.peer.Replay(fresh)
	}
	if err != nil {
		fresh.Kill("not taken")
		fresh.Wait()
		return none, err
	}
	return fresh, nil
}

// adopt makes a run the one that Close ends.
func (s *Session[R]) adopt(fresh R) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return errors.New("closed")
	}
	s.current = fresh
	return nil
}

func (s *Session[R]) isClosed() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.closed
}
