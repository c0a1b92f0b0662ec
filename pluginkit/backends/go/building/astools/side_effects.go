package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"
)

// SideEffect is something that runs inside plugin.Open and should not.
type SideEffect struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Call string `json:"call"`
	// Kind is one of effects, or host, or fatal: an exit or a panic that nothing can avoid.
	Kind string `json:"kind"`
}

// walk follows what an initialiser runs, into functions of its own package.
type walk struct {
	*loaded
	// apis are import paths: calls into these are calls to the host.
	apis   map[string]bool
	bodies map[*types.Func]*ast.FuncDecl
	// visited says for each function walked whether it is certain to run.
	visited map[*ast.FuncDecl]bool
	found   map[token.Pos]SideEffect
}

// sideEffects returns what `func init` and the initialisers of package-level variables should leave to the host.
func (l *loaded) sideEffects(apis []string) []SideEffect {
	w := &walk{l, set(apis), map[*types.Func]*ast.FuncDecl{}, map[*ast.FuncDecl]bool{}, map[token.Pos]SideEffect{}}
	for _, file := range l.files {
		for _, declared := range file.Decls {
			if function, is := declared.(*ast.FuncDecl); is {
				if object, is := l.info.Defs[function.Name].(*types.Func); is {
					w.bodies[object] = function
				}
			}
		}
	}
	for _, file := range l.files {
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				if declared.Name.Name == "init" && declared.Recv == nil {
					w.function(declared, true)
				}
			case *ast.GenDecl:
				w.variables(declared)
			}
		}
	}
	return sorted(w.found)
}

func sorted(found map[token.Pos]SideEffect) []SideEffect {
	once := map[SideEffect]bool{}
	list := []SideEffect{}
	for _, effect := range found {
		if !once[effect] {
			once[effect] = true
			list = append(list, effect)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		one, other := list[i], list[j]
		if one.File != other.File {
			return one.File < other.File
		}
		if one.Line != other.Line {
			return one.Line < other.Line
		}
		return one.Call < other.Call
	})
	return list
}

func (w *walk) variables(declared *ast.GenDecl) {
	for _, spec := range declared.Specs {
		values, is := spec.(*ast.ValueSpec)
		if !is || declared.Tok != token.VAR {
			continue
		}
		unnamed := true
		for _, name := range values.Names {
			unnamed = unnamed && name.Name == "_"
		}
		for _, value := range values.Values {
			w.value(value, true, unnamed)
		}
	}
}

func (w *walk) function(declared *ast.FuncDecl, certain bool) {
	before, visited := w.visited[declared]
	if declared.Body == nil || (visited && (before || !certain)) {
		return
	}
	w.visited[declared] = certain
	w.block(declared.Body.List, certain)
}

func (w *walk) block(statements []ast.Stmt, certain bool) {
	for _, statement := range statements {
		w.node(statement, certain)
		certain = certain && !leaves(statement)
	}
}

// leaves reports whether what comes after a statement may not be reached, or its panic be caught.
func leaves(statement ast.Stmt) bool {
	found := false
	_, deferred := statement.(*ast.DeferStmt)
	ast.Inspect(statement, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return deferred
		case *ast.ReturnStmt, *ast.BranchStmt:
			found = found || !deferred
		case *ast.Ident:
			found = found || (deferred && node.Name == "recover")
		}
		return true
	})
	return found
}

// node walks what runs when `node` is reached; `certain`: it is reached whenever the plugin is loaded.
func (w *walk) node(node ast.Node, certain bool) {
	switch n := node.(type) {
	case *ast.FuncLit: // made, not called
	case *ast.BlockStmt:
		w.block(n.List, certain)
	case *ast.IfStmt:
		w.children(n, certain, n.Body, n.Else)
	case *ast.ForStmt:
		w.children(n, certain, n.Body, n.Post)
	case *ast.RangeStmt:
		w.children(n, certain, n.Body)
	case *ast.SwitchStmt:
		w.children(n, certain, n.Body)
	case *ast.TypeSwitchStmt:
		w.children(n, certain, n.Body)
	case *ast.CaseClause, *ast.CommClause:
		w.children(n, false)
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			w.children(n, certain, n.Y)
		} else {
			w.children(n, certain)
		}
	case *ast.GoStmt:
		started := w.resolve(n.Call.Fun).shown
		if started == "" {
			started = "func"
		}
		w.report(n.Pos(), "go "+started, "background")
		for _, argument := range n.Call.Args {
			w.node(argument, certain)
		}
	case *ast.DeferStmt:
		w.call(n.Call, false, true)
	case *ast.ExprStmt:
		w.value(n.X, certain, true)
	case *ast.AssignStmt:
		w.assign(n, certain)
	case *ast.CallExpr:
		w.call(n, certain, false)
	case *ast.SelectorExpr:
		w.reference(n)
		w.node(n.X, certain)
	case *ast.Ident:
		w.reference(n)
	default:
		w.children(n, certain)
	}
}

// children walks the parts of a node; those in `perhaps` run or not.
func (w *walk) children(node ast.Node, certain bool, perhaps ...ast.Node) {
	ast.Inspect(node, func(child ast.Node) bool {
		if child == node {
			return true
		}
		if child != nil {
			sure := certain
			for _, one := range perhaps {
				sure = sure && child != one
			}
			w.node(child, sure)
		}
		return false
	})
}

// value walks an expression; `dropped`: nothing takes its value, so that a call is made for its effect.
func (w *walk) value(expression ast.Expr, certain, dropped bool) {
	if call, is := unparen(expression).(*ast.CallExpr); is {
		w.call(call, certain, dropped)
	} else {
		w.node(expression, certain)
	}
}

func (w *walk) assign(assign *ast.AssignStmt, certain bool) {
	dropped := true
	for _, target := range assign.Lhs {
		name, is := target.(*ast.Ident)
		dropped = dropped && is && name.Name == "_"
		if found := w.resolve(target); found.pkg != "" && found.pkg != w.pkg.Path() && found.function == nil {
			kind := "registration"
			if w.apis[found.pkg] {
				kind = "host"
			}
			w.report(target.Pos(), found.shown+" = ...", kind)
		} else {
			w.node(target, certain)
		}
	}
	for _, value := range assign.Rhs {
		w.value(value, certain, dropped)
	}
}

func (w *walk) call(call *ast.CallExpr, certain, dropped bool) {
	if !w.info.Types[call.Fun].IsType() {
		w.called(call, certain, dropped)
	}
	switch function := unparen(call.Fun).(type) {
	case *ast.FuncLit:
		w.block(function.Body.List, certain)
	case *ast.SelectorExpr:
		w.node(function.X, certain)
	}
	for _, argument := range call.Args {
		w.node(argument, certain)
	}
}

func (w *walk) called(call *ast.CallExpr, certain, dropped bool) {
	found := w.resolve(call.Fun)
	if body := w.bodies[found.function]; body != nil {
		w.function(body, certain)
		return
	}
	if runsItsArgument[found.key] && len(call.Args) == 1 {
		w.run(call.Args[0])
	}
	kind := effects.kind(found.key)
	switch {
	case found.key == "panic" || kind == "panic":
		kind = ""
		if certain {
			kind = "fatal"
		}
	case kind == "exit" && certain:
		kind = "fatal"
	case kind == "" && w.apis[found.pkg] && (dropped || registers(found.name)):
		kind = "host"
	}
	if kind != "" {
		w.report(last(call.Fun), found.shown, kind)
	}
}

// registers reports whether a function of an API is meant for its effect on the host, whatever it returns.
func registers(name string) bool {
	return strings.HasPrefix(name, "Register") || strings.HasPrefix(name, "MustRegister")
}

// run walks the body of a function value.
func (w *walk) run(value ast.Expr) {
	if literal, is := unparen(value).(*ast.FuncLit); is {
		w.block(literal.Body.List, false)
	} else if body := w.bodies[w.resolve(value).function]; body != nil {
		w.function(body, false)
	}
}

// reference reports variables that belong to the whole process.
func (w *walk) reference(expression ast.Expr) {
	if found := w.resolve(expression); found.function == nil && effects.kind(found.key) == "registration" {
		w.report(expression.Pos(), found.shown, "registration")
	}
}

func (w *walk) report(pos token.Pos, call, kind string) {
	if before, known := w.found[pos]; known && before.Kind == "fatal" {
		return
	}
	file, line := w.place(pos)
	w.found[pos] = SideEffect{file, line, call, kind}
}
