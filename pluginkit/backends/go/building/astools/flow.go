package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// asserted is a type that a symbol is taken for.
type asserted struct {
	*loaded
	types.Type
	// asks is set where the host asks whether it is of that type, and goes on if it is not.
	asks bool
}

// flow is what becomes of the result of a call that looks a symbol up.
type flow struct {
	types []asserted
	// escapes is set where the symbol is returned to the caller.
	escapes bool
	// optional is set where the host carries on without the symbol.
	optional bool
	// unchecked is set where nobody looks at the error.
	unchecked bool
	seen      map[ast.Node]bool
}

// flow follows the result of a call.
func (p *program) flow(s site) flow {
	found := flow{seen: map[ast.Node]bool{}}
	p.follow(s.loaded, s.call, &found)
	asks := len(found.types) > 0
	for _, one := range found.types {
		asks = asks && one.asks
	}
	found.optional = found.optional || (found.unchecked && asks)
	return found
}

// follow notes what becomes of the value of an expression; of a call with several results, of the first.
func (p *program) follow(l *loaded, expression ast.Expr, found *flow) {
	if found.seen[expression] {
		return
	}
	found.seen[expression] = true
	switch parent := p.above(expression).(type) {
	case *ast.TypeAssertExpr:
		p.asserts(l, parent, found)
	case *ast.ReturnStmt:
		found.escapes = true
	case *ast.AssignStmt:
		p.followInto(l, expression, parent.Lhs, parent.Rhs, parent, found)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(parent.Names))
		for i, name := range parent.Names {
			names[i] = name
		}
		p.followInto(l, expression, names, parent.Values, parent, found)
	case *ast.KeyValueExpr:
		if field, is := parent.Key.(*ast.Ident); is {
			p.followVariable(l, field, field.Pos(), found)
		}
	case *ast.CallExpr:
		p.followArgument(site{l, parent}, expression, found)
	}
}

func (p *program) followInto(l *loaded, value ast.Expr, targets, values []ast.Expr, statement ast.Node, found *flow) {
	for i, one := range values {
		if unparen(one) != value || i >= len(targets) {
			continue
		}
		if len(values) == 1 && len(targets) > 1 {
			last := targets[len(targets)-1]
			found.unchecked = found.unchecked || isBlank(last)
			found.optional = found.optional || p.goesOn(l, last, statement)
		}
		switch target := unparen(targets[i]).(type) {
		case *ast.Ident:
			p.followVariable(l, target, statement.End(), found)
		case *ast.SelectorExpr:
			p.followVariable(l, target.Sel, token.NoPos, found)
		}
	}
}

// followVariable notes what becomes of a variable or field after a place, until it is given something else.
func (p *program) followVariable(l *loaded, name *ast.Ident, after token.Pos, found *flow) {
	object := l.info.ObjectOf(name)
	variable, is := object.(*types.Var)
	if !is {
		return
	}
	key, until := l.keyOf(variable), token.NoPos
	if variable.IsField() {
		after = token.NoPos
	}
	for _, b := range p.bindings[key] {
		if after.IsValid() && b.loaded == l && b.pos > after && (until == token.NoPos || b.pos < until) {
			until = b.pos
		}
	}
	for _, one := range p.uses[key] {
		if after.IsValid() && (one.loaded != l || one.name.Pos() < after || (until.IsValid() && one.name.Pos() >= until)) {
			continue
		}
		var used ast.Expr = one.name
		if selector, is := p.parents[one.name].(*ast.SelectorExpr); is && selector.Sel == one.name {
			used = selector
		}
		p.follow(one.loaded, used, found)
	}
}

// followArgument goes on in the function that a symbol is passed to.
func (p *program) followArgument(s site, argument ast.Expr, found *flow) {
	for _, called := range p.callees(s) {
		f := p.functions[called]
		if f == nil {
			continue
		}
		inner := flow{seen: found.seen}
		for i, one := range s.call.Args {
			if unparen(one) == argument && i < f.signature.Params().Len() {
				p.followParameter(f, f.signature.Params().At(i), &inner)
			}
		}
		found.types = append(found.types, substituted(inner.types, s)...)
		if inner.escapes {
			p.follow(s.loaded, s.call, found)
		}
	}
}

func (p *program) followParameter(f *function, variable *types.Var, found *flow) {
	for _, one := range p.uses[f.keyOf(variable)] {
		p.follow(one.loaded, one.name, found)
	}
}

// asserts notes the types of an assertion, or of the cases of a switch.
func (p *program) asserts(l *loaded, assertion *ast.TypeAssertExpr, found *flow) {
	if assertion.Type != nil {
		found.types = append(found.types, asserted{l, l.info.TypeOf(assertion.Type), p.asks(l, assertion)})
		return
	}
	node := p.above(assertion)
	if assign, is := node.(*ast.AssignStmt); is {
		node = p.above(assign)
	} else if statement, is := node.(*ast.ExprStmt); is {
		node = p.above(statement)
	}
	choice, is := node.(*ast.TypeSwitchStmt)
	if !is {
		return
	}
	for _, clause := range choice.Body.List {
		for _, one := range clause.(*ast.CaseClause).List {
			if t := l.info.TypeOf(one); t != nil && l.info.Types[one].IsType() {
				found.types = append(found.types, asserted{l, t, true})
			}
		}
	}
}

// asks returns whether a host goes on where an assertion does not hold.
func (p *program) asks(l *loaded, assertion *ast.TypeAssertExpr) bool {
	switch parent := p.above(assertion).(type) {
	case *ast.AssignStmt:
		return len(parent.Rhs) == 1 && len(parent.Lhs) == 2 && p.goesOn(l, parent.Lhs[1], parent)
	case *ast.ValueSpec:
		return len(parent.Values) == 1 && len(parent.Names) == 2 && p.goesOn(l, parent.Names[1], parent)
	}
	return false
}
