package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"strings"
)

// forgiving makes up the packages that cannot be imported: each has the names that the files select from it, as
// types of which nothing is known. A function or a variable taken for a type leaves a hole, as it would otherwise.
type forgiving struct {
	*sources
	files []*ast.File
}

// Import implements types.Importer.
func (f forgiving) Import(from string) (*types.Package, error) {
	pkg, err := f.sources.Import(from)
	if err == nil || from == "C" {
		return pkg, err
	}
	if pkg = f.holes[from]; pkg == nil {
		pkg = types.NewPackage(from, guessedName(from))
		f.holes[from] = pkg
	}
	for _, file := range f.files {
		for _, name := range selected(file, from) {
			object := types.NewTypeName(token.NoPos, pkg, name, nil)
			if pkg.Scope().Insert(object) == nil {
				types.NewNamed(object, types.Typ[types.Invalid], nil)
			}
		}
	}
	pkg.MarkComplete()
	return pkg, nil
}

var majorBase = regexp.MustCompile(`^v[0-9]+$`)

// guessedName returns the name that a package most likely has.
func guessedName(from string) string {
	name := path.Base(from)
	if majorBase.MatchString(name) && path.Dir(from) != "." {
		name = path.Base(path.Dir(from))
	}
	name, _, _ = strings.Cut(name, ".")
	return strings.ReplaceAll(strings.TrimPrefix(name, "go-"), "-", "_")
}

// selected returns the names that a file takes from an import.
func selected(file *ast.File, from string) []string {
	local := ""
	for _, imported := range file.Imports {
		if strings.Trim(imported.Path.Value, "\"`") == from {
			local = guessedName(from)
			if imported.Name != nil {
				local = imported.Name.Name
			}
		}
	}
	var names []string
	if local == "" {
		return nil
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, is := node.(*ast.SelectorExpr); is {
			if x, is := selector.X.(*ast.Ident); is && x.Name == local {
				names = append(names, selector.Sel.Name)
			}
		}
		return true
	})
	return names
}
