package crossing

import (
	"encoding"
	"reflect"
)

// A struct whose fields cannot all cross does so by its own methods: time.Time, netip.Addr, big.Int.

type marshaling struct {
	marshal   func(any) ([]byte, error)
	unmarshal func(any, []byte) error
	byValue   bool // the type itself has the method, and not just its pointer
}

var (
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	textMarshaler     = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// marshalled returns how a struct marshals itself, or nil where it does not. Methods of an embedded field do not count: they would leave
// out all others.
func marshalled(t reflect.Type) *marshaling {
	if own(t, binaryMarshaler) && own(t, binaryUnmarshaler) {
		return &marshaling{
			marshal:   func(value any) ([]byte, error) { return value.(encoding.BinaryMarshaler).MarshalBinary() },
			unmarshal: func(into any, data []byte) error { return into.(encoding.BinaryUnmarshaler).UnmarshalBinary(data) },
			byValue:   t.Implements(binaryMarshaler),
		}
	}
	if own(t, textMarshaler) && own(t, textUnmarshaler) {
		return &marshaling{
			marshal:   func(value any) ([]byte, error) { return value.(encoding.TextMarshaler).MarshalText() },
			unmarshal: func(into any, data []byte) error { return into.(encoding.TextUnmarshaler).UnmarshalText(data) },
			byValue:   t.Implements(textMarshaler),
		}
	}
	return nil
}

func own(t, method reflect.Type) bool {
	for i := 0; i < t.NumField(); i++ {
		if field := t.Field(i); field.Anonymous && (field.Type.Implements(method) || reflect.PointerTo(field.Type).Implements(method)) {
			return false
		}
	}
	return reflect.PointerTo(t).Implements(method)
}

func marshalledPlan(made *plan, t reflect.Type, by *marshaling) {
	made.encode = func(e *encoder, v reflect.Value) {
		if !by.byValue {
			pointed := reflect.New(t)
			pointed.Elem().Set(v)
			v = pointed
		}
		data, err := by.marshal(v.Interface())
		if err != nil {
			panic(cannotCross("%s: %s", t, err))
		}
		e.uint(uint64(len(data)))
		e.bytes = append(e.bytes, data...)
	}
	made.decode = func(d *decoder, v reflect.Value) {
		data := append([]byte(nil), d.take(d.count(1))...) // which unmarshal may keep
		if err := by.unmarshal(v.Addr().Interface(), data); err != nil {
			panic(cannotCross("%s: %s", t, err))
		}
	}
}
