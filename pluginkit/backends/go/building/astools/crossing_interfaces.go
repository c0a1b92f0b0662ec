package main

import "go/types"

// contract decides about interfaces: their values stay where they are, and what is called there is called through
// sources that name them.
func (v *visit) contract(t types.Type, under *types.Interface) refusal {
	if under.Empty() {
		return refusal{} // it carries basic values
	}
	what := "the interface " + reflected.spell(t)
	for i := 0; i < under.NumMethods(); i++ {
		if method := under.Method(i); !method.Exported() {
			return refusal{what: what, tail: "which only its own package implements: " + method.Name() + " is unexported"}
		}
	}
	if named, is := t.(*types.Named); is && v.namer.refused(named) != "" {
		return refusal{what: what, tail: "which is " + v.namer.refused(named)}
	}
	if unnamed := v.namer.unnameable(t); unnamed != "" {
		return refusal{what: what, tail: "which names " + unnamed}
	}
	v.reached = append(v.reached, reached{t, v.at})
	return refusal{}
}

// isContext returns whether a type is context.Context itself.
func isContext(t types.Type) bool {
	named, is := unalias(t).(*types.Named)
	return is && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && named.Obj().Name() == "Context"
}

var marshallers = [][2]string{{"MarshalBinary", "UnmarshalBinary"}, {"MarshalText", "UnmarshalText"}}

// marshals returns whether a struct becomes bytes by methods of its own. Those of an embedded field do not count: they
// leave out the other fields.
func marshals(t types.Type) bool {
	structure, is := t.Underlying().(*types.Struct)
	if !is {
		return false
	}
	for _, pair := range marshallers {
		to, from := method(t, pair[0]), method(t, pair[1])
		if to == "() ([]uint8, error)" && from == "([]uint8) error" && !embeds(structure, pair[0]) && !embeds(structure, pair[1]) {
			return true
		}
	}
	return false
}

func embeds(structure *types.Struct, name string) bool {
	for i := 0; i < structure.NumFields(); i++ {
		if field := structure.Field(i); field.Embedded() && method(field.Type(), name) != "" {
			return true
		}
	}
	return false
}

// method returns the signature of a method of a type, or of pointers to it; nothing where they have none of that name.
func method(t types.Type, name string) string {
	for _, of := range []types.Type{t, types.NewPointer(t)} {
		if found := types.NewMethodSet(of).Lookup(nil, name); found != nil {
			return reflected.signature(found.Type().(*types.Signature))
		}
	}
	return ""
}
