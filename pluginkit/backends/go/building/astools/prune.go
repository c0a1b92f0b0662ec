package main

import (
	"go/ast"
	"go/token"
	"strings"
)

// prune takes from the files of one package what no exported declaration is made of, the bodies of functions first,
// and then the imports that nothing names any more. That saves most of the packages that would have to be read.
//
// It goes by names alone: what is kept may be too much, never too little. `called` returns the name of the package that
// an import path means, or nothing.
func prune(files []*ast.File, called func(string) string) {
	p := &pruner{map[string][]ast.Node{}, map[ast.Node]bool{}, nil}
	for _, file := range files {
		for _, declared := range file.Decls {
			p.index(declared)
		}
	}
	for len(p.waiting) > 0 {
		name := p.waiting[len(p.waiting)-1]
		p.waiting = p.waiting[:len(p.waiting)-1]
		for _, node := range p.named[name] {
			p.keep(node)
		}
		delete(p.named, name)
	}
	for _, file := range files {
		p.cut(file, called)
	}
}

type pruner struct {
	// named holds what is to be kept once a name is.
	named   map[string][]ast.Node
	kept    map[ast.Node]bool
	waiting []string
}

// index files a declaration under its names; what is exported is kept.
func (p *pruner) index(declared ast.Decl) {
	switch declared := declared.(type) {
	case *ast.FuncDecl:
		if declared.Body != nil {
			declared.Body = &ast.BlockStmt{}
		}
		if declared.Recv == nil {
			p.file(declared.Name, declared)
		} else if base := receiverBase(declared); base != nil {
			p.file(base, declared)
		}
	case *ast.GenDecl:
		for _, spec := range declared.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				p.file(spec.Name, spec)
				if base := baseName(spec.Type); spec.Assign.IsValid() && base != nil { // methods may be those of an alias
					p.named[base.Name] = append(p.named[base.Name], spec)
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if declared.Tok == token.CONST { // iota and repeated expressions go by the place in the group
						p.file(name, declared)
					} else {
						p.file(name, spec)
					}
				}
			}
		}
	}
}

func (p *pruner) file(name *ast.Ident, node ast.Node) {
	if name.Name != "_" {
		p.named[name.Name] = append(p.named[name.Name], node)
	}
	if name.IsExported() {
		p.waiting = append(p.waiting, name.Name)
	}
}

func receiverBase(declared *ast.FuncDecl) *ast.Ident {
	if len(declared.Recv.List) != 1 {
		return nil
	}
	return baseName(declared.Recv.List[0].Type)
}

// baseName returns the name in a receiver, or of what an alias stands for, if that is one of this package.
func baseName(base ast.Expr) *ast.Ident {
	for {
		switch t := base.(type) {
		case *ast.StarExpr:
			base = t.X
		case *ast.ParenExpr:
			base = t.X
		case *ast.IndexExpr:
			base = t.X
		case *ast.IndexListExpr:
			base = t.X
		case *ast.Ident:
			return t
		default:
			return nil
		}
	}
}

// keep marks a node and waits for what it names.
func (p *pruner) keep(node ast.Node) {
	if p.kept[node] {
		return
	}
	p.kept[node] = true
	ast.Inspect(node, func(inner ast.Node) bool {
		switch inner := inner.(type) {
		case *ast.FuncLit:
			inner.Body = &ast.BlockStmt{}
		case *ast.Ident:
			p.waiting = append(p.waiting, inner.Name)
		case *ast.CommentGroup:
			return false
		}
		return true
	})
}

// cut removes from a file what was not kept.
func (p *pruner) cut(file *ast.File, called func(string) string) {
	var kept, imports []ast.Decl
	named := map[string]bool{}
	for _, declared := range file.Decls {
		switch declared := declared.(type) {
		case *ast.FuncDecl:
			if !p.kept[declared] {
				continue
			}
		case *ast.GenDecl:
			if declared.Tok == token.IMPORT {
				imports = append(imports, declared)
				continue
			}
			if !p.kept[declared] && !p.specs(declared) {
				continue
			}
		}
		kept = append(kept, declared)
		qualifiers(declared, named)
	}
	file.Decls = append(neededImports(file, imports, func(spec *ast.ImportSpec) bool { return mayBeNamed(spec, named, called) }), kept...)
}

// specs removes from a declaration the parts that were not kept; it returns whether any is left.
func (p *pruner) specs(declared *ast.GenDecl) bool {
	left := declared.Specs[:0]
	for _, spec := range declared.Specs {
		if p.kept[spec] {
			left = append(left, spec)
		}
	}
	declared.Specs = left
	return len(left) > 0
}

// qualifiers adds the names that something is selected from.
func qualifiers(node ast.Node, named map[string]bool) {
	ast.Inspect(node, func(inner ast.Node) bool {
		if selector, is := inner.(*ast.SelectorExpr); is {
			if x, is := selector.X.(*ast.Ident); is {
				named[x.Name] = true
			}
		}
		return true
	})
}

func neededImports(file *ast.File, declared []ast.Decl, needs func(*ast.ImportSpec) bool) []ast.Decl {
	file.Imports = nil
	var needed []ast.Decl
	for _, one := range declared {
		imports := one.(*ast.GenDecl)
		left := imports.Specs[:0]
		for _, spec := range imports.Specs {
			if spec := spec.(*ast.ImportSpec); needs(spec) {
				left = append(left, spec)
				file.Imports = append(file.Imports, spec)
			}
		}
		if imports.Specs = left; len(left) > 0 {
			needed = append(needed, imports)
		}
	}
	return needed
}

// mayBeNamed returns whether one of the names may be that of an import.
func mayBeNamed(spec *ast.ImportSpec, named map[string]bool, called func(string) string) bool {
	if spec.Name != nil {
		return spec.Name.Name == "." || (spec.Name.Name != "_" && named[spec.Name.Name])
	}
	name := called(strings.Trim(spec.Path.Value, "\"`"))
	return name == "" || named[name]
}
