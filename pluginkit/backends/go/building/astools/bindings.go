package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// bind notes what a variable or field is given.
func (p *program) bind(l *loaded, target ast.Expr, value ast.Expr, part part) {
	var object types.Object
	switch t := unparen(target).(type) {
	case *ast.Ident:
		object = l.info.ObjectOf(t)
	case *ast.SelectorExpr:
		object = l.info.Uses[t.Sel]
	}
	if variable, is := object.(*types.Var); is {
		p.give(l.keyOf(variable), binding{l, value, part, target.Pos()})
	}
}

func (p *program) give(variable string, value binding) {
	if variable != "" {
		p.bindings[variable] = append(p.bindings[variable], value)
	}
}

// bindAll notes what a statement, a declaration or a literal gives to variables and fields.
func (p *program) bindAll(l *loaded, node ast.Node) {
	switch n := node.(type) {
	case *ast.AssignStmt:
		if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
			p.bindEach(l, n.Lhs, n.Rhs)
		} else {
			p.bind(l, n.Lhs[0], n.Rhs[0], result)
		}
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(n.Names))
		for i, name := range n.Names {
			names[i] = name
		}
		p.bindEach(l, names, n.Values)
	case *ast.RangeStmt:
		if n.Value != nil {
			p.bind(l, n.Value, n.X, element)
		}
		if n.Key != nil {
			p.bind(l, n.Key, n.X, key)
		}
	case *ast.CompositeLit:
		p.bindFields(l, n)
	}
}

func (p *program) bindEach(l *loaded, targets, values []ast.Expr) {
	for i, target := range targets {
		switch {
		case len(values) == len(targets):
			p.bind(l, target, values[i], whole)
		case len(values) == 1:
			p.bind(l, target, values[0], result)
		}
	}
}

func (p *program) bindFields(l *loaded, literal *ast.CompositeLit) {
	t := l.info.TypeOf(literal)
	if pointer, is := under(t).(*types.Pointer); is {
		t = pointer.Elem()
	}
	structure, is := under(t).(*types.Struct)
	if !is {
		return
	}
	for i, one := range literal.Elts {
		if pair, is := one.(*ast.KeyValueExpr); is {
			p.bind(l, pair.Key, pair.Value, whole)
		} else if i < structure.NumFields() {
			p.give(l.keyOf(structure.Field(i)), binding{l, one, whole, one.Pos()})
		}
	}
}

// bindArguments notes what a call gives to the parameters of what it calls.
func (p *program) bindArguments(s site) {
	for _, called := range p.callees(s) {
		f := p.functions[called]
		if f == nil || s.call.Ellipsis.IsValid() {
			continue
		}
		parameters := f.signature.Params()
		last := parameters.Len() - 1
		for i, one := range s.call.Args {
			switch {
			case f.signature.Variadic() && i >= last:
				p.give(f.keyOf(parameters.At(last)), binding{s.loaded, one, item, one.Pos()})
			case i <= last:
				p.give(f.keyOf(parameters.At(i)), binding{s.loaded, one, argument, one.Pos()})
			}
		}
	}
}
