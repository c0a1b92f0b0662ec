package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// program is several packages with the bodies of their functions. Each sees the others by declarations of its own, so
// that objects are known by the place of their declaration, which is the same for all: that is their key.
type program struct {
	packages map[string]*loaded
	parents  map[ast.Node]ast.Node
	// functions are declared functions, methods and function literals.
	functions map[string]*function
	// parameters say whose parameter a variable is.
	parameters map[string]parameter
	// bindings are what variables, parameters and fields are given.
	bindings map[string][]binding
	// uses are where variables and fields are named.
	uses map[string][]use
	// calls are the calls of each function that can be known from the sources.
	calls map[string][]site
	// methods are the keys of all methods of a name.
	methods map[string][]string
	// missed are packages that are not part of the program, and would say what a name is.
	missed map[string]bool
	// busy has the variables and calls that are being followed: what leads back to one is not followed again.
	busy map[string]bool
}

// function is a declaration or a literal with a body.
type function struct {
	*loaded
	node      ast.Node
	body      *ast.BlockStmt
	signature *types.Signature
}

// parameter is one of a function.
type parameter struct {
	function string
	index    int
	variadic bool
}

// site is a call in its package.
type site struct {
	*loaded
	call *ast.CallExpr
}

// use is an identifier in its package.
type use struct {
	*loaded
	name *ast.Ident
}

// part says what of an expression a variable is given.
type part int

const (
	whole part = iota
	// argument is the whole too: what a call passes for a parameter.
	argument
	// element and key are those of the list or map that the expression is.
	element
	key
	// item is one element more of the list that the variable is.
	item
	// result is what nothing more is known of: one of several results of a call, or a value that is changed.
	result
)

// binding is an expression that a variable is given, or a part of it.
type binding struct {
	*loaded
	expression ast.Expr
	part       part
	pos        token.Pos
}

func newProgram(packages map[string]*loaded) *program {
	p := &program{
		packages: packages, parents: map[ast.Node]ast.Node{}, functions: map[string]*function{}, parameters: map[string]parameter{},
		bindings: map[string][]binding{}, uses: map[string][]use{}, calls: map[string][]site{}, methods: map[string][]string{},
		missed: map[string]bool{}, busy: map[string]bool{},
	}
	var calls []site
	for _, l := range packages {
		for _, file := range l.files {
			calls = append(calls, p.index(l, file)...)
		}
	}
	for _, one := range calls {
		p.bindArguments(one)
	}
	for _, one := range calls { // now that parameters are bound, functions that are passed are known too
		for _, callee := range p.callees(one) {
			p.calls[callee] = append(p.calls[callee], one)
		}
	}
	return p
}

// keyOf returns where an object is declared; empty for what has no place in the sources.
func (l *loaded) keyOf(object types.Object) string {
	switch known := object.(type) {
	case nil:
		return ""
	case *types.Func:
		object = known.Origin()
	case *types.Var:
		object = known.Origin()
	}
	if !object.Pos().IsValid() {
		return ""
	}
	return l.placeKey(object.Pos())
}

func (l *loaded) placeKey(pos token.Pos) string {
	position := l.fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", position.Filename, position.Offset)
}

// index reads one file and returns the calls in it.
func (p *program) index(l *loaded, file *ast.File) []site {
	var above []ast.Node
	var calls []site
	ast.Inspect(file, func(node ast.Node) bool {
		if node == nil {
			above = above[:len(above)-1]
			return true
		}
		if len(above) > 0 {
			p.parents[node] = above[len(above)-1]
		}
		above = append(above, node)
		switch n := node.(type) {
		case *ast.FuncDecl:
			p.declared(l, n)
		case *ast.FuncLit:
			if signature, is := l.info.TypeOf(n).(*types.Signature); is {
				p.function(l.placeKey(n.Pos()), &function{l, n, n.Body, signature})
			}
		case *ast.CallExpr:
			calls = append(calls, site{l, n})
		case *ast.Ident:
			if variable, is := l.info.Uses[n].(*types.Var); is {
				p.uses[l.keyOf(variable)] = append(p.uses[l.keyOf(variable)], use{l, n})
			}
		default:
			p.bindAll(l, n)
		}
		return true
	})
	return calls
}

func (p *program) declared(l *loaded, n *ast.FuncDecl) {
	object, is := l.info.Defs[n.Name].(*types.Func)
	if !is || n.Body == nil {
		return
	}
	key := l.keyOf(object)
	p.function(key, &function{l, n, n.Body, object.Type().(*types.Signature)})
	if n.Recv != nil {
		p.methods[n.Name.Name] = append(p.methods[n.Name.Name], key)
	}
}

func (p *program) function(key string, f *function) {
	p.functions[key] = f
	last := f.signature.Params().Len() - 1
	for i := 0; i <= last; i++ {
		p.parameters[f.keyOf(f.signature.Params().At(i))] = parameter{key, i, f.signature.Variadic() && i == last}
	}
}

// callees returns the functions that a call may run, as far as their bodies are known.
func (p *program) callees(s site) []string {
	return p.named(s.loaded, s.call.Fun, 0)
}

// named returns the functions that an expression may be.
func (p *program) named(l *loaded, expression ast.Expr, depth int) []string {
	if literal, is := unparen(expression).(*ast.FuncLit); is {
		return []string{l.placeKey(literal.Pos())}
	}
	if name := called(expression); name != nil {
		return p.meant(l, l.info.Uses[name], depth)
	}
	return nil
}

func (p *program) meant(l *loaded, object types.Object, depth int) []string {
	switch object := object.(type) {
	case *types.Func:
		if receiver := object.Type().(*types.Signature).Recv(); receiver != nil && types.IsInterface(receiver.Type()) {
			return p.methods[object.Name()]
		}
		return []string{l.keyOf(object)}
	case *types.Var:
		var found []string
		own := l.keyOf(object)
		if p.busy[own] || depth > deepest {
			return nil
		}
		p.busy[own] = true
		defer delete(p.busy, own)
		for _, b := range p.bindings[own] {
			if b.part == whole || b.part == argument {
				found = append(found, p.named(b.loaded, b.expression, depth+1)...)
			}
		}
		return found
	}
	return nil
}

// above returns what a node is part of, parentheses aside.
func (p *program) above(node ast.Node) ast.Node {
	for {
		parent := p.parents[node]
		if _, is := parent.(*ast.ParenExpr); !is {
			return parent
		}
		node = parent
	}
}

// around returns the function that a node stands in; empty at the top level.
func (p *program) around(l *loaded, node ast.Node) string {
	for ; node != nil; node = p.parents[node] {
		switch n := node.(type) {
		case *ast.FuncDecl:
			return l.keyOf(l.info.Defs[n.Name])
		case *ast.FuncLit:
			return l.placeKey(n.Pos())
		}
	}
	return ""
}
