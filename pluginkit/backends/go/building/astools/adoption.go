package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"io"
)

// Adoption is what `pluginkit init` asks of the packages of a tree.
type Adoption struct {
	// Openers are the packages that import plugin, and those that import one of them: import paths.
	Openers []string `json:"openers"`
	// Mains are all main packages.
	Mains []string `json:"mains"`
	// Libraries are packages that may export what is looked up, without being main packages.
	Libraries []string `json:"libraries"`
}

// Adopted is the answer.
type Adopted struct {
	Lookups []Lookup `json:"lookups"`
	Mains   []Main   `json:"mains"`
	// Libraries have for each looked up name the packages that export it.
	Libraries map[string][]string `json:"libraries"`
}

// Lookup is a symbol that is looked up in plugins.
type Lookup struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Name is empty where it cannot be known.
	Name string `json:"name"`
	// Written is the name as it is written.
	Written  string     `json:"written"`
	Optional bool       `json:"optional"`
	Types    []Asserted `json:"types"`
	// Hosts are the main packages that may run it.
	Hosts []string `json:"hosts"`
}

// Asserted is a type that a symbol is taken for.
type Asserted struct {
	// Type is as reflect prints it.
	Type string `json:"type"`
	// Interface is set where the symbol has to implement it.
	Interface bool `json:"interface"`
	// Packages are the import paths of the packages that the type is made of.
	Packages []string `json:"packages"`
	// Fits are the main packages whose symbol of that name, or of any where it is not known, is of that type.
	Fits []string `json:"fits"`
}

// Main is one main package.
type Main struct {
	Path    string   `json:"path"`
	Exports []Export `json:"exports"`
	// Stub is set where it has no function main, or one that does nothing or only says so.
	Stub bool `json:"stub"`
	// Opens is where what it runs calls plugin.Open; empty where it does not.
	Opens string `json:"opens"`
}

// Export is an exported function or variable.
type Export struct {
	Name string `json:"name"`
	// Type is that of what Lookup returns, as reflect prints it: for a variable, of a pointer to it.
	Type     string   `json:"type"`
	Packages []string `json:"packages"`
	value    types.Type
}

// adopter reads packages once.
type adopter struct {
	*sources
	root     string
	progress io.Writer
	done     map[string]*loaded
}

func (a *adopter) read(paths ...string) (map[string]*loaded, error) {
	found := map[string]*loaded{}
	for _, path := range paths {
		if a.done[path] == nil {
			fmt.Fprintf(a.progress, "reading %s\n", path)
			l, err := a.load(path, a.root)
			if err != nil {
				return nil, err
			}
			a.done[path] = l
		}
		found[path] = a.done[path]
	}
	return found, nil
}

func adopt(asked Adoption, from *sources, root string, progress io.Writer) (Adopted, error) {
	a := &adopter{from, root, progress, map[string]*loaded{}}
	found := Adopted{Lookups: []Lookup{}, Mains: []Main{}, Libraries: map[string][]string{}}
	mains, err := a.read(asked.Mains...)
	if err != nil {
		return found, err
	}
	reach, lookups, err := a.lookups(asked.Openers)
	if err != nil {
		return found, err
	}
	reached := map[string]map[string]bool{}
	exports := map[string]map[string]Export{}
	for _, path := range asked.Mains {
		reached[path] = reach.from(path)
		main := mainOf(mains[path], reach.opener(reached[path]))
		exports[path] = map[string]Export{}
		for _, one := range main.Exports {
			exports[path][one.Name] = one
		}
		found.Mains = append(found.Mains, main)
	}
	for _, one := range lookups {
		lookup := one.told(exports)
		for _, path := range asked.Mains {
			if reach.runs(reached[path], one.loaded, one.call) {
				lookup.Hosts = append(lookup.Hosts, path)
			}
		}
		found.Lookups = append(found.Lookups, lookup)
	}
	return found, offered(asked, from, &found)
}

// rounds is how often packages are added that say what a name is.
const rounds = 4

// lookups returns what packages look up, and reads those too that the names come from.
func (a *adopter) lookups(openers []string) (*reach, []looked, error) {
	for round := 0; ; round++ {
		packages, err := a.read(openers...)
		if err != nil {
			return nil, nil, err
		}
		program := newProgram(packages)
		found, more := program.lookups(), len(openers)
		for _, path := range sortedKeys(program.missed) {
			if one, listed := a.known[path]; listed && !one.Standard {
				openers = append(openers, path)
			}
		}
		if len(openers) == more || round == rounds {
			return newReach(program), found, nil
		}
	}
}

// offered finds the packages that export what is looked up, and are not main packages.
func offered(asked Adoption, from *sources, found *Adopted) error {
	for _, path := range asked.Libraries {
		pkg, err := from.Import(path)
		if err != nil {
			return err
		}
		names := map[string]bool{}
		for _, lookup := range found.Lookups {
			if object := pkg.Scope().Lookup(lookup.Name); object != nil && !names[lookup.Name] && symbolType(object) != nil {
				names[lookup.Name] = true
				found.Libraries[lookup.Name] = append(found.Libraries[lookup.Name], path)
			}
		}
	}
	return nil
}

// mainOf reads one main package.
func mainOf(l *loaded, opens string) Main {
	main := Main{Path: l.path, Exports: []Export{}, Stub: true, Opens: opens}
	scope := l.pkg.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if t := symbolType(object); object.Exported() && t != nil {
			one := Export{Name: name, Packages: packagesOf(t), value: t}
			if !invalid(t) {
				one.Type = reflected.spell(t)
			}
			main.Exports = append(main.Exports, one)
		}
	}
	for _, file := range l.files {
		for _, declared := range file.Decls {
			if f, is := declared.(*ast.FuncDecl); is && f.Name.Name == "main" && f.Recv == nil {
				main.Stub = saysOnly(f.Body)
			}
		}
	}
	return main
}

// symbolType returns the type of what Lookup returns for an object; nil for what cannot be looked up.
func symbolType(object types.Object) types.Type {
	switch object := object.(type) {
	case *types.Func:
		if object.Type().(*types.Signature).TypeParams().Len() == 0 {
			return object.Type()
		}
	case *types.Var:
		return types.NewPointer(object.Type())
	}
	return nil
}

// told is the answer's form of a lookup.
func (s looked) told(exports map[string]map[string]Export) Lookup {
	file, line := s.place(s.call.Pos())
	lookup := Lookup{File: file, Line: line, Name: s.name, Written: s.spelled(s.argument), Optional: s.optional}
	lookup.Types, lookup.Hosts = []Asserted{}, []string{}
	seen := map[string]bool{}
	for _, one := range s.types {
		if one.Type == nil || invalid(one.Type) || parametric(one.Type) || seen[exact(one.Type)] {
			continue
		}
		seen[exact(one.Type)] = true
		asserted := Asserted{Type: reflected.spell(one.Type), Interface: types.IsInterface(one.Type), Packages: packagesOf(one.Type), Fits: []string{}}
		for _, path := range sortedKeys(exports) {
			if s.fitting(exports[path], one.Type) {
				asserted.Fits = append(asserted.Fits, path)
			}
		}
		lookup.Types = append(lookup.Types, asserted)
	}
	return lookup
}

// fitting returns whether a main package exports what is looked up with that type; by any name, where that is not known.
func (s looked) fitting(exports map[string]Export, wanted types.Type) bool {
	for name, export := range exports {
		if (name == s.name || s.name == "") && fits(export.value, wanted) {
			return true
		}
	}
	return false
}

// exact spells a type with whole import paths: the same type of two checks is spelled the same.
func exact(t types.Type) string { return speller{home: nowhere}.spell(t) }

// fits returns whether a symbol is of the type that it is taken for.
func fits(symbol, wanted types.Type) bool {
	contract, is := under(wanted).(*types.Interface)
	if !is {
		return exact(symbol) == exact(wanted)
	}
	methods := types.NewMethodSet(symbol)
	for i := 0; i < contract.NumMethods(); i++ {
		method := contract.Method(i)
		own := methods.Lookup(method.Pkg(), method.Name())
		if own == nil || exact(own.Type()) != exact(method.Type()) {
			return false
		}
	}
	return true
}

// packagesOf returns the import paths of the packages whose types a type is made of.
func packagesOf(t types.Type) []string {
	found := map[string]bool{}
	speller{seen: func(name *types.TypeName) {
		if name.Pkg() != nil {
			found[name.Pkg().Path()] = true
		}
	}}.spell(t)
	return sortedKeys(found)
}
