package main

import (
	"go/ast"
	"go/token"
	"regexp"
)

// deprecation is how a paragraph of a comment begins that says so (https://go.dev/wiki/Deprecated).
var deprecation = regexp.MustCompile(`(?m)(\A|\n[ \t]*\n)Deprecated: `)

// note remembers the positions of the names in a package that are declared deprecated: of top-level declarations,
// methods, fields and methods of interfaces. A deprecated package deprecates all that it declares.
func note(noted map[token.Pos]bool, files []*ast.File) {
	whole := false
	var all []ast.Decl
	for _, file := range files {
		whole = whole || deprecates(file.Doc)
		all = append(all, file.Decls...)
	}
	for _, declared := range all {
		switch declared := declared.(type) {
		case *ast.FuncDecl:
			noteNames(noted, whole || deprecates(declared.Doc), declared.Name)
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				noteSpec(noted, whole || deprecates(declared.Doc), spec)
			}
		}
	}
}

func noteSpec(noted map[token.Pos]bool, group bool, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		noteNames(noted, group || deprecates(spec.Doc), spec.Names...)
	case *ast.TypeSpec:
		noteNames(noted, group || deprecates(spec.Doc), spec.Name)
		ast.Inspect(spec.Type, func(node ast.Node) bool {
			if field, is := node.(*ast.Field); is && deprecates(field.Doc) {
				noteNames(noted, true, field.Names...)
				if len(field.Names) == 0 {
					noted[embeddedName(field.Type)] = true
				}
			}
			return true
		})
	}
}

// embeddedName returns the position that the type checker gives an embedded field: that of its type's name.
func embeddedName(embedded ast.Expr) token.Pos {
	switch t := embedded.(type) {
	case *ast.StarExpr:
		return embeddedName(t.X)
	case *ast.IndexExpr:
		return embeddedName(t.X)
	case *ast.IndexListExpr:
		return embeddedName(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Pos()
	}
	return embedded.Pos()
}

func noteNames(noted map[token.Pos]bool, deprecated bool, names ...*ast.Ident) {
	for _, name := range names {
		if deprecated {
			noted[name.Pos()] = true
		}
	}
}

func deprecates(comment *ast.CommentGroup) bool {
	return comment != nil && deprecation.MatchString(comment.Text())
}

// remember keeps where the declaration of each name of a file stands, to quote what cannot be resolved.
func remember(specs map[token.Pos]ast.Node, file *ast.File) {
	for _, declared := range file.Decls {
		switch declared := declared.(type) {
		case *ast.FuncDecl:
			specs[declared.Name.Pos()] = declared
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					specs[spec.Name.Pos()] = spec
					rememberFields(specs, spec)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						specs[name.Pos()] = spec
					}
				}
			}
		}
	}
}

func rememberFields(specs map[token.Pos]ast.Node, spec *ast.TypeSpec) {
	ast.Inspect(spec.Type, func(node ast.Node) bool {
		if field, is := node.(*ast.Field); is {
			for _, name := range field.Names {
				specs[name.Pos()] = field.Type
			}
		}
		return true
	})
}
