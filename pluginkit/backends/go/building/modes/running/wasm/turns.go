package wasm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pluginkit/running/crossing"
)

// turn returns when a call has its turn, or cannot have it.
func (i *instance) turn(one *call) error {
	select {
	case i.turns <- one:
		return nil
	default:
	}
	half := time.NewTimer(i.half(one.context))
	defer half.Stop()
	for {
		select {
		case i.turns <- one:
			return nil
		case <-i.over:
			return errors.New(*i.reason.Load())
		case <-one.context.Done():
			return noTurn(one.context, "another one was under way")
		case <-half.C:
			if i.waits() {
				return noTurn(one.context, "the one under way waits for its host")
			}
			half.Reset(i.options.Timeout / 10)
		}
	}
}

// half returns how long a call may wait for one that waits for the host itself: in vain, where the host's answer waits for this call. Then
// there must be time left for both. Who sets a time of its own, longer than that of all calls, knows how long that is.
func (i *instance) half(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if left := time.Until(deadline); ok && left <= i.options.Timeout {
		return left / 2
	}
	return 1<<63 - 1
}

// noTurn says that a call did not have its turn.
func noTurn(ctx context.Context, why string) error {
	code, message, cause := crossing.TimedOut, "no answer in time", error(context.DeadlineExceeded)
	if errors.Is(ctx.Err(), context.Canceled) {
		code, message, cause = crossing.Canceled, "canceled", context.Canceled
	}
	return &crossing.Error{Code: code, Message: message + ": calls of a WebAssembly module take turns, and " + why, Cause: cause}
}

// late gives a call that nobody waits for a moment to return by itself, as those do that heed their context, and has it watched.
func (i *instance) late(one *call) ([]byte, error) {
	var timeout *crossing.Error
	if errors.As(context.Cause(one.context), &timeout) && timeout.Code == crossing.TimedOut {
		i.Kill(fmt.Sprintf("a call took longer than %v", i.options.Timeout))
	}
	select {
	case <-one.done:
		return one.answer, one.err
	case <-time.After(grace / 40):
		go i.give(one)
		return nil, one.context.Err()
	}
}

// give ends the module where a call goes on for long that nobody waits for.
func (i *instance) give(one *call) {
	select {
	case <-one.done:
	case <-time.After(grace):
		i.Kill(fmt.Sprintf("a call went on for %v after its context had ended", grace))
	}
}
