package main

import (
	"crypto/sha256"
	"fmt"
	"go/constant"
	"go/types"
	"sort"
)

// Surface is what importers of a package can see of it, and what decides the layout of what they see.
type Surface struct {
	Path string `json:"path"`
	// Version is the value of its string constant APIVersion, if it has one.
	Version string `json:"version"`
	// Lines follow Go's own api/*.txt files (cmd/api), one declaration each, sorted.
	Lines []string `json:"lines"`
}

// surfaceOf reads the surface from export data: the compiler wrote it, so cgo and generated code are no matter.
func surfaceOf(path string, exports *exports) (Surface, error) {
	pkg, err := exports.Import(path)
	if err != nil {
		return Surface{}, err
	}
	d := &declarer{pkg: pkg, waiting: []types.Object{}, known: map[types.Object]bool{}}
	d.speller = speller{home: pkg, seen: func(name *types.TypeName) {
		if name.Pkg() == pkg {
			d.add(name)
		}
	}}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			d.add(object)
		}
	}
	for len(d.waiting) > 0 { // unexported types come in where exported ones are made of them
		object := d.waiting[0]
		d.waiting = d.waiting[1:]
		d.declare(object)
	}
	sort.Strings(d.lines)
	return Surface{Path: path, Version: version(pkg), Lines: d.lines}, nil
}

func version(pkg *types.Package) string {
	if declared, is := pkg.Scope().Lookup("APIVersion").(*types.Const); is && declared.Val().Kind() == constant.String {
		return constant.StringVal(declared.Val())
	}
	return ""
}

type declarer struct {
	speller
	pkg     *types.Package
	waiting []types.Object
	known   map[types.Object]bool
	lines   []string
}

func (d *declarer) add(object types.Object) {
	if !d.known[object] {
		d.known[object] = true
		d.waiting = append(d.waiting, object)
	}
}

func (d *declarer) line(format string, arguments ...any) {
	d.lines = append(d.lines, fmt.Sprintf("pkg %s, ", d.pkg.Path())+fmt.Sprintf(format, arguments...))
}

func (d *declarer) declare(object types.Object) {
	switch object := object.(type) {
	case *types.Const:
		d.line("const %s %s = %s", object.Name(), d.spell(object.Type()), value(object.Val()))
	case *types.Var:
		d.line("var %s %s", object.Name(), d.spell(object.Type()))
	case *types.Func:
		signature := object.Type().(*types.Signature)
		d.line("func %s%s%s", object.Name(), d.parameters(signature.TypeParams()), d.signature(signature))
	case *types.TypeName:
		named, is := object.Type().(*types.Named)
		if object.IsAlias() || !is {
			d.line("type %s = %s", object.Name(), d.spell(object.Type()))
			return
		}
		d.declareType(object.Name(), named)
		d.methods(named)
	}
}

func (d *declarer) declareType(name string, named *types.Named) {
	head := name + d.parameters(named.TypeParams())
	switch t := named.Underlying().(type) {
	case *types.Struct:
		fields := make([]string, t.NumFields())
		for i := range fields {
			fields[i] = t.Field(i).Name()
			embedded := ""
			if t.Field(i).Embedded() {
				embedded = "embedded "
			}
			d.line("type %s struct, %s%s", name, embedded, d.field(t, i))
		}
		d.line("type %s %s", head, braced("struct", fields))
	case *types.Interface:
		for i := 0; i < t.NumMethods(); i++ {
			method := t.Method(i)
			d.line("type %s interface, %s%s", name, method.Name(), d.signature(method.Type().(*types.Signature)))
		}
		d.line("type %s %s", head, braced("interface", d.constraints(t)))
	default:
		d.line("type %s %s", head, d.spell(t))
	}
}

// methods declares the exported methods of a named type.
func (d *declarer) methods(named *types.Named) {
	for i := 0; i < named.NumMethods(); i++ {
		method := named.Method(i)
		if !method.Exported() {
			continue
		}
		signature := method.Type().(*types.Signature)
		pointer := ""
		if _, is := signature.Recv().Type().(*types.Pointer); is {
			pointer = "*"
		}
		own := d.parameters(signature.TypeParams())
		d.line("method (%s%s) %s%s%s", pointer, named.Obj().Name(), method.Name(), own, d.signature(signature))
	}
}

const longestValue = 160

// value spells a constant; a longer one stands as its digest, so that its change still shows.
func value(constant constant.Value) string {
	text := constant.ExactString()
	if len(text) > longestValue {
		return fmt.Sprintf("<%d characters, sha256 %.8x>", len(text), sha256.Sum256([]byte(text)))
	}
	return text
}
