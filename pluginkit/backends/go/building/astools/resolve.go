package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// meant is what a call or a reference names.
type meant struct {
	// pkg is the import path of what is named; empty for builtins and what is not known.
	pkg string
	// key is how effects lists it: `path.Name` or `path.Type.Name`.
	key string
	// shown is the same with the package's name.
	shown string
	// name is its own name.
	name string
	// function is set where the type checker knows it.
	function *types.Func
}

// resolve finds what an expression names through the imports of its file, renamed and dot imports included.
//
// Without export data of a package its functions are still known by name, but no methods of its types.
func (l *loaded) resolve(expression ast.Expr) meant {
	switch e := expression.(type) {
	case *ast.ParenExpr:
		return l.resolve(e.X)
	case *ast.IndexExpr:
		return l.resolve(e.X)
	case *ast.IndexListExpr:
		return l.resolve(e.X)
	case *ast.Ident:
		return l.object(l.info.Uses[e])
	case *ast.SelectorExpr:
		if object := l.info.Uses[e.Sel]; object != nil {
			return l.object(object)
		}
		if name, is := e.X.(*ast.Ident); is {
			if imported, is := l.info.Uses[name].(*types.PkgName); is {
				path := imported.Imported().Path()
				return named(path, imported.Imported().Name(), "", e.Sel.Name)
			}
		}
	}
	return meant{}
}

func (l *loaded) object(object types.Object) meant {
	switch object := object.(type) {
	case *types.Builtin:
		return meant{key: object.Name(), shown: object.Name(), name: object.Name()}
	case *types.Func:
		if object.Pkg() == nil { // error.Error
			return meant{}
		}
		function := object.Origin()
		found := named(object.Pkg().Path(), object.Pkg().Name(), receiver(function), object.Name())
		found.function = function
		return found
	case *types.Var:
		if object.Pkg() != nil && object.Parent() == object.Pkg().Scope() {
			return named(object.Pkg().Path(), object.Pkg().Name(), "", object.Name())
		}
	}
	return meant{}
}

func named(pkg, pkgName, receiver, name string) meant {
	pkg = pkg[strings.LastIndex(pkg, "/vendor/")+1:]
	pkg = strings.TrimPrefix(pkg, "vendor/")
	own := name
	if receiver != "" {
		own = receiver + "." + name
	}
	if pkgName == "" {
		pkgName = path.Base(pkg)
	}
	return meant{pkg: pkg, key: pkg + "." + own, shown: pkgName + "." + own, name: name}
}

// receiver returns the name of the type that a method belongs to; empty for a function.
func receiver(function *types.Func) string {
	own := function.Type().(*types.Signature).Recv()
	if own == nil {
		return ""
	}
	t := unalias(own.Type())
	if pointer, is := t.(*types.Pointer); is {
		t = unalias(pointer.Elem())
	}
	if named, is := t.(*types.Named); is {
		return named.Obj().Name()
	}
	return "interface"
}

// last returns where the name of what is called stands: the lines of a chain of calls differ.
func last(function ast.Expr) token.Pos {
	if selector, is := unparen(function).(*ast.SelectorExpr); is {
		return selector.Sel.Pos()
	}
	return function.Pos()
}

func unparen(expression ast.Expr) ast.Expr {
	for {
		inner, is := expression.(*ast.ParenExpr)
		if !is {
			return expression
		}
		expression = inner.X
	}
}
