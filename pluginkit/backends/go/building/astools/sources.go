package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"sync"
)

// sources imports the packages of one tree from their sources, each once, without the bodies of their functions and
// without what no exported declaration is made of. What is missing is made up, so that its types still have names.
type sources struct {
	fset  *token.FileSet
	sizes types.Sizes
	known map[string]Sources
	done  map[string]*types.Package
	// standard imports the standard library; trees that are read in one go share it. Nil where this is it.
	standard *sources
	// noted has the positions of deprecated names.
	noted map[token.Pos]bool
	// specs has the declarations of top-level names, by position.
	specs map[token.Pos]ast.Node
	// problems has what is wrong with the declarations of each package, as file:line: what.
	problems map[string][]string
	// holes has the packages that were made up.
	holes map[string]*types.Package
}

func newStandard() *sources {
	return &sources{
		fset: token.NewFileSet(), known: map[string]Sources{}, done: map[string]*types.Package{},
		noted: map[token.Pos]bool{}, specs: map[token.Pos]ast.Node{}, holes: map[string]*types.Package{}, problems: map[string][]string{},
	}
}

func newSources(tree Tree, standard *sources) *sources {
	s := newStandard()
	s.fset, s.sizes, s.standard = standard.fset, types.SizesFor("gc", tree.Arch), standard
	standard.sizes = s.sizes
	s.known = byPath(tree.Packages)
	for _, one := range tree.Packages {
		if _, known := standard.known[one.Path]; one.Standard && !known {
			standard.known[one.Path] = one
		}
	}
	return s
}

// Import implements types.Importer. An import path that is not known is an error.
func (s *sources) Import(path string) (*types.Package, error) {
	one, known := s.known[path]
	switch {
	case path == "unsafe":
		return types.Unsafe, nil
	case !known:
		return nil, fmt.Errorf("%s is not among the packages", path)
	case one.Standard && s.standard != nil && s.standard.known[path].Dir == one.Dir:
		return s.standard.Import(path)
	}
	if pkg, begun := s.done[path]; begun {
		if pkg == nil {
			return nil, fmt.Errorf("%s imports itself", path)
		}
		return pkg, nil
	}
	s.done[path] = nil
	s.done[path] = s.check(one)
	return s.done[path], nil
}

// check reads one package. What is wrong with it leaves holes, which are not errors.
func (s *sources) check(one Sources) *types.Package {
	files := parseFiles(s.fset, one, !one.Standard)
	if !one.Standard {
		note(s.noted, files)
	}
	prune(files, func(path string) string {
		if meant, renamed := one.ImportMap[path]; renamed {
			path = meant
		}
		return s.known[path].Name
	})
	for _, file := range files {
		remember(s.specs, file)
	}
	config := types.Config{
		Importer:         mapped{forgiving{s, files}, one.ImportMap},
		IgnoreFuncBodies: true,
		FakeImportC:      true,
		Sizes:            s.sizes,
		Error: func(err error) {
			if problem, is := err.(types.Error); is && !problem.Soft {
				position := s.fset.PositionFor(problem.Pos, false)
				where := fmt.Sprintf("%s:%d: ", filepath.Base(position.Filename), position.Line)
				s.problems[one.Path] = append(s.problems[one.Path], where+problem.Msg)
			}
		},
	}
	pkg, _ := config.Check(one.Path, s.fset, files, nil)
	return pkg
}

// load checks one package with the bodies of its functions.
func (s *sources) load(path, root string) (*loaded, error) {
	one, listed := s.known[path]
	if !listed {
		return nil, fmt.Errorf("%s is not among the packages", path)
	}
	made := func(files []*ast.File) types.Importer { return forgiving{s, files} }
	return load(one, root, s.fset, s.sizes, made), nil
}

// parseFiles parses the files of a package; one that cannot be read at all is left out.
func parseFiles(fset *token.FileSet, one Sources, comments bool) []*ast.File {
	mode := parser.SkipObjectResolution
	if comments {
		mode |= parser.ParseComments
	}
	parsed := make([]*ast.File, len(one.Files))
	var group sync.WaitGroup
	for i, name := range one.Files {
		group.Add(1)
		go func(i int, name string) {
			defer group.Done()
			parsed[i], _ = parser.ParseFile(fset, filepath.Join(one.Dir, name), nil, mode)
		}(i, name)
	}
	group.Wait()
	files := parsed[:0]
	for _, file := range parsed {
		if file != nil && file.Name != nil {
			files = append(files, file)
		}
	}
	return files
}

// deprecated returns whether the comment of a declaration says so.
func (s *sources) deprecated(object types.Object) bool { return s.noted[object.Pos()] }

// missing returns whether a package was made up.
func (s *sources) missing(pkg *types.Package) bool { return pkg != nil && s.holes[pkg.Path()] == pkg }

func (s *sources) together(one, other string) bool { return together(s.known, one, other) }

// together returns whether two packages are released together, so that the types of one are the API of the other.
func together(known map[string]Sources, one, other string) bool {
	return one == other || (known[one].Module != "" && known[one].Module == known[other].Module)
}

func byPath(packages []Sources) map[string]Sources {
	known := make(map[string]Sources, len(packages))
	for _, one := range packages {
		known[one.Path] = one
	}
	return known
}

// written returns the declaration of a name as it is written, on one line; a longer one stands as its digest.
func (s *sources) written(object types.Object) string {
	node := s.specs[object.Pos()]
	if node == nil {
		return ""
	}
	var text strings.Builder
	if err := printer.Fprint(&text, token.NewFileSet(), node); err != nil {
		return ""
	}
	return shortened(strings.Join(strings.Fields(text.String()), " "))
}
