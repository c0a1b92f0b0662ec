package main

import (
	"go/types"
	"sort"
)

func (d *declarer) declareType(object *types.TypeName, named *types.Named) {
	name := d.qualified(object)
	head := "type " + name + d.parameters(named.TypeParams()) + " "
	if named.TypeParams().Len() == 0 {
		d.types = append(d.types, named)
	}
	switch t := named.Underlying().(type) {
	case *types.Struct:
		d.fields(object, t)
		d.promoted(object, named, t)
		d.line(object, head+braced("struct", fieldNames(t))+comparability(named))
	case *types.Interface:
		for i := 0; i < t.NumMethods(); i++ {
			method := t.Method(i)
			d.line(method, "type "+name+" interface, "+method.Name()+d.signature(method.Type().(*types.Signature)))
		}
		d.embeddedUnknown(object, t)
		d.line(object, head+braced("interface", d.constraints(t)))
	default:
		d.line(object, head+d.spell(t)+comparability(named))
	}
}

func fieldNames(t *types.Struct) []string {
	names := make([]string, t.NumFields())
	for i := range names {
		names[i] = t.Field(i).Name()
	}
	return names
}

// comparability marks types whose values cannot be compared although others of their kind can.
func comparability(named *types.Named) string {
	switch named.Underlying().(type) {
	case *types.Struct, *types.Array:
		if !types.Comparable(named) {
			return " //incomparable"
		}
	}
	return ""
}

// fields declares the fields of a struct. Types of which only unexported fields are made are nobody's business.
func (d *declarer) fields(object *types.TypeName, t *types.Struct) {
	quiet := d.speller
	quiet.seen = nil
	for i := 0; i < t.NumFields(); i++ {
		field := t.Field(i)
		start := "type " + d.qualified(object) + " struct, "
		switch {
		case field.Embedded():
			d.line(field, start+"embedded "+d.field(t, i))
			if named := namedBehind(field.Type()); named != nil && d.missing(named.Obj().Pkg()) {
				d.unknown("type " + d.qualified(object) + " embeds " + d.qualified(named.Obj()))
			}
		case field.Exported():
			d.line(field, start+d.field(t, i))
		default:
			d.line(field, start+quiet.field(t, i))
		}
	}
}

// embeddedUnknown says what an interface embeds that nothing is known of.
func (d *declarer) embeddedUnknown(object *types.TypeName, t *types.Interface) {
	for i := 0; i < t.NumEmbeddeds(); i++ {
		if named := namedBehind(t.EmbeddedType(i)); named != nil && d.missing(named.Obj().Pkg()) {
			d.unknown("type " + d.qualified(object) + " embeds " + d.qualified(named.Obj()))
		}
	}
}

// promoted declares the exported fields that a struct has from what it embeds.
func (d *declarer) promoted(object *types.TypeName, named *types.Named, t *types.Struct) {
	found := map[string]bool{}
	candidates(t, found, map[types.Type]bool{})
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		selected, path, _ := types.LookupFieldOrMethod(named, true, d.pkg, name)
		if field, is := selected.(*types.Var); is && len(path) > 1 {
			d.line(field, "type "+d.qualified(object)+" struct, promoted "+name+" "+d.spell(field.Type()))
		}
	}
}

// candidates adds the exported fields of all structs that a struct embeds.
func candidates(t *types.Struct, found map[string]bool, visited map[types.Type]bool) {
	for i := 0; i < t.NumFields(); i++ {
		field := t.Field(i)
		if !field.Embedded() || visited[field.Type()] {
			continue
		}
		visited[field.Type()] = true
		inner := unalias(field.Type())
		if pointer, is := inner.(*types.Pointer); is {
			inner = pointer.Elem()
		}
		if embedded, is := inner.Underlying().(*types.Struct); is {
			for j := 0; j < embedded.NumFields(); j++ {
				if embedded.Field(j).Exported() {
					found[embedded.Field(j).Name()] = true
				}
			}
			candidates(embedded, found, visited)
		}
	}
}

// methods declares the exported methods of a type that is no interface, its own and those of what it embeds.
func (d *declarer) methods(object *types.TypeName, named *types.Named) {
	if types.IsInterface(named) {
		return
	}
	values, all := types.NewMethodSet(named), types.NewMethodSet(types.NewPointer(named))
	if all.Len() == 0 {
		all = values
	}
	for i := 0; i < all.Len(); i++ {
		method := all.At(i).Obj()
		if !method.Exported() {
			continue
		}
		signature := all.At(i).Type().(*types.Signature)
		own := d.speller
		own.own, own.receiver = signature.TypeParams(), named.TypeParams().Len()
		receiver := "*"
		if values.Lookup(method.Pkg(), method.Name()) != nil {
			receiver = ""
		}
		text := method.Name() + own.parameters(signature.TypeParams()) + own.signature(signature)
		d.line(method, "method ("+receiver+d.qualified(object)+") "+text)
	}
}

// fulfilled says which types of the surface have the unexported methods of which of its interfaces: only types of
// the package can, so that importers depend on it.
func (d *declarer) fulfilled() {
	for _, contract := range d.types {
		wanted, is := contract.Underlying().(*types.Interface)
		if !is || !sealed(wanted) {
			continue
		}
		for _, named := range d.types {
			end := d.qualified(named.Obj()) + " implements " + d.qualified(contract.Obj())
			switch {
			case named == contract:
			case types.Implements(named, wanted):
				d.lines = append(d.lines, "pkg "+d.pkg.Path()+", type "+end)
			case types.Implements(types.NewPointer(named), wanted):
				d.lines = append(d.lines, "pkg "+d.pkg.Path()+", type *"+end)
			}
		}
	}
}

func sealed(t *types.Interface) bool {
	for i := 0; i < t.NumMethods(); i++ {
		if !t.Method(i).Exported() {
			return true
		}
	}
	return false
}
