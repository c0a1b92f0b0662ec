package main

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
)

// exports imports packages from their export data, each once. It knows neither comments nor modules.
type exports struct {
	files map[string]string
	gc    types.Importer
}

func newExports(files map[string]string) *exports {
	lookup := func(path string) (io.ReadCloser, error) {
		name, known := files[path]
		if !known {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(name)
	}
	return &exports{files, importer.ForCompiler(token.NewFileSet(), "gc", lookup)}
}

// Import implements types.Importer.
func (e *exports) Import(path string) (*types.Package, error) {
	if _, known := e.files[path]; !known && path != "unsafe" {
		return nil, fmt.Errorf("no export data of %s", path)
	}
	return e.gc.Import(path)
}

func (e *exports) deprecated(types.Object) bool    { return false }
func (e *exports) missing(*types.Package) bool     { return false }
func (e *exports) written(types.Object) string     { return "" }
func (e *exports) together(one, other string) bool { return one == other }

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
