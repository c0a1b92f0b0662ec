package main

import "go/ast"

var (
	sayings = map[string]bool{"fmt": true, "log": true, "os": true, "errors": true}
	builtin = map[string]bool{"panic": true, "print": true, "println": true}
)

// saysOnly returns whether a body does nothing but print, panic and exit, always in the same way.
func saysOnly(body *ast.BlockStmt) bool {
	if body == nil {
		return false
	}
	for _, statement := range body.List {
		one, is := statement.(*ast.ExprStmt)
		if !is || !says(one.X) {
			return false
		}
	}
	return true
}

// says returns whether an expression is a call that only says something fixed: it names nothing but what says it.
func says(expression ast.Expr) bool {
	only := true
	ast.Inspect(expression, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			from, is := n.X.(*ast.Ident)
			only = only && is && sayings[from.Name]
			return false
		case *ast.Ident:
			only = only && builtin[n.Name]
		case *ast.FuncLit:
			only = false
		}
		return only
	})
	_, is := unparen(expression).(*ast.CallExpr)
	return is && only
}
