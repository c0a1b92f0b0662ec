package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"sort"
)

// deepest is how many steps a value is followed.
const deepest = 12

// texts are the strings that an expression may be.
type texts struct {
	known map[string]bool
	// open is set where it may be others too.
	open bool
}

func (t *texts) add(other texts) {
	for text := range other.known {
		t.known[text] = true
	}
	t.open = t.open || other.open
}

func (t *texts) sorted() []string {
	found := make([]string, 0, len(t.known))
	for text := range t.known {
		found = append(found, text)
	}
	sort.Strings(found)
	return found
}

// texts returns what an expression of type string may be: a constant, wherever that is declared, or what the sources
// give to the variable, field or parameter that it is.
func (p *program) texts(l *loaded, expression ast.Expr, depth int) texts {
	expression = unparen(expression)
	unknown := texts{map[string]bool{}, true}
	if value := l.info.Types[expression].Value; value != nil && value.Kind() == constant.String {
		return texts{map[string]bool{constant.StringVal(value): true}, false}
	}
	if depth > deepest {
		return unknown
	}
	switch e := expression.(type) {
	case *ast.Ident:
		return p.given(l, l.info.ObjectOf(e), depth)
	case *ast.SelectorExpr:
		return p.given(l, l.info.Uses[e.Sel], depth)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return joined(p.texts(l, e.X, depth+1), p.texts(l, e.Y, depth+1))
		}
	case *ast.IndexExpr:
		return p.elements(l, e.X, element, depth+1)
	case *ast.CallExpr:
		if l.info.Types[e.Fun].IsType() && len(e.Args) == 1 {
			return p.texts(l, e.Args[0], depth+1)
		}
		return p.returned(site{l, e}, depth+1)
	}
	return unknown
}

// miss notes that the sources of the package of an object would say more.
func (p *program) miss(object types.Object) {
	if object != nil && object.Pkg() != nil && p.packages[object.Pkg().Path()] == nil {
		p.missed[object.Pkg().Path()] = true
	}
}

// joined returns each of some strings with each of others after it.
func joined(starts, ends texts) texts {
	found := texts{map[string]bool{}, starts.open || ends.open}
	for start := range starts.known {
		for end := range ends.known {
			found.known[start+end] = true
		}
	}
	return found
}

// given returns what a variable may be.
func (p *program) given(l *loaded, object types.Object, depth int) texts {
	return p.bound(l, object, func(b binding) texts {
		switch b.part {
		case whole, argument:
			return p.texts(b.loaded, b.expression, depth+1)
		case element, key:
			return p.elements(b.loaded, b.expression, b.part, depth+1)
		}
		return texts{open: true}
	})
}

// bound returns what a variable may be by all that is bound to it, of which of says what each gives.
func (p *program) bound(l *loaded, object types.Object, of func(binding) texts) texts {
	variable, is := object.(*types.Var)
	found := texts{known: map[string]bool{}, open: true}
	if !is {
		return found
	}
	own := l.keyOf(variable)
	if p.busy[own] { // it is made of itself
		return found
	}
	p.busy[own] = true
	defer delete(p.busy, own)
	bindings := p.bindings[own]
	if found.open = len(bindings) == 0; found.open {
		p.miss(variable)
	}
	for _, b := range bindings {
		found.add(of(b))
	}
	return found
}

// returned returns what a function with one result may return.
func (p *program) returned(s site, depth int) texts {
	callees := p.callees(s)
	found := texts{known: map[string]bool{}, open: len(callees) == 0}
	for _, callee := range callees {
		f := p.functions[callee]
		if f == nil {
			p.miss(s.info.Uses[called(s.call.Fun)])
		}
		if f == nil || f.signature.Results().Len() != 1 {
			found.open = true
			continue
		}
		for _, value := range returns(f) {
			found.add(p.texts(f.loaded, value, depth+1))
		}
	}
	return found
}

// called returns the name of what is called; nil where it has none.
func called(function ast.Expr) *ast.Ident {
	switch f := unparen(function).(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	case *ast.IndexExpr:
		return called(f.X)
	case *ast.IndexListExpr:
		return called(f.X)
	}
	return nil
}

// returns lists the first results in the return statements of a function.
func returns(f *function) []ast.Expr {
	var found []ast.Expr
	ast.Inspect(f.body, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) > 0 {
				found = append(found, n.Results[0])
			}
		}
		return true
	})
	return found
}

// elements returns what the elements, or the keys, of a list or map of strings may be.
func (p *program) elements(l *loaded, expression ast.Expr, part part, depth int) texts {
	found := texts{known: map[string]bool{}, open: true}
	if depth > deepest {
		return found
	}
	switch e := unparen(expression).(type) {
	case *ast.CompositeLit:
		found.open = false
		for _, one := range e.Elts {
			pair, paired := one.(*ast.KeyValueExpr)
			switch {
			case paired && part == key:
				one = pair.Key
			case paired:
				one = pair.Value
			}
			found.add(p.texts(l, one, depth+1))
		}
	case *ast.Ident:
		return p.gathered(l, l.info.ObjectOf(e), part, depth)
	case *ast.SelectorExpr:
		return p.gathered(l, l.info.Uses[e.Sel], part, depth)
	case *ast.CallExpr:
		if name, is := unparen(e.Fun).(*ast.Ident); is && name.Name == "append" && len(e.Args) > 0 && !e.Ellipsis.IsValid() {
			found = p.elements(l, e.Args[0], part, depth+1)
			for _, one := range e.Args[1:] {
				found.add(p.texts(l, one, depth+1))
			}
		}
	}
	return found
}

// gathered returns what the elements of the list or map that a variable is may be.
func (p *program) gathered(l *loaded, object types.Object, part part, depth int) texts {
	return p.bound(l, object, func(b binding) texts {
		switch b.part {
		case whole, argument:
			return p.elements(b.loaded, b.expression, part, depth+1)
		case item:
			return p.texts(b.loaded, b.expression, depth+1)
		}
		return texts{open: true}
	})
}
