package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// conversions walks a part of a file and records what values of one type are taken for another: a type of the package
// for an interface of an API, and a type of an API for any interface, whose methods it then needs.
//
// `results` are those of the function around the node.
func (u *user) conversions(node ast.Node, results *types.Tuple) {
	ast.Inspect(node, func(inner ast.Node) bool {
		switch n := inner.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				u.conversions(n.Body, resultsOf(u.info.TypeOf(n.Name)))
			}
			return false
		case *ast.FuncLit:
			u.conversions(n.Body, resultsOf(u.info.TypeOf(n)))
			return false
		case *ast.StructType:
			u.embedded(n.Fields, "embeds")
		case *ast.InterfaceType:
			u.embedded(n.Methods, "implements")
		case *ast.CallExpr:
			u.call(n)
		case *ast.CompositeLit:
			u.literal(n)
		case *ast.ReturnStmt:
			u.all(tupleTypes(results), u.typesOf(n.Results), n.Pos())
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
				u.all(u.each(n.Lhs), u.typesOf(n.Rhs), n.Pos())
			}
		case *ast.ValueSpec:
			if n.Type != nil && len(n.Values) > 0 {
				u.all(repeated(u.info.TypeOf(n.Type), len(n.Names)), u.typesOf(n.Values), n.Pos())
			}
		case *ast.SendStmt:
			if channel, is := under(u.info.TypeOf(n.Chan)).(*types.Chan); is {
				u.taken(channel.Elem(), u.info.TypeOf(n.Value), n.Pos())
			}
		case *ast.IndexExpr:
			if table, is := under(u.info.TypeOf(n.X)).(*types.Map); is {
				u.taken(table.Key(), u.info.TypeOf(n.Index), n.Pos())
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				u.compared(u.info.TypeOf(n.X), u.info.TypeOf(n.Y), n.Pos())
			}
		case *ast.SwitchStmt:
			u.cases(n.Tag, n.Body)
		case *ast.TypeSwitchStmt:
			u.cases(switched(n.Assign), n.Body)
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				u.taken(u.info.TypeOf(n.X), u.info.TypeOf(n.Type), n.Pos())
			}
		case *ast.Ident:
			u.instance(n)
		}
		return true
	})
}

// taken records that a value of type `from` is taken for one of type `to`.
func (u *user) taken(to, from types.Type, pos token.Pos) {
	contract, is := under(to).(*types.Interface)
	if !is || from == nil || contract.NumMethods() == 0 || types.Identical(to, from) {
		return
	}
	held := namedBehind(from)
	if held != nil && u.counts(held.Obj()) {
		for i := 0; i < contract.NumMethods(); i++ {
			u.member(held, contract.Method(i).Name(), pos)
		}
		return
	}
	if basic, is := unalias(from).(*types.Basic); is && basic.Kind() == types.UntypedNil {
		return
	}
	if named, is := unalias(to).(*types.Named); is && u.counts(named.Obj()) {
		u.add("implements "+label(named.Obj()), pos)
	}
}

func (u *user) all(to, from []types.Type, pos token.Pos) {
	for i := 0; i < len(to) && i < len(from); i++ {
		u.taken(to[i], from[i], pos)
	}
}

func (u *user) compared(one, other types.Type, pos token.Pos) {
	u.taken(one, other, pos)
	u.taken(other, one, pos)
}

func (u *user) call(call *ast.CallExpr) {
	given := u.typesOf(call.Args)
	function := u.info.Types[call.Fun]
	if function.IsType() {
		u.all([]types.Type{function.Type}, given, call.Pos())
		return
	}
	signature, is := under(function.Type).(*types.Signature)
	if !is {
		return
	}
	wanted := tupleTypes(signature.Params())
	if signature.Variadic() && !call.Ellipsis.IsValid() {
		last := len(wanted) - 1
		if slice, is := under(wanted[last]).(*types.Slice); is {
			wanted = append(wanted[:last], repeated(slice.Elem(), max(0, len(given)-last))...)
		}
	}
	u.all(wanted, given, call.Pos())
}

func (u *user) literal(literal *ast.CompositeLit) {
	t := u.info.TypeOf(literal)
	if t == nil {
		return
	}
	if pointer, is := under(t).(*types.Pointer); is { // &T left out within another literal
		t = pointer.Elem()
	}
	var key, element types.Type
	switch inner := under(t).(type) {
	case *types.Struct:
		u.structure(literal, inner)
		if named := namedBehind(t); named != nil {
			u.written(literal, named)
		}
		return
	case *types.Map:
		key, element = inner.Key(), inner.Elem()
	case *types.Slice:
		element = inner.Elem()
	case *types.Array:
		element = inner.Elem()
	}
	for _, one := range literal.Elts {
		if pair, is := one.(*ast.KeyValueExpr); is {
			u.taken(key, u.info.TypeOf(pair.Key), pair.Pos())
			one = pair.Value
		}
		u.taken(element, u.info.TypeOf(one), one.Pos())
	}
}

func (u *user) structure(literal *ast.CompositeLit, t *types.Struct) {
	fields := map[string]types.Type{}
	for i := 0; i < t.NumFields(); i++ {
		fields[t.Field(i).Name()] = t.Field(i).Type()
		if i < len(literal.Elts) {
			u.taken(t.Field(i).Type(), u.info.TypeOf(literal.Elts[i]), literal.Elts[i].Pos())
		}
	}
	for _, one := range literal.Elts {
		if pair, is := one.(*ast.KeyValueExpr); is {
			if key, is := pair.Key.(*ast.Ident); is {
				u.taken(fields[key.Name], u.info.TypeOf(pair.Value), pair.Pos())
			}
		}
	}
}

func (u *user) cases(tag ast.Expr, body *ast.BlockStmt) {
	if tag == nil {
		return
	}
	for _, one := range body.List {
		if clause, is := one.(*ast.CaseClause); is {
			for _, value := range clause.List {
				u.compared(u.info.TypeOf(tag), u.info.TypeOf(value), value.Pos())
			}
		}
	}
}

// switched returns what a type switch is about.
func switched(statement ast.Stmt) ast.Expr {
	var asserted ast.Expr
	switch s := statement.(type) {
	case *ast.ExprStmt:
		asserted = s.X
	case *ast.AssignStmt:
		asserted = s.Rhs[0]
	}
	if assertion, is := unparen(asserted).(*ast.TypeAssertExpr); is {
		return assertion.X
	}
	return nil
}

// instance records what the arguments of a generic function or type have to implement.
func (u *user) instance(name *ast.Ident) {
	given := u.info.Instances[name].TypeArgs
	var wanted *types.TypeParamList
	switch object := u.info.Uses[name].(type) {
	case *types.Func:
		wanted = object.Type().(*types.Signature).TypeParams()
	case *types.TypeName:
		if named, is := object.Type().(*types.Named); is {
			wanted = named.TypeParams()
		}
	}
	for i := 0; i < given.Len() && i < wanted.Len(); i++ {
		u.taken(wanted.At(i).Constraint(), given.At(i), name.Pos())
	}
}

func (u *user) each(expressions []ast.Expr) []types.Type {
	found := make([]types.Type, len(expressions))
	for i, expression := range expressions {
		found[i] = u.info.TypeOf(expression)
	}
	return found
}

// typesOf returns the types of values; a call that returns several stands for them.
func (u *user) typesOf(expressions []ast.Expr) []types.Type {
	found := u.each(expressions)
	if len(found) == 1 {
		if tuple, is := found[0].(*types.Tuple); is {
			return tupleTypes(tuple)
		}
	}
	return found
}

func tupleTypes(tuple *types.Tuple) []types.Type {
	found := make([]types.Type, tuple.Len())
	for i := range found {
		found[i] = tuple.At(i).Type()
	}
	return found
}

func resultsOf(function types.Type) *types.Tuple {
	if signature, is := function.(*types.Signature); is {
		return signature.Results()
	}
	return nil
}

func repeated(t types.Type, times int) []types.Type {
	found := make([]types.Type, times)
	for i := range found {
		found[i] = t
	}
	return found
}

// under returns what a type is made of; nil for nil.
func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}
