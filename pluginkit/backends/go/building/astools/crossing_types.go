package main

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// crosser decides what can be copied, or referred to, from a process to another one.
type crosser struct {
	namer *namer
	// crosses has the types of which that is known, by their exact spelling.
	crosses map[string]bool
	// interfaces are those whose values cross by reference, in the order in which they were reached.
	interfaces []types.Type
	// mentioned has the interfaces that functions and methods name.
	mentioned map[string]bool
	// apis are the packages whose interfaces need no introduction.
	apis []*types.Package
}

// reached is an interface, and what first led to it.
type reached struct {
	types.Type
	by string
}

// visit is one look at what types are made of. Only one that ended well changes what the crosser knows.
type visit struct {
	*crosser
	seen    map[string]bool
	reached []reached
	// at is what is being looked at: a function, or a method of an interface.
	at       string
	problems []string
}

func (c *crosser) visit() *visit { return &visit{crosser: c, seen: map[string]bool{}} }

// end looks at all that was reached. Without problems it is known from now on; it returns whether that is so.
func (v *visit) end() bool {
	for i := 0; i < len(v.reached); i++ {
		v.methods(v.reached[i])
	}
	if len(v.problems) > 0 {
		return false
	}
	for spelled := range v.seen {
		v.crosses[spelled] = true
	}
	for _, one := range v.reached {
		v.interfaces = append(v.interfaces, one.Type)
	}
	return true
}

// methods looks at the methods of an interface that was reached.
func (v *visit) methods(one reached) {
	contract := one.Underlying().(*types.Interface)
	named, is := one.Type.(*types.Named)
	known := is && (one.by == "" || slices.Contains(v.apis, named.Obj().Pkg()))
	for i := 0; i < contract.NumMethods(); i++ {
		method := contract.Method(i)
		name := reflected.spell(one.Type) + "." + method.Name()
		if !known {
			name += ", which " + one.by + " needs"
		}
		v.signature(name, method.Type().(*types.Signature))
	}
}

// signature looks at a function, or a method: each parameter, each result, and whether sources can name their types.
func (v *visit) signature(name string, signature *types.Signature) {
	before := len(v.problems)
	v.at, _, _ = strings.Cut(name, ",")
	for i := 0; i < signature.Params().Len(); i++ {
		parameter := signature.Params().At(i)
		if !isContext(parameter.Type()) {
			v.part(name, parameterName(parameter, i, signature.Params().Len()), parameter.Type())
		}
	}
	for i := 0; i < signature.Results().Len(); i++ {
		v.part(name, numbered("result", i, signature.Results().Len()), signature.Results().At(i).Type())
	}
	if len(v.problems) > before {
		return
	}
	if unnamed := v.namer.unnameable(signature); unnamed != "" {
		v.problem(name, "its type names "+unnamed)
	}
}

func (v *visit) part(name, part string, t types.Type) {
	if refused := v.value(t); refused.is() {
		v.problem(name, refused.said("its "+part))
	}
}

func (v *visit) problem(name, what string) { v.problems = append(v.problems, name+": "+what) }

func parameterName(parameter *types.Var, i, count int) string {
	if name := parameter.Name(); name != "" && name != "_" {
		return "parameter " + name
	}
	return numbered("parameter", i, count)
}

func numbered(what string, i, count int) string {
	ordinals := []string{"first", "second", "third"}
	switch {
	case count == 1:
		return what
	case i < len(ordinals):
		return ordinals[i] + " " + what
	}
	return fmt.Sprintf("%s %d", what, i+1)
}

// value returns why values of a type do not cross.
func (v *visit) value(t types.Type) refusal {
	t = unalias(t)
	spelled := exact(t)
	if types.IsInterface(t) && v.at != "" {
		v.mentioned[spelled] = true
	}
	if v.crosses[spelled] || v.seen[spelled] {
		return refusal{}
	}
	v.seen[spelled] = true // a type may be made of itself
	refused := v.decide(t)
	if refused.is() {
		delete(v.seen, spelled)
	}
	return refused
}

func (v *visit) decide(t types.Type) refusal {
	switch {
	case isContext(t):
		return refusal{what: "a context.Context", tail: "which crosses only as a parameter"}
	case isError(t):
		return refusal{}
	case parametric(t):
		return refusal{what: "a type parameter (" + reflected.spell(t) + ")"}
	}
	switch under := t.Underlying().(type) {
	case *types.Basic:
		return basic(t, under)
	case *types.Pointer:
		return v.value(under.Elem()).within()
	case *types.Slice:
		return v.value(under.Elem()).within()
	case *types.Array:
		return v.value(under.Elem()).within()
	case *types.Map:
		return v.mapping(under)
	case *types.Struct:
		return v.structure(t, under)
	case *types.Interface:
		return v.contract(t, under)
	}
	return refusal{what: kind(t) + " (" + reflected.spell(t) + ")"}
}

func basic(t types.Type, under *types.Basic) refusal {
	switch under.Kind() {
	case types.UnsafePointer:
		return refusal{what: "an " + reflected.spell(t)}
	case types.Uintptr:
		return refusal{what: "an address (" + reflected.spell(t) + ")", tail: "which means nothing in another process"}
	case types.Invalid:
		return refusal{what: "a type that does not compile"}
	}
	return refusal{}
}

func kind(t types.Type) string {
	switch t.Underlying().(type) {
	case *types.Chan:
		return "a channel"
	case *types.Signature:
		return "a function"
	}
	return "a type"
}

func (v *visit) mapping(t *types.Map) refusal {
	if refused := v.value(t.Key()); refused.is() {
		return refused.within()
	}
	if pointing(t.Key()) {
		return refusal{what: "a map (" + reflected.spell(t) + ")", tail: "whose keys are compared by address: copies are other keys"}
	}
	return v.value(t.Elem()).within()
}

// pointing returns whether two copies of a value may differ, because it points to something.
func pointing(t types.Type) bool {
	if marshals(t) {
		return false
	}
	switch under := t.Underlying().(type) {
	case *types.Pointer:
		return true
	case *types.Interface:
		return !under.Empty()
	case *types.Array:
		return pointing(under.Elem())
	case *types.Struct:
		for i := 0; i < under.NumFields(); i++ {
			if pointing(under.Field(i).Type()) {
				return true
			}
		}
	}
	return false
}

// structure decides about structs. All that is in one is copied, so that nothing may be hidden in it, unless the type
// has methods that make bytes, or text, of its values and values of these again.
func (v *visit) structure(t types.Type, under *types.Struct) refusal {
	if !marshals(t) {
		return v.fields(t, under)
	}
	trial := &visit{crosser: v.crosser, seen: maps.Clone(v.seen), reached: slices.Clone(v.reached), at: v.at}
	if !trial.fields(t, under).is() {
		v.seen, v.reached = trial.seen, trial.reached
	}
	return refusal{}
}

func (v *visit) fields(t types.Type, under *types.Struct) refusal {
	for i := 0; i < under.NumFields(); i++ {
		if under.Field(i).Name() == "_" {
			continue
		}
		if refused := v.field(t, under.Field(i)); refused.is() {
			return refused
		}
	}
	return refusal{}
}

func (v *visit) field(of types.Type, field *types.Var) refusal {
	name := field.Name()
	if _, is := of.(*types.Named); is {
		name = reflected.spell(of) + "." + name
	}
	if !field.Exported() {
		return refusal{what: unexported, field: name, inside: true}
	}
	if refused := v.value(field.Type()); refused.is() {
		return refused.in(name)
	}
	return refusal{}
}
