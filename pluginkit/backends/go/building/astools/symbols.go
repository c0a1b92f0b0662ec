package main

import (
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
	// Uses is what it and the packages of its own use of the APIs; nil where that was not asked for.
	Uses *Uses `json:"uses"`
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

// examine looks at a package. What does not compile is left to the compiler to explain.
func examine(l *loaded, apis []string) Examined {
	found := Examined{Path: l.path, Names: []string{}, Symbols: []Symbol{}, SideEffects: []SideEffect{}}
	scope := l.pkg.Scope()
	for _, name := range scope.Names() {
		found.Names = append(found.Names, name)
		if object := scope.Lookup(name); object.Exported() {
			found.Symbols = append(found.Symbols, l.symbol(object))
		}
	}
	found.SideEffects = append(found.SideEffects, l.sideEffects(apis)...)
	return found
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

// invalid reports whether a type is made of something that was not found.
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
