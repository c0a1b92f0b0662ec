package supervision

import (
	"errors"

	"pluginkit/running/crossing"
)

// tell passes on what went wrong in calls that cannot return it. That a run ended is told once, by who waits for it.
func (s *Session[R]) tell(err error) {
	var failure *crossing.Error
	if !errors.As(err, &failure) {
		return
	}
	switch failure.Code {
	case crossing.Ended, crossing.TimedOut, crossing.Canceled:
	case crossing.Restarted:
		s.report(Fatal, failure.Message, true)
	default:
		s.report(Own, failure.Message, true)
	}
}

// report tells what happened, one thing after the other. It does not wait: who is told may close the session.
func (s *Session[R]) report(code, message string, running bool) {
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
		s.plan.Failed(code, message, running)
	}()
}
