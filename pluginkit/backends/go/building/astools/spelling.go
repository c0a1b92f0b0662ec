package main

import (
	"fmt"
	"go/types"
	"sort"
	"strconv"
	"strings"
)

// speller writes types. Aliases are resolved: they are no types of their own.
type speller struct {
	// home is the package whose types need no qualifier; nil qualifies all by package name, as reflect does.
	home *types.Package
	// seen is called for each named type on the way, where it is set.
	seen func(*types.TypeName)
	// own are the type parameters of a method itself, which are counted on from those of its receiver.
	own *types.TypeParamList
	// receiver is how many type parameters the receiver of that method has.
	receiver int
	// names is set where sources are written: how those call a type.
	names func(*types.Named) string
}

// reflected spells a type as reflect.Type.String prints it.
var reflected = speller{}

func (s speller) list(types []types.Type, separator string) string {
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = s.spell(t)
	}
	return strings.Join(parts, separator)
}

func (s speller) spell(t types.Type) string {
	switch t := unalias(t).(type) {
	case *types.Basic:
		return s.basic(t)
	case *types.Named:
		return s.named(t)
	case *types.TypeParam:
		return s.parameter(t)
	case *types.Pointer:
		return "*" + s.spell(t.Elem())
	case *types.Slice:
		return "[]" + s.spell(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), s.spell(t.Elem()))
	case *types.Map:
		return "map[" + s.spell(t.Key()) + "]" + s.spell(t.Elem())
	case *types.Chan:
		return s.channel(t)
	case *types.Signature:
		return "func" + s.signature(t)
	case *types.Struct:
		return s.structure(t)
	case *types.Interface:
		return s.contract(t)
	case *types.Union:
		return s.union(t)
	default:
		return t.String()
	}
}

// parameter spells a type parameter: by its place, as Go's api/*.txt files do, since its name is nobody's business.
func (s speller) parameter(t *types.TypeParam) string {
	if s.home == nil {
		return t.Obj().Name()
	}
	index := t.Index()
	if s.own != nil && index < s.own.Len() && s.own.At(index) == t {
		index += s.receiver
	}
	return "$" + strconv.Itoa(index)
}

// unalias follows aliases; Rhs is asked by its name, since older versions of go/types do not have the type.
func unalias(t types.Type) types.Type {
	for {
		alias, is := t.(interface{ Rhs() types.Type })
		if !is {
			return t
		}
		t = alias.Rhs()
	}
}

func (s speller) basic(t *types.Basic) string {
	if s.home == nil { // byte and rune are aliases that go/types keeps by name
		switch t.Name() {
		case "byte":
			return "uint8"
		case "rune":
			return "int32"
		case "Pointer":
			return "unsafe.Pointer"
		}
	}
	return types.TypeString(t, nil)
}

func (s speller) named(t *types.Named) string {
	if s.seen != nil {
		s.seen(t.Obj())
	}
	if s.names != nil {
		return s.names(t)
	}
	name := s.qualified(t.Obj())
	given := t.TypeArgs()
	if given == nil {
		return name
	}
	arguments := make([]types.Type, given.Len())
	for i := range arguments {
		arguments[i] = given.At(i)
	}
	if s.home == nil { // the linker's name of an instance holds whole import paths
		return name + "[" + speller{home: nowhere}.list(arguments, ",") + "]"
	}
	return name + "[" + s.list(arguments, ", ") + "]"
}

// qualified spells the name of a type.
func (s speller) qualified(object *types.TypeName) string {
	switch {
	case object.Pkg() == nil || object.Pkg() == s.home:
		return object.Name()
	case s.home == nil:
		return object.Pkg().Name() + "." + object.Name()
	}
	return object.Pkg().Path() + "." + object.Name()
}

// nowhere is the home of no type, so that all are qualified by import path.
var nowhere = types.NewPackage("", "")

func (s speller) channel(t *types.Chan) string {
	element := s.spell(t.Elem())
	switch t.Dir() {
	case types.SendOnly:
		return "chan<- " + element
	case types.RecvOnly:
		return "<-chan " + element
	}
	if inner, is := unalias(t.Elem()).(*types.Chan); is && inner.Dir() == types.RecvOnly {
		return "chan (" + element + ")"
	}
	return "chan " + element
}

// signature spells what follows the name of a function: the types of its parameters and results.
func (s speller) signature(t *types.Signature) string {
	parameters := "(" + s.tuple(t.Params(), t.Variadic()) + ")"
	results := t.Results()
	switch {
	case results.Len() == 0:
		return parameters
	case results.Len() == 1:
		return parameters + " " + s.spell(results.At(0).Type())
	}
	return parameters + " (" + s.tuple(results, false) + ")"
}

func (s speller) tuple(tuple *types.Tuple, variadic bool) string {
	parts := make([]string, tuple.Len())
	for i := range parts {
		variable := tuple.At(i)
		if slice, is := variable.Type().(*types.Slice); is && variadic && i == len(parts)-1 {
			parts[i] = "..." + s.spell(slice.Elem())
		} else {
			parts[i] = s.spell(variable.Type())
		}
	}
	return strings.Join(parts, ", ")
}

func (s speller) structure(t *types.Struct) string {
	fields := make([]string, t.NumFields())
	for i := range fields {
		fields[i] = s.field(t, i)
	}
	return braced("struct", fields)
}

func (s speller) field(t *types.Struct, i int) string {
	field := t.Field(i)
	text := s.spell(field.Type())
	if !field.Embedded() {
		text = field.Name() + " " + text
	} else if named := namedBehind(field.Type()); s.home != nil && (named == nil || named.Obj().Name() != field.Name()) {
		text = field.Name() + " = " + text // embedded by an alias
	}
	if tag := t.Tag(i); tag != "" {
		text += " " + strconv.Quote(tag)
	}
	return text
}

// contract spells an interface by its whole method set, sorted, and what else its types must be.
func (s speller) contract(t *types.Interface) string {
	if (s.home != nil || s.names != nil) && t.Empty() {
		return "any"
	}
	parts := s.constraints(t)
	for i := 0; i < t.NumMethods(); i++ {
		method := t.Method(i)
		name := method.Name()
		if s.home == nil && !method.Exported() && method.Pkg() != nil {
			name = method.Pkg().Name() + "." + name
		}
		parts = append(parts, name+s.signature(method.Type().(*types.Signature)))
	}
	return braced("interface", parts)
}

// constraints spells the parts of an interface that are no methods: unions, and comparable.
func (s speller) constraints(t *types.Interface) []string {
	var found []string
	for i := 0; i < t.NumEmbeddeds(); i++ {
		embedded := unalias(t.EmbeddedType(i))
		inner, is := embedded.Underlying().(*types.Interface)
		switch {
		case !is:
			found = append(found, s.spell(embedded))
		case types.TypeString(embedded, nil) == "comparable":
			found = append(found, "comparable")
		default:
			found = append(found, s.constraints(inner)...)
		}
	}
	sort.Strings(found)
	return found
}

func (s speller) union(t *types.Union) string {
	terms := make([]string, t.Len())
	for i := range terms {
		terms[i] = s.spell(t.Term(i).Type())
		if t.Term(i).Tilde() {
			terms[i] = "~" + terms[i]
		}
	}
	return strings.Join(terms, " | ")
}

func (s speller) parameters(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	parts := make([]string, list.Len())
	for i := range parts {
		parts[i] = s.parameter(list.At(i)) + " " + s.spell(list.At(i).Constraint())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func braced(word string, parts []string) string {
	if len(parts) == 0 {
		return word + " {}"
	}
	return word + " { " + strings.Join(parts, "; ") + " }"
}
