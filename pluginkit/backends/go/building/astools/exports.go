package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
)

// exports imports packages from their export data, each once. It knows no comments.
type exports struct {
	files map[string]string
	known map[string]Sources
	gc    types.Importer
}

func newExports(files map[string]string, packages []Sources) *exports {
	lookup := func(path string) (io.ReadCloser, error) {
		name, known := files[path]
		if !known {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(name)
	}
	return &exports{files, byPath(packages), importer.ForCompiler(token.NewFileSet(), "gc", lookup)}
}

// Import implements types.Importer.
func (e *exports) Import(path string) (*types.Package, error) {
	if _, known := e.files[path]; !known && path != "unsafe" {
		return nil, fmt.Errorf("no export data of %s", path)
	}
	return e.gc.Import(path)
}

// load checks one package with the bodies of its functions.
func (e *exports) load(path, root, arch string) (*loaded, error) {
	one, listed := e.known[path]
	if !listed {
		return nil, fmt.Errorf("%s is not among the packages", path)
	}
	made := func([]*ast.File) types.Importer { return e }
	l := load(one, root, token.NewFileSet(), types.SizesFor("gc", arch), made)
	if len(l.files) < len(one.Files) {
		return nil, fmt.Errorf("not all of its files in %s can be read", one.Dir)
	}
	return l, nil
}

func (e *exports) deprecated(types.Object) bool    { return false }
func (e *exports) missing(*types.Package) bool     { return false }
func (e *exports) written(types.Object) string     { return "" }
func (e *exports) together(one, other string) bool { return together(e.known, one, other) }

// mapped imports what one package means by the paths it writes.
type mapped struct {
	types.Importer
	names map[string]string
}

// Import implements types.Importer.
func (m mapped) Import(path string) (*types.Package, error) {
	if meant, renamed := m.names[path]; renamed {
		path = meant
	}
	return m.Importer.Import(path)
}
