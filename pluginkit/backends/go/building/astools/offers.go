package main

import (
	"go/types"
	"slices"
)

// offerInterfaces adds the interfaces that importers of the APIs can see, and those that a value may implement at once.
// It returns why others do not cross.
func (a *adapting) offerInterfaces() map[string]string {
	left := map[string]string{}
	var needed, offered []types.Type
	for _, one := range a.interfaces {
		if named, is := one.(*types.Named); is && slices.Contains(a.apis, named.Obj().Pkg()) {
			needed = append(needed, one)
		}
	}
	for _, api := range a.apis {
		for _, name := range api.Scope().Names() {
			named := a.visible(api.Scope().Lookup(name))
			if named == nil || isContext(named) || isError(named) || a.crosses[exact(named)] {
				continue
			}
			contract, is := named.Underlying().(*types.Interface)
			if !is || contract.Empty() || !contract.IsMethodSet() {
				continue
			}
			if reason := a.offerInterface(named); reason != "" {
				left[exact(named)] = reason
			} else {
				offered = append(offered, named)
			}
		}
	}
	a.combine(needed, offered)
	return left
}

// offerInterface adds an interface, or returns why it does not cross.
func (a *adapting) offerInterface(named *types.Named) string {
	visit := a.visit()
	if refused := visit.value(named); refused.is() {
		return refused.said("it")
	}
	if !visit.end() {
		return visit.problems[0]
	}
	return ""
}

// visible returns the type that a declaration names, where the sources can name it too.
func (a *adapting) visible(object types.Object) *types.Named {
	name, is := object.(*types.TypeName)
	if !is || !name.Exported() {
		return nil
	}
	named, is := unalias(name.Type()).(*types.Named)
	if !is || named.TypeParams().Len() > named.TypeArgs().Len() || a.namer.unnameable(named) != "" {
		return nil
	}
	return named
}

// released returns the APIs and the packages behind them that are released with them, sorted.
func (a *adapting) released(exports *exports) []*types.Package {
	found, seen := slices.Clone(a.apis), map[*types.Package]bool{}
	for i := 0; i < len(found); i++ {
		seen[found[i]] = true
		for _, imported := range found[i].Imports() {
			if !seen[imported] && exports.together(found[i].Path(), imported.Path()) {
				seen[imported] = true
				found = append(found, imported)
			}
		}
	}
	return sortedBy(found, (*types.Package).Path)
}

var errorType = types.Universe.Lookup("error").Type()

// offerErrors adds the error values of a package, and its types of errors whose fields cross.
func (a *adapting) offerErrors(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if variable, is := object.(*types.Var); is {
			if object.Exported() && isComparableError(object.Type()) && a.namer.refusedPackage(pkg) == "" {
				a.errors = append(a.errors, variable)
			}
			continue
		}
		named := a.visible(object)
		if named == nil || types.IsInterface(named) {
			continue
		}
		for _, t := range []types.Type{named, types.NewPointer(named)} {
			if visit := a.visit(); types.AssignableTo(t, errorType) && !visit.value(t).is() && visit.end() {
				a.failures = append(a.failures, t)
			}
		}
	}
}

func isComparableError(t types.Type) bool {
	return types.AssignableTo(t, errorType) && types.Comparable(t)
}
