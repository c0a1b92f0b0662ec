package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// goesOn returns whether the host goes on where there is an error, or something is not so: by what becomes of the last
// variable that a statement assigns, an error or a bool.
func (p *program) goesOn(l *loaded, target ast.Expr, statement ast.Node) bool {
	name, is := unparen(target).(*ast.Ident)
	check := p.checkAfter(statement)
	if !is || check == nil {
		return false
	}
	switch p.compared(l, check.Cond, l.info.ObjectOf(name)) {
	case token.EQL:
		rest, is := check.Else.(*ast.BlockStmt)
		return !is || !p.fails(l, rest)
	case token.NEQ:
		return !p.fails(l, check.Body)
	}
	return false
}

// isBlank returns whether an expression is the blank identifier.
func isBlank(expression ast.Expr) bool {
	name, is := unparen(expression).(*ast.Ident)
	return is && name.Name == "_"
}

// checkAfter returns the if statement that a statement begins, or that follows it.
func (p *program) checkAfter(statement ast.Node) *ast.IfStmt {
	parent := p.parents[statement]
	if check, is := parent.(*ast.IfStmt); is && check.Init == statement {
		return check
	}
	if _, is := parent.(*ast.GenDecl); is { // var symbol, err = ...
		statement = p.parents[parent]
		parent = p.parents[statement]
	}
	var list []ast.Stmt
	switch block := parent.(type) {
	case *ast.BlockStmt:
		list = block.List
	case *ast.CaseClause:
		list = block.Body
	case *ast.CommClause:
		list = block.Body
	}
	for i, one := range list {
		if one == statement && i+1 < len(list) {
			check, _ := list[i+1].(*ast.IfStmt)
			return check
		}
	}
	return nil
}

// compared returns how a condition compares a variable with nil: `err == nil` and `ok` alike.
func (p *program) compared(l *loaded, condition ast.Expr, variable types.Object) token.Token {
	switch c := unparen(condition).(type) {
	case *ast.BinaryExpr:
		if c.Op == token.LAND || c.Op == token.LOR {
			if left := p.compared(l, c.X, variable); left != token.ILLEGAL {
				return left
			}
			return p.compared(l, c.Y, variable)
		}
		if name, is := unparen(c.X).(*ast.Ident); is && l.info.ObjectOf(name) == variable {
			return c.Op
		}
	case *ast.Ident:
		if l.info.ObjectOf(c) == variable {
			return token.EQL
		}
	case *ast.UnaryExpr:
		if name, is := unparen(c.X).(*ast.Ident); is && c.Op == token.NOT && l.info.ObjectOf(name) == variable {
			return token.NEQ
		}
	}
	return token.ILLEGAL
}

// fails returns whether a block ends by going elsewhere, other than by returning that all is well.
func (p *program) fails(l *loaded, block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	switch last := block.List[len(block.List)-1].(type) {
	case *ast.BranchStmt:
		return true
	case *ast.ReturnStmt:
		return !p.returnsNoError(l, last)
	case *ast.ExprStmt:
		call, is := last.X.(*ast.CallExpr)
		return is && endsProcess(call)
	}
	return false
}

// returnsNoError returns whether a statement returns nil for an error.
func (p *program) returnsNoError(l *loaded, statement *ast.ReturnStmt) bool {
	f := p.functions[p.around(l, statement)]
	if f == nil || len(statement.Results) == 0 || len(statement.Results) != f.signature.Results().Len() {
		return false
	}
	last := len(statement.Results) - 1
	isError := types.Identical(f.signature.Results().At(last).Type(), types.Universe.Lookup("error").Type())
	return isError && l.info.Types[statement.Results[last]].IsNil()
}

var ends = map[string]bool{
	"panic": true, "Exit": true, "Fatal": true, "Fatalf": true, "Fatalln": true, "Panic": true, "Panicf": true, "Panicln": true,
}

// endsProcess returns whether a call is one of those that do not return, by its name.
func endsProcess(call *ast.CallExpr) bool {
	switch function := unparen(call.Fun).(type) {
	case *ast.Ident:
		return ends[function.Name]
	case *ast.SelectorExpr:
		return ends[function.Sel.Name]
	}
	return false
}
