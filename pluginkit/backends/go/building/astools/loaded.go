package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// loaded is one package, type-checked as far as it goes, with the bodies of its functions.
type loaded struct {
	path string
	// root is the directory that positions are relative to.
	root  string
	fset  *token.FileSet
	files []*ast.File
	pkg   *types.Package
	info  *types.Info
	// broken has the positions of what does not compile.
	broken []token.Pos
}

// load parses and checks a package, with an importer that is made for its files.
func load(one Sources, root string, fset *token.FileSet, sizes types.Sizes, imports func([]*ast.File) types.Importer) *loaded {
	l := &loaded{path: one.Path, root: root, fset: fset, files: parseFiles(fset, one, false)}
	l.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	config := types.Config{
		Importer:    mapped{imports(l.files), one.ImportMap},
		FakeImportC: true,
		Sizes:       sizes,
		Error: func(err error) {
			if problem, is := err.(types.Error); is && !problem.Soft {
				l.broken = append(l.broken, problem.Pos)
			}
		},
	}
	l.pkg, _ = config.Check(one.Path, fset, l.files, l.info)
	return l
}

// lines returns how many lines its files have.
func (l *loaded) lines() int {
	sum := 0
	for _, file := range l.files {
		if read := l.fset.File(file.Pos()); read != nil {
			sum += read.LineCount()
		}
	}
	return sum
}
