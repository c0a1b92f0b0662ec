package crossing

// Code says what went wrong in a crossing.
type Code string

// What can go wrong in a crossing.
const (
	Ended       Code = "ended"        // the other side is gone
	TimedOut    Code = "timeout"      // it did not answer in time
	Canceled    Code = "canceled"     // the caller did not wait for the answer
	Panicked    Code = "panicked"     // the called function panicked
	CannotCross Code = "cannot cross" // a value, or what came in place of one
	Missing     Code = "missing"      // the other side exports no symbol of that name
	Mismatched  Code = "mismatch"     // the sides were built from different copies of the API or of this package
	Restarted   Code = "restarted"    // the object belonged to a side that has ended; another runs in its place
)

// Error is a failure of a crossing.
type Error struct {
	Code    Code
	Message string
	Stack   string // of the other side, where it panicked
	Cause   error  // such as context.DeadlineExceeded, or nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// in returns the error with the name of what was called before its message.
func (e *Error) in(what string) *Error {
	if what == "" {
		return e
	}
	said := *e
	said.Message = what + ": " + e.Message
	return &said
}
