package main

import "go/ast"

var (
	sayings = map[string]bool{"fmt": true, "log": true, "os": true, "errors": true}
	builtin = map[string]bool{"panic": true, "print": true, "println": true}
)

// saysOnly returns whether a body does nothing but print, panic and exit.
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

// says returns whether an expression is a call that only says something, with nothing else called for it.
func says(expression ast.Expr) bool {
	only := true
	ast.Inspect(expression, func(node ast.Node) bool {
		call, is := node.(*ast.CallExpr)
		if !is {
			return true
		}
		switch function := unparen(call.Fun).(type) {
		case *ast.Ident:
			only = only && builtin[function.Name]
		case *ast.SelectorExpr:
			from, is := function.X.(*ast.Ident)
			only = only && is && sayings[from.Name]
		default:
			only = false
		}
		return true
	})
	_, is := unparen(expression).(*ast.CallExpr)
	return is && only
}
