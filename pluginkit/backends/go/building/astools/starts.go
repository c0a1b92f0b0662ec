package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// Start asks for the sources of a new plugin.
type Start struct {
	// Name is what the plugin is called.
	Name string `json:"name"`
	// Symbols maps what it exports to the types that the contract asks for: of variables that of a pointer to them.
	Symbols map[string]string `json:"symbols"`
	// Imports maps the names of packages that the types mention to import paths.
	Imports map[string]string `json:"imports"`
}

// Started are the sources of a plugin that compiles and does nothing yet.
type Started struct {
	Source string `json:"source"`
	// Test is empty where nothing can be called without arguments.
	Test string `json:"test"`
	// Problem says why there are none.
	Problem string `json:"problem"`
}

// starter writes one plugin.
type starter struct {
	Start
	imports map[string]string // import path to name
	stubs   []types.Type      // interfaces that types of the plugin implement
	problem error
}

func start(asked Start, exports *exports) (Started, error) {
	s := &starter{Start: asked, imports: map[string]string{}}
	scope, err := s.contract(exports)
	if err != nil {
		return Started{Problem: err.Error()}, nil
	}
	body := new(bytes.Buffer)
	for _, name := range names(s.Symbols) {
		s.symbol(body, name, scope.Lookup("contract"+name).Type())
	}
	for number, stub := range s.stubs {
		s.stub(body, number, stub)
	}
	body.WriteString("\nfunc main() {} // nobody calls that of a plugin; `go build ./...` and editors want it to be there\n")
	if s.problem != nil {
		return Started{Problem: s.problem.Error()}, nil
	}
	head := fmt.Sprintf("// The plugin %s.\npackage main\n%s", s.Name, importDecl(s.imports, exports))
	source, err := format.Source(append([]byte(head), body.Bytes()...))
	return Started{Source: string(source), Test: s.test(scope)}, err
}

// contract type-checks the types of the contract, each as that of a variable.
func (s *starter) contract(exports *exports) (*types.Scope, error) {
	text := new(strings.Builder)
	text.WriteString("package main\n")
	for _, name := range names(s.Imports) {
		fmt.Fprintf(text, "import %s %q\n", name, s.Imports[name])
	}
	for _, name := range names(s.Symbols) {
		fmt.Fprintf(text, "var contract%s %s\n", name, s.Symbols[name])
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "contract.go", text.String(), 0)
	if err != nil {
		return nil, fmt.Errorf("the types of [contract.symbols]: %w", err)
	}
	var problem error
	config := types.Config{Importer: exports, Error: func(err error) {
		if problem == nil && !strings.Contains(err.Error(), "and not used") { // types name not every package
			problem = err
		}
	}}
	checked, _ := config.Check("main", files, []*ast.File{file}, nil)
	if problem != nil {
		return nil, fmt.Errorf("the types of [contract.symbols]: %w", problem)
	}
	return checked.Scope(), nil
}

func (s *starter) symbol(out *bytes.Buffer, name string, asked types.Type) {
	switch asked := asked.Underlying().(type) {
	case *types.Signature:
		fmt.Fprintf(out, "\n// %s is what the host calls.\nfunc %s%s {", name, name, s.signature(asked))
		s.returns(out, asked.Results(), s.made)
		out.WriteString("}\n")
	case *types.Pointer:
		fmt.Fprintf(out, "\n// %s is what the host looks at.\nvar %s %s\n", name, name, s.spell(asked.Elem()))
	default:
		s.problem = fmt.Errorf("[contract.symbols]: %s is neither a function nor a pointer to a variable: %s", name, asked)
	}
}

// signature spells parameters and results. A parameter loses its name where the body means something else by that.
func (s *starter) signature(signature *types.Signature) string {
	types.WriteSignature(new(bytes.Buffer), signature, s.qualify) // which imports what it names
	parameters := make([]*types.Var, signature.Params().Len())
	for i := range parameters {
		parameters[i] = signature.Params().At(i)
		name := parameters[i].Name()
		if s.isPackage(name) || slices.Contains([]string{"errors", "false", "new", "nil"}, name) {
			parameters[i] = types.NewParam(token.NoPos, nil, "_", parameters[i].Type())
		}
	}
	results := make([]*types.Var, signature.Results().Len())
	for i := range results {
		results[i] = types.NewParam(token.NoPos, nil, "", signature.Results().At(i).Type())
	}
	out := new(bytes.Buffer)
	spelled := types.NewSignatureType(nil, nil, nil, types.NewTuple(parameters...), types.NewTuple(results...), signature.Variadic())
	types.WriteSignature(out, spelled, s.qualify)
	return out.String()
}

func (s *starter) returns(out *bytes.Buffer, results *types.Tuple, value func(types.Type) string) {
	if results.Len() == 0 {
		return
	}
	values := make([]string, results.Len())
	for i := range values {
		values[i] = value(results.At(i).Type())
	}
	fmt.Fprintf(out, " return %s ", strings.Join(values, ", "))
}

// made is what a function of the contract returns: something that is there.
func (s *starter) made(t types.Type) string {
	asked, is := t.Underlying().(*types.Interface)
	if !is || isError(t) || asked.Empty() {
		return s.zero(t)
	}
	number := s.stubOf(t)
	if number < 0 {
		number = len(s.stubs)
		s.stubs = append(s.stubs, t)
	}
	return stubName(number) + "{}"
}

// stubOf returns which of the stubs implements an interface, or a negative number.
func (s *starter) stubOf(t types.Type) int {
	return slices.IndexFunc(s.stubs, func(stub types.Type) bool { return types.Identical(stub, t) })
}

// zero is the least that a function can return: structs and pointers to them that are there, and nothing else.
func (s *starter) zero(t types.Type) string {
	switch under := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case under.Info()&types.IsBoolean != 0:
			return "false"
		case under.Info()&types.IsString != 0:
			return `""`
		case under.Info()&types.IsNumeric != 0:
			return "0"
		}
		return "nil"
	case *types.Struct, *types.Array:
		return s.spell(t) + "{}"
	case *types.Pointer:
		if _, is := under.Elem().Underlying().(*types.Struct); is {
			return "new(" + s.spell(under.Elem()) + ")"
		}
	}
	return "nil"
}

// stub implements an interface.
func (s *starter) stub(out *bytes.Buffer, number int, asked types.Type) {
	name, methods := stubName(number), types.NewMethodSet(asked)
	fmt.Fprintf(out, "\ntype %s struct{}\n", name)
	for i := 0; i < methods.Len(); i++ {
		method := methods.At(i).Obj()
		if !method.Exported() {
			s.problem = fmt.Errorf("%s can only be implemented in its own package: it has the method %s", asked, method.Name())
			return
		}
		signature := method.Type().(*types.Signature)
		fmt.Fprintf(out, "\nfunc (%s) %s%s {", name, method.Name(), s.signature(signature))
		s.body(out, method.Name(), signature)
		out.WriteString("}\n")
	}
}

// body returns as little as it can: an error where there is more to return than that.
func (s *starter) body(out *bytes.Buffer, name string, signature *types.Signature) {
	results := signature.Results()
	if isName(name, signature) {
		fmt.Fprintf(out, " return %q ", s.Name)
		return
	}
	fails := results.Len() > 1 && isError(results.At(results.Len()-1).Type())
	s.returns(out, results, func(t types.Type) string {
		_, points := t.Underlying().(*types.Pointer)
		switch {
		case fails && isError(t):
			return fmt.Sprintf("%s.New(%q)", s.qualify(types.NewPackage("errors", "errors")), name+" is not written yet")
		case fails && points:
			return "nil"
		}
		return s.zero(t)
	})
}

func (s *starter) spell(t types.Type) string { return types.TypeString(t, s.qualify) }

// qualify returns how the plugin calls a package, and imports it.
func (s *starter) qualify(pkg *types.Package) string {
	if name, known := s.imports[pkg.Path()]; known {
		return name
	}
	name := pkg.Name()
	for number := 2; s.isPackage(name); number++ {
		name = pkg.Name() + strconv.Itoa(number)
	}
	s.imports[pkg.Path()] = name
	return name
}

// isPackage returns whether the plugin calls a package so.
func (s *starter) isPackage(name string) bool {
	for _, taken := range s.imports {
		if taken == name {
			return true
		}
	}
	return false
}

func stubName(number int) string {
	if number == 0 {
		return "impl"
	}
	return "impl" + strconv.Itoa(number+1)
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// isName returns whether a method asks what something is called.
func isName(name string, signature *types.Signature) bool {
	return name == "Name" && signature.Params().Len() == 0 && signature.Results().Len() == 1 &&
		types.Identical(signature.Results().At(0).Type(), types.Typ[types.String])
}

// names returns the keys of a table, sorted.
func names(table map[string]string) []string {
	found := make([]string, 0, len(table))
	for name := range table {
		found = append(found, name)
	}
	slices.Sort(found)
	return found
}
