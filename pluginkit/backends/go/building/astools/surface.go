package main

import (
	"crypto/sha256"
	"fmt"
	"go/constant"
	"go/types"
	"sort"
	"strings"
)

// Surface is what importers of a package can see of it, and what decides the layout of what they see.
type Surface struct {
	Path string `json:"path"`
	// Version is the value of its string constant APIVersion, if it has one.
	Version string `json:"version"`
	// Lines follow Go's own api/*.txt files (cmd/api), one declaration each, sorted.
	Lines []string `json:"lines"`
	// Problems say why some of them are unknown: what is wrong with the declarations, as file:line: what.
	Problems []string `json:"problems"`
}

// origin is where packages come from, and what is known of them beside their types.
type origin interface {
	types.Importer
	deprecated(types.Object) bool
	// missing returns whether nothing is known of a package but its name.
	missing(*types.Package) bool
	// together returns whether packages are released together, by their import paths.
	together(one, other string) bool
	// written returns a declaration as it is written, to be quoted.
	written(types.Object) string
}

// surfaceOf lists what is exported and, of what that is made of, the types of the package itself, of those that are
// released with it, and of those that it gives a name of its own.
func surfaceOf(pkg *types.Package, from origin) Surface {
	d := declare(pkg, from)
	sort.Strings(d.lines)
	return Surface{Path: pkg.Path(), Version: apiVersion(pkg), Lines: d.lines, Problems: []string{}}
}

func declare(pkg *types.Package, from origin) *declarer {
	d := &declarer{pkg: pkg, origin: from, known: map[types.Object]bool{}, lines: []string{}}
	d.speller = speller{home: pkg, seen: func(name *types.TypeName) {
		if name.Pkg() != nil && !from.missing(name.Pkg()) && from.together(pkg.Path(), name.Pkg().Path()) {
			d.add(name)
		}
	}}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			d.add(object)
		}
	}
	for len(d.waiting) > 0 {
		object := d.waiting[0]
		d.waiting = d.waiting[1:]
		d.declare(object)
	}
	d.fulfilled()
	return d
}

func apiVersion(pkg *types.Package) string {
	if declared, is := pkg.Scope().Lookup("APIVersion").(*types.Const); is && declared.Val().Kind() == constant.String {
		return constant.StringVal(declared.Val())
	}
	return ""
}

type declarer struct {
	speller
	origin
	pkg     *types.Package
	waiting []types.Object
	// known are the objects that are part of the surface.
	known map[types.Object]bool
	// types are the types among them that are not generic.
	types []*types.Named
	lines []string
}

func (d *declarer) add(object types.Object) {
	if !d.known[object] {
		d.known[object] = true
		d.waiting = append(d.waiting, object)
	}
}

// line adds the declaration of an object. One that is made of something that is not known is quoted too.
func (d *declarer) line(object types.Object, text string) {
	if hole := types.Typ[types.Invalid].Name(); strings.Contains(text, hole) {
		d.unknown(strings.ReplaceAll(text, hole, "?") + " // " + d.written(object))
		return
	}
	if d.deprecated(object) {
		text += " //deprecated"
	}
	d.lines = append(d.lines, "pkg "+d.pkg.Path()+", "+text)
}

// unknown adds a declaration that may bring in more than what is known.
func (d *declarer) unknown(text string) {
	d.lines = append(d.lines, "pkg "+d.pkg.Path()+", unknown "+text)
}

func (d *declarer) declare(object types.Object) {
	switch object := object.(type) {
	case *types.Const:
		text := value(object.Val())
		d.line(object, fmt.Sprintf("const %s %s = %s", object.Name(), d.spell(object.Type()), text))
	case *types.Var:
		d.line(object, fmt.Sprintf("var %s %s", object.Name(), d.spell(object.Type())))
	case *types.Func:
		signature := object.Type().(*types.Signature)
		own := d.parameters(signature.TypeParams())
		d.line(object, "func "+object.Name()+own+d.signature(signature))
	case *types.TypeName:
		if named, is := object.Type().(*types.Named); is && !object.IsAlias() {
			d.declareType(object, named)
			d.methods(object, named)
		} else {
			d.alias(object)
		}
	}
}

// alias declares another name of a type, whose members are then part of the surface, wherever it comes from.
func (d *declarer) alias(object *types.TypeName) {
	own := ""
	if generic, is := object.Type().(interface{ TypeParams() *types.TypeParamList }); is {
		own = d.parameters(generic.TypeParams())
	}
	meant := unalias(object.Type())
	text := d.spell(meant)
	d.line(object, "type "+object.Name()+own+" = "+text)
	if named := namedBehind(meant); named != nil && named.Obj().Pkg() != nil {
		if d.missing(named.Obj().Pkg()) {
			d.unknown("type " + object.Name() + " = " + text)
		} else {
			d.add(named.Obj())
		}
	}
}

// namedBehind returns the type that a type is, or points to, where that has a name.
func namedBehind(t types.Type) *types.Named {
	t = unalias(t)
	if pointer, is := t.(*types.Pointer); is {
		t = unalias(pointer.Elem())
	}
	named, _ := t.(*types.Named)
	return named
}

const longestValue = 160

// value spells a constant.
func value(constant constant.Value) string { return shortened(constant.ExactString()) }

// shortened returns a text, or where it is long its digest, so that its change still shows.
func shortened(text string) string {
	if len(text) > longestValue {
		return fmt.Sprintf("<%d characters, sha256 %.8x>", len(text), sha256.Sum256([]byte(text)))
	}
	return text
}
