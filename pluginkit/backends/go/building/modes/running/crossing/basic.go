package crossing

import (
	"fmt"
	"reflect"
)

func basicPlan(made *plan, kind reflect.Kind) {
	switch kind {
	case reflect.Bool:
		made.encode = func(e *encoder, v reflect.Value) { e.bool(v.Bool()) }
		made.decode = func(d *decoder, v reflect.Value) { v.SetBool(d.bool()) }
	case reflect.String:
		made.encode = func(e *encoder, v reflect.Value) { e.string(v.String()) }
		made.decode = func(d *decoder, v reflect.Value) { v.SetString(d.string()) }
	case reflect.Float32, reflect.Float64:
		made.encode, made.decode, made.least = encodeFloat, decodeFloat, 8
	case reflect.Complex64, reflect.Complex128:
		made.encode, made.decode, made.least = encodeComplex, decodeComplex, 16
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		made.encode, made.decode = encodeInt, decodeInt
	default:
		made.encode, made.decode = encodeUint, decodeUint
	}
}

func encodeFloat(e *encoder, v reflect.Value) { e.float(v.Float()) }

func decodeFloat(d *decoder, v reflect.Value) { v.SetFloat(d.float()) }

func encodeComplex(e *encoder, v reflect.Value) {
	e.float(real(v.Complex()))
	e.float(imag(v.Complex()))
}

func decodeComplex(d *decoder, v reflect.Value) {
	realPart := d.float()
	v.SetComplex(complex(realPart, d.float()))
}

func encodeInt(e *encoder, v reflect.Value) { e.int(v.Int()) }

func decodeInt(d *decoder, v reflect.Value) {
	n := d.int()
	if v.OverflowInt(n) {
		panic(cannotCross("%d does not fit into %s", n, v.Type()))
	}
	v.SetInt(n)
}

func encodeUint(e *encoder, v reflect.Value) { e.uint(v.Uint()) }

func decodeUint(d *decoder, v reflect.Value) {
	n := d.uint()
	if v.OverflowUint(n) {
		panic(cannotCross("%d does not fit into %s", n, v.Type()))
	}
	v.SetUint(n)
}

// basics are the types that `any` carries as they are, by kind; []byte has the number of a slice.
var basics = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Uint32: reflect.TypeFor[uint32](), reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uintptr: reflect.TypeFor[uintptr](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Complex64: reflect.TypeFor[complex64](), reflect.Complex128: reflect.TypeFor[complex128](),
	reflect.Slice: reflect.TypeFor[[]byte](),
}

// basicPlans are the plans of basics, by kind.
var basicPlans = func() map[reflect.Kind]*plan {
	made := map[reflect.Kind]*plan{}
	for kind := range basics {
		made[kind] = &plan{least: 1}
		if kind == reflect.Slice {
			made[kind].encode, made[kind].decode = encodeBytes, decodeBytes
		} else {
			basicPlan(made[kind], kind)
		}
	}
	return made
}()

// encodeAny writes a basic value or []byte with its type, and of all others the text that %v gives. A type of the API that is basic
// underneath, and does not print itself, crosses as what it is underneath: %d and %s go on working.
func encodeAny(e *encoder, v reflect.Value) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		e.byte(byte(reflect.Invalid))
		return
	}
	kind := v.Kind()
	if basic := basics[kind]; basic == nil || !v.CanConvert(basic) || (v.Type() != basic && printsItself(v)) {
		e.byte(byte(reflect.String))
		e.string(text(v.Interface()))
		return
	}
	e.byte(byte(kind))
	basicPlans[kind].encode(e, v)
}

func printsItself(v reflect.Value) bool {
	switch v.Interface().(type) {
	case error, fmt.Stringer, fmt.Formatter:
		return true
	}
	return false
}

func decodeAny(d *decoder, v reflect.Value) {
	kind := reflect.Kind(d.byte())
	if kind == reflect.Invalid {
		v.SetZero()
		return
	}
	basic := basics[kind]
	if basic == nil {
		panic(cannotCross("%d is not the number of a basic type", kind))
	}
	value := reflect.New(basic).Elem()
	basicPlans[kind].decode(d, value)
	v.Set(value)
}

// text returns what %v prints. Where a method panics, that says so.
func text(value any) string { return fmt.Sprint(value) }
