package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// Examined is what the sources of one package say.
type Examined struct {
	Path string `json:"path"`
	// Names are all of its top level, unexported ones too.
	Names []string `json:"names"`
	// Symbols are its exported top-level declarations, sorted by name.
	Symbols []Symbol `json:"symbols"`
	// SideEffects are calls that run while the package is being loaded, in the order of the sources.
	SideEffects []SideEffect `json:"side_effects"`
}

// Symbol is one exported declaration.
type Symbol struct {
	Name string `json:"name"`
	// Form is func, var, const or type.
	Form string `json:"form"`
	// Type is as reflect prints it; empty where it is not known, or is generic.
	Type string `json:"type"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// loaded is one package, parsed, and type-checked as far as it goes.
type loaded struct {
	fset  *token.FileSet
	root  string
	files []*ast.File
	pkg   *types.Package
	info  *types.Info
	apis  map[string]bool
}

// examine reads the sources of a package. What does not compile is left to the compiler to explain.
func examine(sources Sources, request *Request, exports *exports) (Examined, error) {
	found := Examined{Path: sources.Path, Names: []string{}, Symbols: []Symbol{}, SideEffects: []SideEffect{}}
	l, err := load(sources, request, exports)
	if err != nil {
		return found, err
	}
	scope := l.pkg.Scope()
	for _, name := range scope.Names() {
		found.Names = append(found.Names, name)
		if object := scope.Lookup(name); object.Exported() {
			found.Symbols = append(found.Symbols, l.symbol(object))
		}
	}
	found.SideEffects = append(found.SideEffects, l.sideEffects()...)
	return found, nil
}

func load(sources Sources, request *Request, exports *exports) (*loaded, error) {
	l := &loaded{fset: token.NewFileSet(), root: request.Root, apis: map[string]bool{}}
	for _, path := range request.APIs {
		l.apis[path] = true
	}
	for _, name := range sources.Files {
		file, err := parser.ParseFile(l.fset, filepath.Join(sources.Dir, name), nil, parser.SkipObjectResolution)
		if file == nil {
			return nil, err
		}
		l.files = append(l.files, file)
	}
	l.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	config := types.Config{
		Importer:    mapped{exports, sources.ImportMap},
		FakeImportC: true,
		Error:       func(error) {},
	}
	l.pkg, _ = config.Check(sources.Path, l.fset, l.files, l.info)
	return l, nil
}

func (l *loaded) symbol(object types.Object) Symbol {
	file, line := l.place(object.Pos())
	symbol := Symbol{Name: object.Name(), File: file, Line: line}
	generic := false
	switch object := object.(type) {
	case *types.Func:
		symbol.Form, generic = "func", object.Type().(*types.Signature).TypeParams().Len() > 0
	case *types.Var:
		symbol.Form = "var"
	case *types.Const:
		symbol.Form = "const"
	case *types.TypeName:
		symbol.Form = "type"
	}
	if !generic && symbol.Form != "type" && !invalid(object.Type()) {
		symbol.Type = reflected.spell(object.Type())
	}
	return symbol
}

// invalid tells whether a type is made of something that was not found.
func invalid(t types.Type) bool {
	return strings.Contains(reflected.spell(t), types.Typ[types.Invalid].Name())
}

// place returns where something stands, relative to the root; what `//line` claims is not asked.
func (l *loaded) place(pos token.Pos) (string, int) {
	position := l.fset.PositionFor(pos, false)
	if inside, err := filepath.Rel(l.root, position.Filename); err == nil {
		return filepath.ToSlash(inside), position.Line
	}
	return filepath.ToSlash(position.Filename), position.Line
}
