// Command astools tells pluginkit what only Go's own parser and type checker know: the public surface of API
// packages, what main packages export, and what runs in them while plugin.Open is still at work.
//
// One request as JSON on standard input, one answer as JSON on standard output; nothing of the packages is run.
package main

import (
	"encoding/json"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
)

// Request is what one invocation is asked, as `go list -deps -export -json` gives it.
type Request struct {
	// Root is the directory that positions are relative to.
	Root string `json:"root"`
	// Exports maps import paths to files with export data. What is missing is guessed from names alone.
	Exports map[string]string `json:"exports"`
	// APIs are the import paths of the shared APIs: calls into them are calls to the host.
	APIs []string `json:"apis"`
	// Surfaces are the import paths whose surface is asked for; each needs its export data.
	Surfaces []string `json:"surfaces"`
	// Mains are the packages whose sources are examined.
	Mains []Sources `json:"mains"`
}

// Sources are the files of one package.
type Sources struct {
	Path  string   `json:"path"`
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
	// ImportMap maps import paths as written to those meant (vendoring), where they differ.
	ImportMap map[string]string `json:"importMap"`
}

// Answer has one entry for each entry of the request, in its order.
type Answer struct {
	Surfaces []Surface  `json:"surfaces"`
	Mains    []Examined `json:"mains"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	var request Request
	if err := json.NewDecoder(in).Decode(&request); err != nil {
		return fmt.Errorf("the request is not understood: %w", err)
	}
	exports := newExports(request.Exports)
	answer := Answer{Surfaces: []Surface{}, Mains: []Examined{}}
	for _, path := range request.Surfaces {
		surface, err := surfaceOf(path, exports)
		if err != nil {
			return fmt.Errorf("the surface of %s: %w", path, err)
		}
		answer.Surfaces = append(answer.Surfaces, surface)
	}
	for _, sources := range request.Mains {
		examined, err := examine(sources, &request, exports)
		if err != nil {
			return fmt.Errorf("the package %s: %w", sources.Path, err)
		}
		answer.Mains = append(answer.Mains, examined)
	}
	return json.NewEncoder(out).Encode(answer)
}

// exports imports packages from their export data, each once.
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

// mapped imports what one package means by the paths it writes.
type mapped struct {
	*exports
	names map[string]string
}

// Import implements types.Importer.
func (m mapped) Import(path string) (*types.Package, error) {
	if meant, renamed := m.names[path]; renamed {
		path = meant
	}
	return m.exports.Import(path)
}
