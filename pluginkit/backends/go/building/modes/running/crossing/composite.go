package crossing

import (
	"reflect"
	"slices"
	"strings"
)

func (c *compiled) pointerPlan(made *plan, t reflect.Type) {
	element := c.plan(t.Elem())
	made.encode = func(e *encoder, v reflect.Value) {
		e.bool(!v.IsNil())
		if !v.IsNil() {
			e.enter()
			element.encode(e, v.Elem())
			e.leave()
		}
	}
	made.decode = func(d *decoder, v reflect.Value) {
		if !d.bool() {
			v.SetZero()
			return
		}
		d.enter()
		pointed := reflect.New(t.Elem())
		element.decode(d, pointed.Elem())
		v.Set(pointed)
		d.leave()
	}
}

// Slices and maps have their length and one on the wire: 0 is nil.

func encodeBytes(e *encoder, v reflect.Value) {
	if v.IsNil() {
		e.byte(0)
		return
	}
	e.uint(uint64(v.Len()) + 1)
	e.bytes = append(e.bytes, v.Bytes()...)
}

func decodeBytes(d *decoder, v reflect.Value) {
	length := d.length(1)
	if length < 0 {
		v.SetZero()
		return
	}
	copied := make([]byte, length)
	copy(copied, d.take(length))
	v.SetBytes(copied)
}

// length reads that of a slice or map: -1 for nil.
func (d *decoder) length(least int) int {
	n := d.uint()
	if n == 0 {
		return -1
	}
	d.check(n-1, least)
	return int(n - 1)
}

func (c *compiled) slicePlan(made *plan, t reflect.Type) {
	if t.Elem().Kind() == reflect.Uint8 {
		made.encode, made.decode = encodeBytes, decodeBytes
		return
	}
	element := c.plan(t.Elem())
	made.encode = func(e *encoder, v reflect.Value) {
		if v.IsNil() {
			e.byte(0)
			return
		}
		e.enter()
		e.uint(uint64(v.Len()) + 1)
		for i, length := 0, v.Len(); i < length; i++ {
			element.encode(e, v.Index(i))
		}
		e.leave()
	}
	made.decode = func(d *decoder, v reflect.Value) {
		length := d.length(element.least)
		if length < 0 {
			v.SetZero()
			return
		}
		d.enter()
		slice := reflect.MakeSlice(t, length, length)
		for i := 0; i < length; i++ {
			element.decode(d, slice.Index(i))
		}
		v.Set(slice)
		d.leave()
	}
}

// arrayPlan writes a byte for an array without elements, as structPlan does for a struct without fields: every value takes up room, so
// that a length can be compared with what is left.
func (c *compiled) arrayPlan(made *plan, t reflect.Type) {
	element, length := c.plan(t.Elem()), t.Len()
	made.least = max(1, length*element.least)
	made.encode = func(e *encoder, v reflect.Value) {
		for i := 0; i < length; i++ {
			element.encode(e, v.Index(i))
		}
		if length == 0 {
			e.byte(0)
		}
	}
	made.decode = func(d *decoder, v reflect.Value) {
		for i := 0; i < length; i++ {
			element.decode(d, v.Index(i))
		}
		if length == 0 {
			d.byte()
		}
	}
}

func (c *compiled) mapPlan(made *plan, t reflect.Type) {
	key, element := c.plan(t.Key()), c.plan(t.Elem())
	sorted := c.interfaces[t.Elem()] != nil && t.Key().Kind() == reflect.String // Replay compares objects by their order
	made.encode = func(e *encoder, v reflect.Value) {
		if v.IsNil() {
			e.byte(0)
			return
		}
		e.enter()
		e.uint(uint64(v.Len()) + 1)
		for each := v.MapRange(); !sorted && each.Next(); {
			key.encode(e, each.Key())
			element.encode(e, each.Value())
		}
		for _, one := range sortedKeys(v, sorted) {
			key.encode(e, one)
			element.encode(e, v.MapIndex(one))
		}
		e.leave()
	}
	made.decode = func(d *decoder, v reflect.Value) {
		length := d.length(key.least + element.least)
		if length < 0 {
			v.SetZero()
			return
		}
		d.enter()
		made := reflect.MakeMapWithSize(t, length)
		for i := 0; i < length; i++ {
			oneKey, one := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			key.decode(d, oneKey)
			element.decode(d, one)
			made.SetMapIndex(oneKey, one)
		}
		v.Set(made)
		d.leave()
	}
}

func sortedKeys(v reflect.Value, sorted bool) []reflect.Value {
	if !sorted {
		return nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

func (c *compiled) structPlan(made *plan, t reflect.Type) {
	if reason := c.obstacleInFields(t, map[reflect.Type]bool{t: true}); reason != "" {
		marshalledPlan(made, t, marshalled(t))
		return
	}
	var indices []int
	var fields []*plan
	made.least = 0
	for i := 0; i < t.NumField(); i++ {
		if t.Field(i).Name != "_" {
			indices, fields = append(indices, i), append(fields, c.plan(t.Field(i).Type))
			made.least += fields[len(fields)-1].least
		}
	}
	made.least = max(made.least, 1)
	made.encode = func(e *encoder, v reflect.Value) {
		for i, field := range fields {
			field.encode(e, v.Field(indices[i]))
		}
		if len(fields) == 0 {
			e.byte(0)
		}
	}
	made.decode = func(d *decoder, v reflect.Value) {
		for i, field := range fields {
			field.decode(d, v.Field(indices[i]))
		}
		if len(fields) == 0 {
			d.byte()
		}
	}
}
