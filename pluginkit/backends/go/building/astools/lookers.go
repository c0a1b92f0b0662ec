package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// promised looks at what the contract of a host asks of plugins, whoever these are.
func (a *adapting) promised(asked Asked, exports *exports) []string {
	typed, problem := contractTypes(asked, exports)
	if problem != nil {
		return []string{problem.Error()}
	}
	problems, nowhere := []string{}, &Offered{Exports: map[string]string{}}
	for _, name := range sortedKeys(typed) {
		problems = append(problems, a.export(nowhere, "", name, typed[name])...)
	}
	return problems
}

// lookedUp adds the types of functions that sources name, as they do to assert what a lookup gave. What does not cross
// cannot be looked up.
func (a *adapting) lookedUp(l *loaded) {
	written := map[ast.Expr]bool{}
	for _, file := range l.files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit:
				written[node.Type] = true
			case *ast.InterfaceType:
				for _, method := range node.Methods.List {
					written[method.Type] = true
				}
			}
			return true
		})
	}
	found := plainFunctions()
	for expression, value := range l.info.Types {
		signature, is := unalias(value.Type).(*types.Signature)
		if is && value.IsType() && !written[expression] && !parametric(signature) && !invalid(signature) {
			found[exact(signature)] = signature
		}
	}
	for _, spelled := range sortedKeys(found) {
		a.export(&Offered{Exports: map[string]string{}}, "", "", found[spelled])
	}
}

// plainFunctions are types that a host need not name: it may call such functions by reflection, or show that they are there.
func plainFunctions() map[string]*types.Signature {
	found := map[string]*types.Signature{}
	for _, result := range []types.Type{nil, errorType, types.Typ[types.String], types.Typ[types.Bool], types.Typ[types.Int]} {
		var results *types.Tuple
		if result != nil {
			results = types.NewTuple(types.NewParam(token.NoPos, nil, "", result))
		}
		signature := types.NewSignatureType(nil, nil, nil, nil, results, false)
		found[exact(signature)] = signature
	}
	return found
}
