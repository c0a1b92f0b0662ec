"""Ways to open plugins in Go and to look symbols up in them, a small tree each."""

from goadopt import API, PLUGIN, TAKEN, Tree, both, load, named

_OPENING_API = """\
package api

import "plugin"

type Plugin interface{ Name() string }

const Version = 3

type Manager struct{ loaded []Plugin }

func (m *Manager) Load(path string) error {
	p, err := plugin.Open(path)
	if err != nil {
		return err
	}
	made, err := p.Lookup("New")
	if err != nil {
		return err
	}
	create, ok := made.(func() Plugin)
	if !ok {
		return err
	}
	m.loaded = append(m.loaded, create())
	return nil
}
"""
_HOST_OF_API = """\
package main

import "tree/api"

func main() {
	m := &api.Manager{}
	if err := m.Load("p.so"); err != nil {
		panic(err)
	}
}
"""
_TOOL = 'package main\n\nimport "tree/api"\n\nfunc main() { println(api.Version) }\n'
_SAYS = PLUGIN.replace("func main() {}", 'func main() { panic("build it with -buildmode=plugin") }')
_HELPER = """
func lookup(p *plugin.Plugin, name string) (plugin.Symbol, error) {
	return p.Lookup(name)
}
"""
_GENERIC = """
func lookup[T any](p *plugin.Plugin, name string) (T, error) {
	var none T
	symbol, err := p.Lookup(name)
	if err != nil {
		return none, err
	}
	typed, ok := symbol.(T)
	if !ok {
		return none, fmt.Errorf("%s is a %T", name, symbol)
	}
	return typed, nil
}
"""
_MAKER = """
func lookup[T any](p *plugin.Plugin, name string) (func() T, error) {
	symbol, err := p.Lookup(name)
	if err != nil {
		return nil, err
	}
	return symbol.(func() T), nil
}
"""
_BOTH = PLUGIN.replace("func main", "var Version string\n\nfunc Close() {}\n\nfunc main")
_ELSEWHERE = """\
package names

var Entry = "New"

func Factory() string { return Entry }
"""

TREES = [
    Tree("literal", named('"New"')),
    Tree("constant-of-the-api", named("api.Symbol")),
    Tree("local-constant", named("name", 'const name = "N" + "ew"\n\t')),
    Tree("local-variable", named("name", 'name := "New"\n\t')),
    Tree("variable-of-the-package", named("entry", rest='var entry = "New"')),
    Tree("variable-of-another-package",
         named("names.Entry", imports='\t"tree/names"\n') | {"names/names.go": _ELSEWHERE}),
    Tree("function-of-another-package",
         named("names.Factory()", imports='\t"tree/names"\n') | {"names/names.go": _ELSEWHERE}),
    Tree("field", named("s.entry", 's := settings{entry: "New"}\n\t', "type settings struct{ entry string }")),
    Tree("conversion", named("string(entry)", rest='type key string\n\nconst entry key = "New"')),
    Tree("in-a-module-that-replaces-one", named('"New"') | {
        "go.mod": "module tree\n\ngo 1.24\n\nrequire tree/api v0.0.0\n\nreplace tree/api => ./api\n",
        "api/go.mod": "module tree/api\n\ngo 1.24\n"}, api="tree/api"),
    Tree("in-a-type-that-a-call-gives", load('made, err := lookup[api.Plugin](p, "New")\n\tif err != nil {\n\t\t'
         "return nil, err\n\t}\n\treturn made(), nil", _MAKER)),
    Tree("helper", load(TAKEN.replace("p.Lookup(EXPR)", "lookup(p, api.Symbol)"), _HELPER)),
    Tree("what-calls-itself", load(TAKEN.replace("p.Lookup(EXPR)", 'again(p, "New", 3)'), """
func again(p *plugin.Plugin, name string, tries int) (plugin.Symbol, error) {
	if symbol, err := p.Lookup(name); err == nil {
		return symbol, err
	}
	if tries > 2 {
		return again(p, name, tries-1)
	}
	if tries > 1 {
		return again(p, name, tries-2)
	}
	name += "x"
	name = name + name + name + name
	return again(p, name, 0)
}
"""), notes=("a name that is computed",)),
    Tree("helper-in-another-package", load(TAKEN.replace("p.Lookup(EXPR)", 'names.Lookup(p, "New")'),
         imports='\t"tree/names"\n') | {"names/names.go": 'package names\n\nimport "plugin"\n'
         + _HELPER.replace("lookup", "Lookup")}),
    Tree("generic-helper", load('made, err := lookup[func() api.Plugin](p, "New")\n\tif err != nil {\n\t\t'
         "return nil, err\n\t}\n\treturn made(), nil", _GENERIC, '\t"fmt"\n')),
    Tree("method-value", load(TAKEN.replace("p.Lookup(EXPR)", 'find("New")').replace("symbol,",
         "find := p.Lookup\n\tsymbol,", 1))),
    Tree("through-an-interface", load('return made(p)', """
type library interface{ Lookup(string) (plugin.Symbol, error) }

func made(l library) (api.Plugin, error) {
	symbol, err := l.Lookup(api.Symbol)
	if err != nil {
		return nil, err
	}
	return symbol.(func() api.Plugin)(), nil
}
""")),
    Tree("passed-on", load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	return made(symbol)
""", """
func made(symbol any) (api.Plugin, error) {
	switch create := symbol.(type) {
	case func() (api.Plugin, error):
		return create()
	case func() api.Plugin:
		return create(), nil
	}
	return nil, nil
}
""")),
    Tree("table-of-names", load("""
	for _, name := range []string{"New", "Close"} {
		if _, err := p.Lookup(name); err != nil {
			return nil, err
		}
	}
	return nil, nil
"""), {"New": "func() api.Plugin"}, (r"looks up Close, not exported by most plugins",)),
    Tree("optional", load("""
	if symbol, err := p.Lookup("Close"); err == nil {
		defer symbol.(func())()
	}
	""" + TAKEN.replace("EXPR", '"New"')) | both(_BOTH), notes=("looks up Close, optional",)),
    Tree("optional-by-its-type", load("""
	symbol, _ := p.Lookup("Close")
	if end, ok := symbol.(func()); ok {
		defer end()
	}
	made, _ := p.Lookup("New")
	create, ok := made.(func() api.Plugin)
	if !ok {
		return nil, nil
	}
	return create(), nil
""".replace("return nil, nil", 'return nil, errors.New("no New")'), imports='\t"errors"\n') | both(_BOTH),
         notes=("looks up Close, optional",)),
    Tree("optional-in-a-helper", load("""
	if _, err := lookup(p, "Close"); err == nil {
		println("it can be closed")
	}
	""" + TAKEN.replace("p.Lookup(EXPR)", 'lookup(p, "New")'), _HELPER) | both(_BOTH),
         notes=("looks up Close, optional",)),
    Tree("several", load("""
	version, err := p.Lookup("Version")
	if err != nil {
		return nil, err
	}
	println(*version.(*string))
	""" + TAKEN.replace("EXPR", '"New"')) | both(_BOTH), {"New": "func() api.Plugin", "Version": "*string"}),
    Tree("computed", load("""
	if symbol, err := p.Lookup(fmt.Sprintf("New%s", path)); err == nil {
		return symbol.(func() api.Plugin)(), nil
	}
	""" + TAKEN.replace("EXPR", '"New"'), imports='\t"fmt"\n'),
         notes=(r'load/load.go:15: looks up fmt.Sprintf\("New%s", path\), a name that is computed',)),
    Tree("computed-alone", named('"New" + strings.ToUpper(path)', imports='\t"strings"\n') | {
        "plugins/a/main.go": PLUGIN.replace("New", "NewA"), "plugins/b/main.go": PLUGIN.replace("New", "NewB"),
        "cmd/tool/main.go": 'package main\n\nimport _ "tree/api"\n\nfunc main() {}\n'},
         {}, (r'looks up "New" \+ strings.ToUpper\(path\)', "cmd/tool .*left out", "no name is exported by all")),
    Tree("nothing-looked-up", load("_ = p\n\treturn api.Registered, nil") | {
        "api/api.go": API + "\nvar Registered Plugin\n", "cmd/tool/main.go": _TOOL.replace("Version", "Symbol")}
         | both('package main\n\nimport "tree/api"\n\ntype own struct{}\n\nfunc (own) Name() string '
                    '{ return "NAME" }\n\nfunc init() { api.Registered = own{} }\n\nfunc main() {}\n'),
         {}, ("nothing is looked up in plugins", "cmd/tool .*left out")),
    Tree("interface", load("""
	symbol, err := p.Lookup("Instance")
	if err != nil {
		return nil, err
	}
	return symbol.(api.Plugin), nil
""") | both(PLUGIN.replace("func New() api.Plugin { return own{} }", "var Instance own")
                .replace('import "tree/api"', 'import _ "tree/api"')), {"Instance": ""}, ("taken for api.Plugin",)),
    Tree("variable-of-the-api", load("""
	symbol, err := p.Lookup("Instance")
	if err != nil {
		return nil, err
	}
	return *symbol.(*api.Plugin), nil
""") | both(PLUGIN.replace("func New() api.Plugin { return own{} }", "var Instance api.Plugin = own{}")),
         {"Instance": "*api.Plugin"}),
    Tree("of-packages-that-the-api-does-not-import", load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	return symbol.(func(context.Context) api.Plugin)(context.Background()), nil
""", imports='\t"context"\n') | both(PLUGIN.replace("func New()", "func New(context.Context)").replace(
        'import "tree/api"', 'import (\n\t"context"\n\n\t"tree/api"\n)')),
         {"New": "func(context.Context) api.Plugin"}),
    Tree("of-a-package-behind-an-alias", load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	return symbol.(func(os.FileInfo) api.Plugin)(nil), nil
""", imports='\t"os"\n') | both(PLUGIN.replace("func New()", "func New(os.FileInfo)").replace(
        'import "tree/api"', 'import (\n\t"os"\n\n\t"tree/api"\n)')),
         {"New": "func(fs.FileInfo) api.Plugin"}),
    Tree("not-asserted", load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	reflect.ValueOf(symbol).Call(nil)
	return nil, nil
""", imports='\t"reflect"\n'), notes=("no type assertion found",)),
    Tree("the-api-opens", {"api/api.go": _OPENING_API, "cmd/host/main.go": _HOST_OF_API, "cmd/tool/main.go": _TOOL},
         notes=("cmd/tool .*left out",)),
    Tree("the-api-opens-and-plugins-say-what-they-are",
         {"api/api.go": _OPENING_API, "cmd/host/main.go": _HOST_OF_API, **both(_SAYS)}),
    Tree("the-api-opens-and-one-is-loaded-as-it-is-made",
         {"api/api.go": _OPENING_API + "\nvar Default = made()\n\nfunc made() *Manager {\n\tm := &Manager{}\n"
          '\t_ = m.Load("p.so")\n\treturn m\n}\n',
          "cmd/host/main.go": _HOST_OF_API, **both(PLUGIN.replace("\nfunc main() {}\n", ""))}),
    Tree("one-has-another-type", named('"New"') | {"plugins/b/main.go": PLUGIN.replace("func New() api.Plugin {",
         "func New() interface{ api.Plugin } {")}, notes=("plugins/b exports it as func",)),
]  # fmt: skip
