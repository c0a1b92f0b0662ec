package main

import (
	"go/types"
	"slices"
)

// offerInterfaces adds the interfaces that importers of the APIs can see, and those that a value may implement at once.
// It returns why others do not cross.
func (a *adapting) offerInterfaces() map[string]string {
	left := map[string]string{} // by exact spelling
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
				a.left = append(a.left, named)
			} else {
				offered = append(offered, named)
			}
		}
	}
	a.combine(needed, offered)
	return left
}

// unfound returns why a plugin would not do the same elsewhere: types of its own implement interfaces that do not cross,
// which a host that has such a value finds by an assertion.
func (a *adapting) unfound(pkg *types.Package, left map[string]string) []string {
	problems, known := []string{}, importsOf(pkg)
	for _, name := range pkg.Scope().Names() {
		object, is := pkg.Scope().Lookup(name).(*types.TypeName)
		if !is || object.IsAlias() || types.IsInterface(object.Type()) || isGeneric(object.Type()) {
			continue
		}
		pointer := types.NewPointer(object.Type())
		for _, one := range a.left {
			crosses := func(t types.Type) bool { return types.AssignableTo(pointer, t) }
			if known[one.Obj().Pkg()] && types.AssignableTo(pointer, one) && slices.ContainsFunc(a.interfaces, crosses) {
				problems = append(problems, reflected.spell(one)+", which "+name+" implements, does not cross: "+left[exact(one)])
			}
		}
	}
	return problems
}

// importsOf returns what a package imports, and what that does.
func importsOf(pkg *types.Package) map[*types.Package]bool {
	found, ahead := map[*types.Package]bool{}, pkg.Imports()
	for len(ahead) > 0 {
		one := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		if !found[one] {
			found[one] = true
			ahead = append(ahead, one.Imports()...)
		}
	}
	return found
}

func isGeneric(t types.Type) bool {
	named, is := t.(*types.Named)
	return is && named.TypeParams().Len() > named.TypeArgs().Len()
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
	if !is || isGeneric(named) || a.namer.unnameable(named) != "" {
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
