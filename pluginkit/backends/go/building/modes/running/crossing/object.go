package crossing

// Object is something on the other side that implements an interface of the table.
type Object struct{}

// Call calls a method. Results are pointers; a variadic parameter is one argument, a slice. A context among the arguments gives deadline
// and cancellation.
//
// The error is that of the crossing, never one that the method returned: an *Error. Where the method has no error result, OnFailure was
// told. The results are zero values then.
func (o *Object) Call(method string, results []any, arguments ...any) error { return nil }

// Symbol is an exported function of the other side.
type Symbol struct{}

// Call calls the function, as [Object.Call] does a method.
func (s *Symbol) Call(results []any, arguments ...any) error { return nil }
