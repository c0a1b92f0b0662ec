// Command astools tells pluginkit what only Go's own parser and type checker know: the public surface of API
// packages, what main packages export, what runs in them while plugin.Open is still at work, and what they use of
// the APIs.
//
// One request as JSON on standard input, one answer as JSON on standard output. Nothing of the packages is run or
// compiled, and no process is started.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// Request is what one invocation is asked, as `go list -deps -json` gives it.
type Request struct {
	// Root is the directory that positions are relative to.
	Root string `json:"root"`
	// Arch is the GOARCH of the target: it decides the size of an int.
	Arch string `json:"arch"`
	// Exports maps import paths to files with export data. What is missing is guessed from names alone.
	Exports map[string]string `json:"exports"`
	// APIs are the import paths of the shared APIs: calls into them are calls to the host.
	APIs []string `json:"apis"`
	// Packages are those of the exports that are not of the standard library, or some of them.
	Packages []Sources `json:"packages"`
	// Surfaces are the import paths whose surface is read from export data.
	Surfaces []string `json:"surfaces"`
	// Mains are the packages whose sources are examined.
	Mains []Sources `json:"mains"`
	// Users has for some of Mains whose uses of the APIs are theirs, by import path.
	Users map[string]Users `json:"users"`
	// Trees are read from sources alone.
	Trees []Tree `json:"trees"`
	// Starts are plugins to be written.
	Starts []Start `json:"starts"`
	// Crossings are what carries calls between hosts and plugins that share no memory.
	Crossings []Crossing `json:"crossings"`
}

// Tree is one set of packages that is read from its sources: every import path means one package in it.
type Tree struct {
	// Root is the directory that positions are relative to.
	Root string `json:"root"`
	// Arch is the GOARCH of the target: it decides the size of an int.
	Arch string `json:"arch"`
	// Packages are all that the others need, in any order. What is missing is unknown, not an error.
	Packages []Sources `json:"packages"`
	// Surfaces are the import paths whose surface is asked for.
	Surfaces []string `json:"surfaces"`
	// Users are asked what they use of the APIs, by the import path of a plugin.
	Users map[string]Users `json:"users"`
	// Adoption is what `pluginkit init` asks; nil where it does not ask.
	Adoption *Adoption `json:"adoption"`
}

// Sources are the files of one package.
type Sources struct {
	Path string `json:"path"`
	// Name is what its package clause says.
	Name  string   `json:"name"`
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
	// ImportMap maps import paths as written to those meant (vendoring), where they differ.
	ImportMap map[string]string `json:"importMap"`
	// Module is what packages that are released together have in common; empty in the standard library.
	Module string `json:"module"`
	// Standard is set for packages of the standard library.
	Standard bool `json:"standard"`
}

// Answer has one entry for each entry of the request, in its order.
type Answer struct {
	Surfaces []Surface  `json:"surfaces"`
	Mains    []Examined `json:"mains"`
	Trees    []Read     `json:"trees"`
	Starts   []Started  `json:"starts"`
	Adapters []Adapter  `json:"adapters"`
}

// Read is what the sources of one tree say.
type Read struct {
	Surfaces []Surface `json:"surfaces"`
	// Uses has what each set of users uses.
	Uses map[string]Uses `json:"uses"`
	// Adopted is there where it was asked for.
	Adopted *Adopted `json:"adopted"`
}

func main() {
	// One answer and out: collecting garbage would take half of the time.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
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
	exports := newExports(request.Exports, append(request.Packages, request.Mains...))
	answer := Answer{Surfaces: []Surface{}, Mains: []Examined{}, Trees: []Read{}, Starts: []Started{}, Adapters: []Adapter{}}
	for _, path := range request.Surfaces {
		pkg, err := exports.Import(path)
		if err != nil {
			return fmt.Errorf("the surface of %s: %w", path, err)
		}
		answer.Surfaces = append(answer.Surfaces, surfaceOf(pkg, exports))
	}
	apis := newAPITypes(exports)
	for _, one := range request.Mains {
		examined, err := readMain(one.Path, request, exports, apis)
		if err != nil {
			return fmt.Errorf("the package %s: %w", one.Path, err)
		}
		answer.Mains = append(answer.Mains, examined)
	}
	standard := newStandard()
	for _, tree := range request.Trees {
		read, err := readTree(tree, standard)
		if err != nil {
			return err
		}
		answer.Trees = append(answer.Trees, read)
	}
	if err := write(request, exports, &answer); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(answer)
}

// write answers what asks for sources.
func write(request Request, exports *exports, answer *Answer) error {
	for _, one := range request.Starts {
		started, err := start(one, exports)
		if err != nil {
			return err
		}
		answer.Starts = append(answer.Starts, started)
	}
	for _, one := range request.Crossings {
		adapter, err := adapt(one, request, exports)
		if err != nil {
			return err
		}
		answer.Adapters = append(answer.Adapters, adapter)
	}
	return nil
}

// readMain checks a main package once for all that is asked of it.
func readMain(path string, request Request, exports *exports, apis *apiTypes) (Examined, error) {
	l, err := exports.load(path, request.Root, request.Arch)
	if err != nil {
		return Examined{}, err
	}
	examined := examine(l, request.APIs)
	users, asked := request.Users[path]
	if !asked {
		return examined, nil
	}
	uses, err := usesOf(users, apis, false, func(own string) (*loaded, error) {
		if own == path {
			return l, nil
		}
		return exports.load(own, request.Root, request.Arch)
	})
	examined.Uses = &uses
	return examined, err
}

func readTree(tree Tree, standard *sources) (Read, error) {
	sources := newSources(tree, standard)
	read := Read{Surfaces: []Surface{}, Uses: map[string]Uses{}}
	for _, path := range tree.Surfaces {
		pkg, err := sources.Import(path)
		if err != nil {
			return read, fmt.Errorf("the surface of %s: %w", path, err)
		}
		surface := surfaceOf(pkg, sources)
		surface.Problems = append(surface.Problems, sources.problems[path]...)
		read.Surfaces = append(read.Surfaces, surface)
	}
	apis := newAPITypes(sources)
	for name, users := range tree.Users {
		uses, err := usesOf(users, apis, true, func(path string) (*loaded, error) { return sources.load(path, tree.Root) })
		if err != nil {
			return read, fmt.Errorf("what %s uses: %w", name, err)
		}
		read.Uses[name] = uses
	}
	if tree.Adoption == nil {
		return read, nil
	}
	adopted, err := adopt(*tree.Adoption, sources, tree.Root, os.Stderr)
	read.Adopted = &adopted
	return read, err
}
