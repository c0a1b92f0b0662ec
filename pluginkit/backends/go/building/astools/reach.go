package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// reach says which functions mention which: a rough graph of calls that leaves none out as far as the sources show it.
type reach struct {
	*program
	// mentions are the functions that a function names, by key; what runs while a package is loaded is called by its path.
	mentions map[string][]string
	// opens has the place of plugin.Open in each function that calls it.
	opens map[string]string
}

func newReach(p *program) *reach {
	r := &reach{p, map[string][]string{}, map[string]string{}}
	for path, l := range p.packages {
		for _, file := range l.files {
			for _, declared := range file.Decls {
				r.readEach(path, l, declared)
			}
		}
	}
	return r
}

// readEach reads a declaration. What a variable is given without a call does nothing until the variable is named.
func (r *reach) readEach(path string, l *loaded, declared ast.Decl) {
	variables, is := declared.(*ast.GenDecl)
	if !is || variables.Tok != token.VAR {
		r.read(l, r.owner(path, l, declared), declared)
		return
	}
	for _, spec := range variables.Specs {
		values := spec.(*ast.ValueSpec)
		for i, name := range values.Names {
			if i >= len(values.Values) {
				continue
			}
			owner := l.keyOf(l.info.Defs[name])
			if _, calls := unparen(values.Values[i]).(*ast.CallExpr); calls || name.Name == "_" {
				owner = path
			}
			r.read(l, owner, values.Values[i])
		}
	}
}

// owner returns what runs a declaration: a function itself, or the loading of its package.
func (r *reach) owner(path string, l *loaded, declared ast.Decl) string {
	f, is := declared.(*ast.FuncDecl)
	if !is || (f.Name.Name == "init" && f.Recv == nil) {
		return path
	}
	return l.keyOf(l.info.Defs[f.Name])
}

func (r *reach) read(l *loaded, owner string, declared ast.Node) {
	ast.Inspect(declared, func(node ast.Node) bool {
		name, is := node.(*ast.Ident)
		if !is {
			return true
		}
		switch object := l.info.Uses[name].(type) {
		case *types.Func:
			r.mention(l, owner, name, object)
		case *types.Var:
			if object.Pkg() != nil && object.Parent() == object.Pkg().Scope() {
				r.mentions[owner] = append(r.mentions[owner], l.keyOf(object))
			}
		case *types.TypeName: // its methods may be called by whoever gets a value of it
			if named, is := unalias(object.Type()).(*types.Named); is && !types.IsInterface(named) {
				for i := 0; i < named.NumMethods(); i++ {
					r.mentions[owner] = append(r.mentions[owner], l.keyOf(named.Method(i)))
				}
			}
		}
		return true
	})
}

func (r *reach) mention(l *loaded, owner string, name *ast.Ident, function *types.Func) {
	if function.Pkg() != nil && function.Pkg().Path() == "plugin" && function.Name() == "Open" && !r.reflected(name) {
		file, line := l.place(name.Pos())
		r.opens[owner] = fmt.Sprintf("%s:%d", file, line)
	}
	r.mentions[owner] = append(r.mentions[owner], r.meant(l, function, 0)...)
}

// reflected returns whether a name is only handed to reflect.ValueOf, as interpreters do with all of a package.
func (r *reach) reflected(name *ast.Ident) bool {
	var used ast.Node = name
	if selector, is := r.above(name).(*ast.SelectorExpr); is {
		used = selector
	}
	call, is := r.above(used).(*ast.CallExpr)
	if !is {
		return false
	}
	selector, is := unparen(call.Fun).(*ast.SelectorExpr)
	return is && selector.Sel.Name == "ValueOf"
}

// from returns what a main package may run, its own loading and that of the packages it imports included.
func (r *reach) from(path string) map[string]bool {
	found := map[string]bool{}
	l := r.packages[path]
	if l == nil {
		return found
	}
	var ahead []string
	if main := l.pkg.Scope().Lookup("main"); main != nil {
		ahead = append(ahead, l.keyOf(main))
	}
	for imported := range r.imported(path, map[string]bool{}) {
		ahead = append(ahead, imported)
	}
	for len(ahead) > 0 {
		at := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		if !found[at] {
			found[at] = true
			ahead = append(ahead, r.mentions[at]...)
		}
	}
	return found
}

// imported returns the packages of the program that one imports, itself included, by import path.
func (r *reach) imported(path string, found map[string]bool) map[string]bool {
	l := r.packages[path]
	if l == nil || found[path] {
		return found
	}
	found[path] = true
	for _, one := range l.pkg.Imports() {
		r.imported(one.Path(), found)
	}
	return found
}

// opener returns where plugin.Open is called by what a main package may run; empty where it is not.
func (r *reach) opener(reached map[string]bool) string {
	for _, owner := range sortedKeys(r.opens) {
		if reached[owner] {
			return r.opens[owner]
		}
	}
	return ""
}

// runs returns whether a main package may run a node, by what it reaches.
func (r *reach) runs(reached map[string]bool, l *loaded, node ast.Node) bool {
	for ; node != nil; node = r.parents[node] {
		switch n := node.(type) {
		case *ast.FuncDecl:
			return reached[r.owner(l.path, l, n)]
		case *ast.ValueSpec:
			for _, name := range n.Names {
				if object := l.info.Defs[name]; object != nil && reached[l.keyOf(object)] {
					return true
				}
			}
		}
	}
	return reached[l.path]
}
