package subprocess

import (
	"errors"
	"sync"
	"time"

	"pluginkit/running/crossing"
)

// Session is a plugin that runs in a process of its own, or in one after the other.
//
// A call that is under way when the process ends returns an error. It is not repeated: it may have had its effect before.
type Session struct {
	options Options
	image   *image
	peer    *crossing.Peer

	mutex   sync.Mutex
	current *process
	started bool // what was called until now is repeated in a new process
	closed  bool
	ends    []time.Time   // of processes, within the period
	told    chan struct{} // closed when Failed has returned for the last time until now
	over    chan struct{}
	closing chan struct{}
}

// Start runs the executable whose bytes these are. Nothing of the plugin but its init functions has run when it returns. It returns an
// error for one that was built from another copy of the API.
func Start(executable []byte, options Options) (*Session, error) {
	options = options.complete()
	kept, err := keep(executable)
	if err != nil {
		return nil, err
	}
	s := &Session{options: options, image: kept, over: make(chan struct{}), closing: make(chan struct{})}
	first, err := s.start()
	if err != nil {
		kept.Close()
		return nil, err
	}
	s.peer = crossing.NewPeer(options.Table, first, crossing.Options{Timeout: options.Timeout, OnFailure: s.tell})
	s.current = first
	go first.run(s.peer.Serve)
	go s.supervise(first)
	if _, err := s.peer.Exports(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Lookup returns what the plugin exports by that name.
func (s *Session) Lookup(name string) (any, error) { return s.peer.Lookup(name) }

// Started says that the plugin is in use. Until then it is not started again when it ends; what was called of its exported functions until
// then is called in each new process.
func (s *Session) Started() {
	s.mutex.Lock()
	s.started = true
	s.mutex.Unlock()
	s.peer.Started()
}

// Close asks the process to end, ends it where it does not, and returns when it is gone.
func (s *Session) Close() error {
	s.mutex.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	current := s.current
	s.mutex.Unlock()
	current.quit()
	<-s.over
	return nil
}

// tell passes on what went wrong in calls that cannot return it. That a process ended is told once, by who waits for it.
func (s *Session) tell(err error) {
	var failure *crossing.Error
	if !errors.As(err, &failure) {
		return
	}
	switch failure.Code {
	case crossing.Ended, crossing.TimedOut, crossing.Canceled:
	case crossing.Restarted:
		s.report(fatal, failure.Message, true)
	default:
		s.report(own, failure.Message, true)
	}
}

// report tells what happened, one thing after the other. It does not wait: who is told may close the session.
func (s *Session) report(code, message string, running bool) {
	done := make(chan struct{})
	s.mutex.Lock()
	before := s.told
	s.told = done
	s.mutex.Unlock()
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		s.options.Failed(code, message, running)
	}()
}

func (s *Session) start() (*process, error) { return start(s.image, s.options) }

// supervise waits for the end of one process after the other, and starts the next where that is allowed.
func (s *Session) supervise(current *process) {
	defer close(s.over)
	defer s.image.Close()
	for current != nil {
		reason := current.wait()
		current = s.next("ended: " + reason)
	}
}

// next returns the process that takes the place of one that ended; nil where none does.
func (s *Session) next(ended string) *process {
	for message := ended; ; {
		pause, again := s.mayStart()
		if s.isClosed() {
			return nil
		}
		if !again {
			s.report(fatal, message, false)
			return nil
		}
		if !s.sleep(pause) {
			return nil
		}
		fresh, err := s.restart()
		if err == nil {
			s.report(fatal, message, true)
			return fresh
		}
		message = ended + "; cannot be started again: " + err.Error()
	}
}

// mayStart counts the end of a process, and returns after which pause there may be another one.
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

// restart starts a process and has the peer go over to it.
func (s *Session) restart() (*process, error) {
	fresh, err := s.start()
	if err != nil {
		return nil, err
	}
	go fresh.run(s.peer.Serve)
	if err = s.adopt(fresh); err == nil {
		err = s.peer.Replay(fresh)
	}
	if err != nil {
		fresh.kill("")
		fresh.wait()
		return nil, err
	}
	return fresh, nil
}

// adopt makes a process the one that Close ends.
func (s *Session) adopt(fresh *process) error {
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
