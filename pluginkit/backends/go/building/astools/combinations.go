package main

import (
	"go/token"
	"go/types"
)

const (
	// mostTogether is of how many interfaces all combinations are made.
	mostTogether = 5
	// mostCombinations limits how many combinations an adapter has.
	mostCombinations = 64
)

// closer is io.Closer, for which hosts ask what they end.
var closer = types.NewInterfaceType([]*types.Func{types.NewFunc(token.NoPos, nil, "Close", types.NewSignatureType(
	nil, nil, nil, nil, types.NewTuple(types.NewParam(token.NoPos, nil, "", errorType)), false,
))}, nil).Complete()

// combine adds the interfaces that a value may implement beside the one by which it is known, in all combinations.
// Nothing gives a value as such an interface: whoever has the value finds out by an assertion, and has to on the other
// side too. Where these are too many, each stands for itself.
func (a *adapting) combine(needed, offered []types.Type) {
	var optional []types.Type
	for _, one := range offered {
		if !a.mentioned[exact(one)] {
			optional = append(optional, one)
		}
	}
	optional = append(optional, closer)
	found := a.combinations(needed, optional, mostTogether)
	if len(found) > mostCombinations {
		found = a.combinations(needed, optional, 1)
	}
	if len(found) <= mostCombinations {
		a.interfaces = append(a.interfaces, found...)
	}
}

// combinations returns what is new among the unions of each needed interface with some of the optional ones.
func (a *adapting) combinations(needed, optional []types.Type, most int) []types.Type {
	var found []types.Type
	known := map[string]bool{}
	for _, one := range a.interfaces {
		known[exact(one.Underlying())] = true
	}
	for _, base := range needed {
		unions := []types.Type{base}
		own := beside(base, needed, optional)
		for _, one := range own {
			before := unions
			if len(own) > most {
				before = unions[:1]
			}
			for _, so := range before {
				if both := union(so, one); both != nil {
					unions = append(unions, both)
				}
			}
		}
		for _, one := range unions[1:] {
			if spelled := exact(one.Underlying()); !known[spelled] {
				known[spelled] = true
				found = append(found, one)
			}
		}
	}
	return found
}

// beside returns the optional interfaces that a value of a needed one may implement too: those that extend it, and
// those that extend none.
func beside(base types.Type, needed, optional []types.Type) []types.Type {
	var found []types.Type
	for _, one := range optional {
		extends, extendsAny := types.AssignableTo(one, base), false
		for _, other := range needed {
			extendsAny = extendsAny || types.AssignableTo(one, other)
		}
		if (extends || !extendsAny) && !types.AssignableTo(base, one) {
			found = append(found, one)
		}
	}
	return found
}

// union returns the interface with the methods of two; nil where no type can have both.
func union(one, other types.Type) types.Type {
	first, second := one.Underlying().(*types.Interface), other.Underlying().(*types.Interface)
	methods := map[string]*types.Func{}
	for i := 0; i < first.NumMethods(); i++ {
		methods[first.Method(i).Name()] = first.Method(i)
	}
	for i := 0; i < second.NumMethods(); i++ {
		method := second.Method(i)
		if known := methods[method.Name()]; known != nil && !types.Identical(known.Type(), method.Type()) {
			return nil
		}
	}
	return types.NewInterfaceType(nil, append(parts(one), other)).Complete()
}

// parts returns what a combination is made of; any other interface is one part.
func parts(t types.Type) []types.Type {
	contract, unnamed := t.(*types.Interface)
	if !unnamed || contract.NumExplicitMethods() > 0 {
		return []types.Type{t}
	}
	found := make([]types.Type, contract.NumEmbeddeds())
	for i := range found {
		found[i] = contract.EmbeddedType(i)
	}
	return found
}
