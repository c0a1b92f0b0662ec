package main

import (
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"sort"
	"strings"
)

// looked is a symbol that a host looks up.
type looked struct {
	site
	// argument is the name as it is written, and name its value; empty where that cannot be known.
	argument ast.Expr
	name     string
	types    []asserted
	optional bool
}

// lookups returns what the packages look up in plugins, in the order of the sources.
func (p *program) lookups() []looked {
	var found []looked
	for _, path := range sortedKeys(p.packages) {
		l := p.packages[path]
		for _, file := range l.files {
			ast.Inspect(file, func(node ast.Node) bool {
				if call, is := node.(*ast.CallExpr); is && p.looksUp(l, call) {
					found = append(found, p.trace(site{l, call}, call.Args[0], nil, 0)...)
				}
				return true
			})
		}
	}
	return found
}

func sortedKeys[V any](table map[string]V) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// looksUp returns whether a call is one of plugin.Plugin.Lookup, be it through an interface or a variable.
func (p *program) looksUp(l *loaded, call *ast.CallExpr) bool {
	signature, is := under(l.info.TypeOf(call.Fun)).(*types.Signature)
	if !is || len(call.Args) != 1 || signature.Params().Len() != 1 || signature.Results().Len() != 2 {
		return false
	}
	if !isText(signature.Params().At(0).Type()) || !isSymbol(signature.Results().At(0).Type()) {
		return false
	}
	for _, called := range p.callees(site{l, call}) {
		if p.functions[called] != nil { // a helper, whose own calls are found by themselves
			return false
		}
	}
	return true
}

func isText(t types.Type) bool {
	basic, is := under(t).(*types.Basic)
	return is && basic.Kind() == types.String
}

func isSymbol(t types.Type) bool {
	named, is := unalias(t).(*types.Named)
	return is && named.Obj().Name() == "Symbol" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "plugin"
}

// trace returns what a call looks up by a name, with what the symbols are taken for. Where the name is a parameter of
// the function around the call, each call of that function looks something up.
func (p *program) trace(s site, name ast.Expr, carried []asserted, depth int) []looked {
	here := s.placeKey(s.call.Pos())
	if p.busy[here] { // a function that calls itself
		return nil
	}
	p.busy[here] = true
	defer delete(p.busy, here)
	flow := p.flow(s)
	types := append(append([]asserted{}, carried...), flow.types...)
	if given := p.callers(s.loaded, name); len(given) > 0 && depth < deepest {
		var found []looked
		for _, one := range given {
			further := p.trace(one.site, one.argument, substituted(types, one.site), depth+1)
			for i := range further {
				further[i].optional = further[i].optional || flow.optional
			}
			found = append(found, further...)
		}
		return found
	}
	if flow.escapes {
		types = append(types, p.outside(s, depth)...)
	}
	texts := p.texts(s.loaded, name, 0)
	var found []looked
	for _, text := range texts.sorted() {
		found = append(found, looked{s, name, text, types, flow.optional})
	}
	if texts.open {
		found = append(found, looked{s, name, "", types, flow.optional})
	}
	return found
}

// outside returns what callers of the function around a call take a symbol for that it returns.
func (p *program) outside(s site, depth int) []asserted {
	function := p.around(s.loaded, s.call)
	if depth > deepest || p.busy[function] {
		return nil
	}
	p.busy[function] = true
	defer delete(p.busy, function)
	var found []asserted
	for _, caller := range p.calls[function] {
		flow := p.flow(caller)
		found = append(found, substituted(flow.types, caller)...)
		if flow.escapes {
			found = append(found, p.outside(caller, depth+1)...)
		}
	}
	return found
}

// passed is a call with the argument that is meant.
type passed struct {
	site
	argument ast.Expr
}

// callers returns the calls of the function whose parameter an expression is, with what each gives for it.
func (p *program) callers(l *loaded, expression ast.Expr) []passed {
	name, is := unparen(expression).(*ast.Ident)
	if !is {
		return nil
	}
	own := l.keyOf(l.info.ObjectOf(name))
	parameter, is := p.parameters[own]
	if !is || parameter.variadic {
		return nil
	}
	for _, b := range p.bindings[own] {
		if b.part != argument { // it is given something else on the way
			return nil
		}
	}
	var found []passed
	for _, one := range p.calls[parameter.function] {
		if parameter.index < len(one.call.Args) && !one.call.Ellipsis.IsValid() {
			found = append(found, passed{one, one.call.Args[parameter.index]})
		}
	}
	return found
}

// spelled returns an expression as it is written.
func (l *loaded) spelled(expression ast.Expr) string {
	var text strings.Builder
	if err := printer.Fprint(&text, token.NewFileSet(), expression); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
