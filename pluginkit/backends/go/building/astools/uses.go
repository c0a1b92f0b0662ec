package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"strings"
)

// user is one package that may use APIs.
type user struct {
	*loaded
	apis map[string]bool
	// types are the objects of the surfaces, those of other packages included.
	types map[types.Object]bool
	// places is set where the places of each line are asked for.
	places bool
	found  map[string]map[string]bool
}

func (u *user) read() {
	for _, pos := range u.broken {
		u.add("dynamic sources that do not compile", pos)
	}
	if u.pkg.Name() == "main" {
		u.offered()
	}
	for name, object := range u.info.Uses {
		u.name(name, object)
	}
	for selector, selection := range u.info.Selections {
		u.selection(selector.Sel.Pos(), selection)
	}
	for expression, typed := range u.info.Types {
		if named := namedBehind(typed.Type); named != nil && typed.IsValue() {
			u.typeName(named.Obj(), expression.Pos())
		}
	}
	for _, file := range u.files {
		u.conversions(file, nil)
	}
}

// offered records the interfaces of the APIs that what a plugin exports implements: a host may look it up and take it
// for one of them, although the plugin never does.
func (u *user) offered() {
	scope := u.pkg.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Var:
			u.fulfils(object.Type(), object.Pos())
		case *types.Func:
			for _, result := range tupleTypes(object.Type().(*types.Signature).Results()) {
				u.fulfils(result, object.Pos())
			}
		}
	}
}

func (u *user) fulfils(t types.Type, pos token.Pos) {
	named := namedBehind(t)
	if named == nil || u.counts(named.Obj()) || types.IsInterface(named) {
		return
	}
	for object := range u.types {
		name, is := object.(*types.TypeName)
		if !is || !types.IsInterface(name.Type()) {
			continue
		}
		if contract := name.Type().Underlying().(*types.Interface); contract.NumMethods() > 0 &&
			types.Implements(types.NewPointer(named), contract) && u.counts(name) {
			u.add("implements "+label(name), pos)
		}
	}
}

func (u *user) add(line string, pos token.Pos) {
	if u.found[line] == nil {
		u.found[line] = map[string]bool{}
	}
	if u.places {
		u.found[line][u.where(pos)] = true
	}
}

// where returns where something stands: relative to the root, or by import path where it lies elsewhere.
func (u *user) where(pos token.Pos) string {
	position := u.fset.PositionFor(pos, false)
	name, err := filepath.Rel(u.root, position.Filename)
	if err != nil || strings.HasPrefix(name, "..") {
		name = path.Join(u.path, filepath.Base(position.Filename))
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(name), position.Line)
}

// name records what an identifier names at the top level of an API.
func (u *user) name(name *ast.Ident, object types.Object) {
	pkg := object.Pkg()
	if named, is := object.(*types.TypeName); is {
		u.typeName(named, name.Pos())
	} else if pkg != nil && u.apis[pkg.Path()] && object.Parent() == pkg.Scope() {
		u.add("use "+pkg.Path()+"."+object.Name(), name.Pos())
	}
}

func (u *user) typeName(name *types.TypeName, pos token.Pos) {
	if u.counts(name) {
		u.add("use "+label(name), pos)
	}
}

// counts returns whether a type is part of an API.
func (u *user) counts(name *types.TypeName) bool {
	pkg := name.Pkg()
	return pkg != nil && name.Parent() == pkg.Scope() && (u.apis[pkg.Path()] || u.types[name]) && !madeByCgo(name)
}

// madeByCgo returns whether a name is cgo's word for a C type: export data has it, sources do not.
func madeByCgo(name *types.TypeName) bool { return strings.HasPrefix(name.Name(), "_Ctype_") }

func label(name *types.TypeName) string { return name.Pkg().Path() + "." + name.Name() }

// member records that something is selected from a type, where that is part of an API.
func (u *user) member(of types.Type, name string, pos token.Pos) {
	if named := namedBehind(of); named != nil && u.counts(named.Obj()) {
		u.add("use "+label(named.Obj())+"."+name, pos)
	}
}

// selection records a selected field or method, from the type that it is selected from, and from each that is embedded
// on the way to it.
func (u *user) selection(pos token.Pos, selection *types.Selection) {
	object := selection.Obj()
	u.reflected(object, pos)
	at := selection.Recv()
	for i, index := range selection.Index() {
		u.member(at, object.Name(), pos)
		if i == len(selection.Index())-1 {
			break
		}
		t := unalias(at)
		if pointer, is := t.Underlying().(*types.Pointer); is {
			t = pointer.Elem()
		}
		holder, is := t.Underlying().(*types.Struct)
		if !is {
			break
		}
		at = holder.Field(index).Type()
	}
	if function, is := object.(*types.Func); is {
		if receiver := function.Type().(*types.Signature).Recv(); receiver != nil {
			u.member(receiver.Type(), object.Name(), pos)
		}
	}
}

// reflected records where members are selected by names that are computed.
func (u *user) reflected(object types.Object, pos token.Pos) {
	if object.Pkg() != nil && object.Pkg().Path() == "reflect" && strings.HasSuffix(object.Name(), "ByName") {
		u.add("dynamic reflect: "+object.Name(), pos)
	}
}

// written records a struct of an API that is written down, and the fields that it names.
func (u *user) written(literal *ast.CompositeLit, named *types.Named) {
	if len(literal.Elts) == 0 || !u.counts(named.Obj()) {
		return
	}
	form := "unkeyed"
	for _, element := range literal.Elts {
		if pair, is := element.(*ast.KeyValueExpr); is {
			form = "keyed"
			if key, is := pair.Key.(*ast.Ident); is {
				u.member(named, key.Name, key.Pos())
			}
		}
	}
	u.add("literal "+label(named.Obj())+" "+form, literal.Pos())
}

// embedded records the types of an API that a struct embeds, and the interfaces of one that an interface does: who
// implements that one implements them too.
func (u *user) embedded(fields *ast.FieldList, verb string) {
	for _, field := range fields.List {
		if len(field.Names) > 0 {
			continue
		}
		if named := namedBehind(u.info.TypeOf(field.Type)); named != nil && u.counts(named.Obj()) {
			u.add(verb+" "+label(named.Obj()), field.Pos())
		}
	}
}
