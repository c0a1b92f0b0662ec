package crossing

import (
	"reflect"
	"sync"
)

// Table is what the generated adapter knows of the types that cross. It must not be changed after its first use.
type Table struct {
	Interfaces []Interface      // whose values cross by reference
	Functions  []Function       // types of exported functions that the other side may be asked for
	Errors     map[string]error // exported error values, by "import/path.Name": they keep their identity
	ErrorTypes []reflect.Type   // exported types of the API that are errors and whose fields cross, as T or *T

	once  sync.Once
	ready *compiled
}

// Interface is a type whose values stay where they are; the other side gets a proxy.
type Interface struct {
	Type    reflect.Type      // of the interface: reflect.TypeFor[pluginapi.Plugin]()
	Methods []Method          // all of them, embedded ones too
	Proxy   func(*Object) any // returns a struct (no pointer) of one field, the *Object, that implements Type
}

// Method is one of an interface's methods. A method expression, and not reflection, gives it, so that the linker still leaves out what
// nobody calls.
type Method struct {
	Name     string
	Function any // the method expression: pluginapi.Plugin.Handle
}

// Function is a type of functions that a peer exports.
type Function struct {
	Type reflect.Type      // reflect.TypeFor[func(pluginapi.Host) error]()
	Make func(*Symbol) any // returns a func of that type, which calls the symbol on the other side
}
