package crossing

import (
	"hash/fnv"
	"io"
	"reflect"
	"strconv"
)

// digest returns a number for a type and all that it is made of. Of types that differ in what crosses, it differs.
func (c *compiled) digest(t reflect.Type) uint64 {
	sum := fnv.New64a()
	(&describer{c, sum, map[reflect.Type]bool{}}).describe(t)
	return sum.Sum64()
}

type describer struct {
	compiled *compiled
	to       io.Writer
	seen     map[reflect.Type]bool
}

func (d *describer) write(words ...string) {
	for _, word := range words {
		io.WriteString(d.to, word) // of a hash: never fails
		io.WriteString(d.to, " ")
	}
}

func (d *describer) describe(t reflect.Type) {
	d.write(typeName(t))
	if d.seen[t] {
		return
	}
	d.seen[t] = true
	d.write(t.Kind().String())
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		d.describe(t.Elem())
	case reflect.Array:
		d.write(strconv.Itoa(t.Len()))
		d.describe(t.Elem())
	case reflect.Map:
		d.describe(t.Key())
		d.describe(t.Elem())
	case reflect.Struct:
		d.describeStruct(t)
	case reflect.Func:
		d.describeFunction(t, 0)
	case reflect.Interface:
		d.describeInterface(t)
	}
	d.write("end")
}

func (d *describer) describeStruct(t reflect.Type) {
	if d.compiled.obstacleInFields(t, map[reflect.Type]bool{t: true}) != "" {
		return // crosses by its own methods, or not at all
	}
	for i := 0; i < t.NumField(); i++ {
		d.write(t.Field(i).Name)
		d.describe(t.Field(i).Type)
	}
}

func (d *describer) describeFunction(t reflect.Type, first int) {
	d.write(strconv.Itoa(t.NumIn()-first), strconv.Itoa(t.NumOut()), strconv.FormatBool(t.IsVariadic()))
	for i := first; i < t.NumIn(); i++ {
		d.describe(t.In(i))
	}
	for i := 0; i < t.NumOut(); i++ {
		d.describe(t.Out(i))
	}
}

func (d *describer) describeInterface(t reflect.Type) {
	of := d.compiled.interfaces[t]
	if of == nil {
		return // error, any, context.Context
	}
	for _, one := range of.methods {
		d.write(one.name)
		d.describeFunction(one.function.Type(), 1)
	}
}

// typeName returns a type's name with the path of its package. Without a name, it says what reflect prints.
func typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		return "*" + typeName(t.Elem())
	}
	if t.Name() == "" || t.PkgPath() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}
