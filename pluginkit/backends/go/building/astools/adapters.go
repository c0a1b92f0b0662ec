package main

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Crossing asks for what carries calls between a host and plugins that share no memory.
type Crossing struct {
	// APIs are the import paths of the shared APIs.
	APIs []string `json:"apis"`
	// Plugins are those that run elsewhere. Their packages are among the mains.
	Plugins []Crossed `json:"plugins"`
	// Importers are the import paths of the packages that import the adapter: a plugin, or the loaders of hosts.
	Importers []string `json:"importers"`
	// Hosts are the import paths of packages of hosts: they look up functions of the types that their sources name.
	Hosts []string `json:"hosts"`
	// Contracts are those of the hosts.
	Contracts []Asked `json:"contracts"`
}

// Asked is what a contract asks for.
type Asked struct {
	// Symbols maps names to types; empty where any will do.
	Symbols map[string]string `json:"symbols"`
	// Imports maps the names of packages that these types mention to import paths.
	Imports map[string]string `json:"imports"`
}

// Crossed is one plugin, and what is needed of it.
type Crossed struct {
	// Path is the import path of its package.
	Path string `json:"path"`
	// Mode is how it runs.
	Mode string `json:"mode"`
	Asked
	// Needed are the names that a host looks up where a plugin has them, beside those of the contract.
	Needed []string `json:"needed"`
}

// Adapter is the source of a package that both sides compile, and what each plugin exports.
type Adapter struct {
	Source  string    `json:"source"`
	Plugins []Offered `json:"plugins"`
	// LeftOut says of interfaces that the APIs declare, and that nothing needs, why they do not cross.
	LeftOut map[string]string `json:"left_out"`
	// Problems are what is wrong with what the contracts of hosts ask for.
	Problems []string `json:"problems"`
}

// Offered is what one plugin exports.
type Offered struct {
	Path string `json:"path"`
	// Exports maps names to types, as reflect prints them.
	Exports map[string]string `json:"exports"`
	// Reasons say of other exported names why they stay at home.
	Reasons map[string]string `json:"reasons"`
	// Problems are what is wrong with what is needed.
	Problems []string `json:"problems"`
}

// adapting makes one adapter.
type adapting struct {
	*crosser
	// added are the types of what is compiled into each plugin that does not declare it itself, by name.
	added     map[string]types.Type
	functions map[string]*types.Signature
	errors    []*types.Var
	failures  []types.Type
	// left are the interfaces of the APIs that do not cross.
	left []*types.Named
	// fills is set where a method fills the slice of its caller.
	fills bool
}

func adapt(asked Crossing, request Request, exports *exports) (Adapter, error) {
	a, err := newAdapting(asked, exports)
	if err != nil {
		return Adapter{}, err
	}
	adapter := Adapter{Plugins: []Offered{}, Problems: []string{}}
	packages := make([]*types.Package, len(asked.Plugins))
	for i, plugin := range asked.Plugins {
		loaded, err := exports.load(plugin.Path, request.Root, request.Arch)
		if err != nil {
			return adapter, fmt.Errorf("the package %s: %w", plugin.Path, err)
		}
		packages[i] = loaded.pkg
		adapter.Plugins = append(adapter.Plugins, a.needed(plugin, loaded.pkg, exports))
	}
	for _, contract := range asked.Contracts {
		adapter.Problems = append(adapter.Problems, a.promised(contract, exports)...)
	}
	for _, path := range asked.Hosts {
		loaded, err := exports.load(path, request.Root, request.Arch)
		if err != nil {
			return adapter, fmt.Errorf("the package %s: %w", path, err)
		}
		a.lookedUp(loaded)
	}
	adapter.LeftOut = a.offerInterfaces()
	for _, pkg := range a.released(exports) {
		a.offerErrors(pkg)
	}
	for i, plugin := range asked.Plugins {
		a.rest(&adapter.Plugins[i], plugin, packages[i])
		adapter.Plugins[i].Problems = append(adapter.Plugins[i].Problems, a.unfound(packages[i], adapter.LeftOut)...)
	}
	adapter.Source, err = a.source()
	return adapter, err
}

func newAdapting(asked Crossing, exports *exports) (*adapting, error) {
	namer := newNamer(asked.Importers, asked.Hosts)
	a := &adapting{functions: map[string]*types.Signature{}}
	a.crosser = &crosser{namer: namer, crosses: map[string]bool{}, mentioned: map[string]bool{}}
	for _, path := range asked.APIs {
		api, err := exports.Import(path)
		if err != nil {
			return nil, fmt.Errorf("the API %s: %w", path, err)
		}
		a.apis = append(a.apis, api)
		namer.learn(api)
	}
	texts := types.NewTuple(types.NewParam(token.NoPos, nil, "", types.NewSlice(types.Typ[types.String])))
	a.added = map[string]types.Type{"Capabilities": types.NewSignatureType(nil, nil, nil, nil, texts, false)}
	for _, api := range a.apis {
		if apiVersion(api) != "" {
			a.added["APIVersion"] = types.NewPointer(types.Typ[types.String])
		}
	}
	return a, nil
}

// needed looks at what the contract asks of a plugin, and at what else the host looks up in it.
func (a *adapting) needed(plugin Crossed, pkg *types.Package, exports *exports) Offered {
	offered := Offered{Path: plugin.Path, Exports: map[string]string{}, Reasons: map[string]string{}, Problems: []string{}}
	typed, problem := contractTypes(plugin.Asked, exports)
	if problem != nil {
		offered.Problems = append(offered.Problems, problem.Error())
		return offered
	}
	names := append(names(plugin.Symbols), plugin.Needed...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		into, t := &offered, exported(pkg.Scope().Lookup(name))
		if t == nil && pkg.Scope().Lookup(name) == nil {
			t = a.added[name]
		}
		if t == nil { // the compiler says that it is missing
			into, t = &Offered{Exports: map[string]string{}}, typed[name]
		}
		if t != nil && !invalid(t) {
			offered.Problems = append(offered.Problems, a.export(into, plugin.Mode, name, t)...)
		}
	}
	return offered
}

// rest looks at what else a plugin exports. Nobody needs it: for what cannot cross, a reason is noted, and nothing is refused.
func (a *adapting) rest(offered *Offered, plugin Crossed, pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		t := exported(pkg.Scope().Lookup(name))
		if _, known := offered.Exports[name]; t == nil || known || invalid(t) {
			continue
		}
		if problems := a.export(offered, plugin.Mode, name, t); len(problems) > 0 {
			offered.Reasons[name] = problems[0]
		}
	}
}

// contractTypes returns the types that the contract gives to symbols.
func contractTypes(asked Asked, exports *exports) (map[string]types.Type, error) {
	s := &starter{Start: Start{Symbols: map[string]string{}, Imports: asked.Imports}}
	for name, written := range asked.Symbols {
		if written != "" {
			s.Symbols[name] = written
		}
	}
	scope, err := s.contract(exports)
	if err != nil {
		return nil, err
	}
	typed := map[string]types.Type{}
	for name := range s.Symbols {
		typed[name] = scope.Lookup("contract" + name).Type()
	}
	return typed, nil
}

// exported returns the type that a lookup of a declaration gives; nil where there is nothing to look up.
func exported(object types.Object) types.Type {
	switch object := object.(type) {
	case *types.Func:
		if object.Exported() && object.Type().(*types.Signature).TypeParams().Len() == 0 {
			return object.Type()
		}
	case *types.Var:
		if object.Exported() {
			return types.NewPointer(object.Type())
		}
	}
	return nil
}

// export adds a function, or a string, to what a plugin exports, or returns why it stays at home.
func (a *adapting) export(offered *Offered, mode, name string, t types.Type) []string {
	signature, is := unalias(t).(*types.Signature)
	if !is {
		pointer, points := t.Underlying().(*types.Pointer)
		if points && types.Identical(pointer.Elem(), types.Typ[types.String]) {
			offered.Exports[name] = reflected.spell(t)
			return nil
		}
		return []string{variable(name, t, mode)}
	}
	signature = types.NewSignatureType(nil, nil, nil, signature.Params(), signature.Results(), signature.Variadic())
	visit := a.visit()
	if visit.signature(name, signature); !visit.end() {
		return visit.problems
	}
	offered.Exports[name] = reflected.spell(signature)
	a.functions[exact(signature)] = signature
	return nil
}

func variable(name string, t types.Type, mode string) string {
	if pointer, is := t.Underlying().(*types.Pointer); is {
		t = pointer.Elem()
	}
	if mode != "" {
		mode = " in mode " + mode
	}
	return fmt.Sprintf("%s is a variable (%s): host and plugin do not share memory%s", name, reflected.spell(t), mode)
}

// sortedBy returns values in the order of what is spelled of them, each once.
func sortedBy[T any](values []T, spell func(T) string) []T {
	found := slices.Clone(values)
	slices.SortStableFunc(found, func(one, other T) int { return strings.Compare(spell(one), spell(other)) })
	return slices.CompactFunc(found, func(one, other T) bool { return spell(one) == spell(other) })
}
