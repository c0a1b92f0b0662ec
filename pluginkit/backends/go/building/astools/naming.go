package main

import (
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"
)

// namer knows how sources in packages that others import name types.
type namer struct {
	// importers are the import paths of the directories of these packages.
	importers []string
	// above are the import paths of packages that import the sources, so that these cannot import them.
	above map[string]bool
	// aliases are exported names of types of APIs, by their exact spelling.
	aliases map[string]*types.TypeName
	// imports maps import paths to the names of the packages in the sources, once they were asked for.
	imports map[string]string
	// unknown is the first type that could not be named.
	unknown string
}

func newNamer(importers, above []string) *namer {
	return &namer{
		importers: importers, above: set(above), aliases: map[string]*types.TypeName{}, imports: map[string]string{},
	}
}

// learn finds the aliases by which a package names types of others.
func (n *namer) learn(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		object, is := pkg.Scope().Lookup(name).(*types.TypeName)
		if is && object.Exported() && object.IsAlias() && n.hidden(object) == "" {
			if meant, is := unalias(object.Type()).(*types.Named); is && meant.Obj().Pkg() != nil {
				n.aliases[exact(meant)] = object
			}
		}
	}
}

// unnameable returns which part of a type the sources cannot name, and why; nothing where they can.
func (n *namer) unnameable(t types.Type) string {
	trial := &namer{importers: n.importers, above: n.above, aliases: n.aliases, imports: map[string]string{}}
	trial.spell(t)
	return trial.unknown
}

// spell writes a type as the sources do, and imports what that needs.
func (n *namer) spell(t types.Type) string { return speller{names: n.name}.spell(t) }

func (n *namer) name(t *types.Named) string {
	object := t.Obj()
	if object.Pkg() == nil {
		return object.Name()
	}
	if n.hidden(object) != "" && n.aliases[exact(t)] != nil {
		object = n.aliases[exact(t)]
		return n.qualify(object.Pkg()) + "." + object.Name()
	}
	if reason := n.refused(t); reason != "" && n.unknown == "" {
		n.unknown = object.Pkg().Path() + "." + object.Name() + ", which is " + reason
	}
	given := t.TypeArgs()
	if given.Len() == 0 {
		return n.qualify(object.Pkg()) + "." + object.Name()
	}
	arguments := make([]string, given.Len())
	for i := range arguments {
		arguments[i] = n.spell(given.At(i))
	}
	return n.qualify(object.Pkg()) + "." + object.Name() + "[" + strings.Join(arguments, ", ") + "]"
}

// refused returns why the sources cannot name a type, unless an API has another name for it.
func (n *namer) refused(t *types.Named) string {
	if t.Obj().Pkg() == nil || n.aliases[exact(t)] != nil {
		return ""
	}
	return n.hidden(t.Obj())
}

// hidden returns why not all importers can name a declared type.
func (n *namer) hidden(object *types.TypeName) string {
	if reason := n.refusedPackage(object.Pkg()); reason != "" {
		return reason
	}
	if !object.Exported() || object.Parent() != object.Pkg().Scope() {
		return "unexported"
	}
	return ""
}

// refusedPackage returns why not all importers can import a package.
func (n *namer) refusedPackage(pkg *types.Package) string {
	if pkg.Name() == "main" {
		return "declared in a main package"
	}
	if n.above[pkg.Path()] {
		return "declared by the host itself"
	}
	for _, importer := range n.importers {
		if above, is := internalTo(pkg.Path()); is && !within(above, importer) {
			return "internal to " + above
		}
	}
	return ""
}

// internalTo returns whether only packages at or below a path may import another one, and that path.
func internalTo(path string) (string, bool) {
	elements := strings.Split(path, "/")
	if elements[0] == "vendor" {
		return "the standard library", true
	}
	for i := len(elements) - 1; i > 0; i-- {
		if elements[i] == "internal" {
			return strings.Join(elements[:i], "/"), true
		}
	}
	return "the standard library", elements[0] == "internal"
}

func within(above, path string) bool { return path == above || strings.HasPrefix(path, above+"/") }

var ours = regexp.MustCompile(`^([ar]\d*|p|err|object|symbol|of|size|at|into|filled|fill|most|(proxy|interface)\d*|reflect|crossing|Table|init|main|_)$`)

// qualify returns how the sources call a package, and imports it.
func (n *namer) qualify(pkg *types.Package) string {
	path := pkg.Path()
	if name, known := n.imports[path]; known {
		return name
	}
	name := pkg.Name()
	for number := 2; n.taken(name); number++ {
		name = pkg.Name() + "_" + strconv.Itoa(number)
	}
	n.imports[path] = name
	return name
}

// taken returns whether the sources mean something else by a name.
func (n *namer) taken(name string) bool {
	if ours.MatchString(name) || token.IsKeyword(name) || types.Universe.Lookup(name) != nil {
		return true
	}
	for _, other := range n.imports {
		if other == name {
			return true
		}
	}
	return false
}
