package main

import "go/types"

// substituted replaces the type parameters of a function by what a call gives for them.
func substituted(found []asserted, s site) []asserted {
	var given *types.TypeList
	if name := called(s.call.Fun); name != nil {
		given = s.info.Instances[name].TypeArgs
	}
	if given == nil {
		return found
	}
	replaced := make([]asserted, len(found))
	for i, one := range found {
		replaced[i] = asserted{one.loaded, filled(one.Type, given), one.asks}
	}
	return replaced
}

// filled returns a type with type arguments in the place of type parameters, by their index.
func filled(t types.Type, given *types.TypeList) types.Type {
	switch t := unalias(t).(type) {
	case *types.TypeParam:
		if t.Index() < given.Len() {
			return given.At(t.Index())
		}
	case *types.Pointer:
		return types.NewPointer(filled(t.Elem(), given))
	case *types.Slice:
		return types.NewSlice(filled(t.Elem(), given))
	case *types.Map:
		return types.NewMap(filled(t.Key(), given), filled(t.Elem(), given))
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, filledTuple(t.Params(), given), filledTuple(t.Results(), given), t.Variadic())
	case *types.Named:
		return instance(t, given)
	}
	return t
}

func filledTuple(tuple *types.Tuple, given *types.TypeList) *types.Tuple {
	variables := make([]*types.Var, tuple.Len())
	for i := range variables {
		one := tuple.At(i)
		variables[i] = types.NewVar(one.Pos(), one.Pkg(), one.Name(), filled(one.Type(), given))
	}
	return types.NewTuple(variables...)
}

// instance fills the type arguments of an instance of a generic type.
func instance(t *types.Named, given *types.TypeList) types.Type {
	own := t.TypeArgs()
	if own.Len() == 0 {
		return t
	}
	arguments := make([]types.Type, own.Len())
	for i := range arguments {
		arguments[i] = filled(own.At(i), given)
	}
	if made, err := types.Instantiate(nil, t.Origin(), arguments, false); err == nil {
		return made
	}
	return t
}

// parametric returns whether type parameters are left in a type, so that it is not known.
func parametric(t types.Type) bool {
	switch t := unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Pointer:
		return parametric(t.Elem())
	case *types.Slice:
		return parametric(t.Elem())
	case *types.Map:
		return parametric(t.Key()) || parametric(t.Elem())
	case *types.Signature:
		return anyParametric(tupleTypes(t.Params())) || anyParametric(tupleTypes(t.Results()))
	case *types.Named:
		for i := 0; i < t.TypeArgs().Len(); i++ {
			if parametric(t.TypeArgs().At(i)) {
				return true
			}
		}
	}
	return false
}

func anyParametric(found []types.Type) bool {
	for _, one := range found {
		if parametric(one) {
			return true
		}
	}
	return false
}
