"""Small trees of Go that open plugins in many ways, and the configuration that `pluginkit init` should find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monorepo import write

API = 'package api\n\nconst Symbol = "New"\n\ntype Plugin interface{ Name() string }\n'
MAIN = """\
package main

import "tree/load"

func main() { load.Load("p.so") }
"""
PLUGIN = """\
package main

import "tree/api"

type own struct{}

func (own) Name() string { return "NAME" }

func New() api.Plugin { return own{} }

func main() {}
"""
LOAD = """\
package load

import (
	"plugin"

	"tree/api"
)

func Load(path string) (api.Plugin, error) {
	p, err := plugin.Open(path)
	if err != nil {
		return nil, err
	}
	BODY
}

REST
"""
TAKEN = """symbol, err := p.Lookup(EXPR)
	if err != nil {
		return nil, err
	}
	return symbol.(func() api.Plugin)(), nil"""
NEW = {"New": "func() api.Plugin"}


@dataclass(frozen=True)
class Tree:
    """A tree, and what is found in it."""

    name: str
    files: Mapping[str, str | None]
    """Beside the usual ones; None takes one of those away."""
    symbols: Mapping[str, str] = field(default_factory=lambda: NEW)
    notes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("cmd/host",)
    plugins: tuple[str, ...] = ("plugins/a", "plugins/b")
    api: str = "api"

    def write(self, root: Path) -> Path:
        usual = {
            "go.mod": "module tree\n\ngo 1.24\n",
            "api/api.go": API,
            "cmd/host/main.go": MAIN,
            "plugins/a/main.go": PLUGIN.replace("NAME", "a"),
            "plugins/b/main.go": PLUGIN.replace("NAME", "b"),
        }
        files = {**usual, **self.files}
        return write(root, {name: text for name, text in files.items() if text is not None})


def _load(body: str, rest: str = "", imports: str = "") -> dict[str, str]:
    text = LOAD.replace("BODY", body.strip()).replace("REST", rest.strip())
    return {"load/load.go": text.replace('import (\n\t"plugin"', f'import (\n{imports}\t"plugin"').strip() + "\n"}


def _named(expression: str, before: str = "", rest: str = "", imports: str = "") -> dict[str, str]:
    return _load(before + TAKEN.replace("EXPR", expression), rest, imports)


def _plugins(text: str) -> dict[str, str]:
    return {f"plugins/{name}/main.go": text.replace("NAME", name) for name in "ab"}


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
_BOTH = PLUGIN.replace("func main", "var Version string\n\nfunc Close() {}\n\nfunc main")
_ELSEWHERE = """\
package names

var Entry = "New"

func Factory() string { return Entry }
"""

TREES = [
    Tree("literal", _named('"New"')),
    Tree("constant-of-the-api", _named("api.Symbol")),
    Tree("local-constant", _named("name", 'const name = "N" + "ew"\n\t')),
    Tree("local-variable", _named("name", 'name := "New"\n\t')),
    Tree("variable-of-the-package", _named("entry", rest='var entry = "New"')),
    Tree("variable-of-another-package",
         _named("names.Entry", imports='\t"tree/names"\n') | {"names/names.go": _ELSEWHERE}),
    Tree("function-of-another-package",
         _named("names.Factory()", imports='\t"tree/names"\n') | {"names/names.go": _ELSEWHERE}),
    Tree("field", _named("s.entry", 's := settings{entry: "New"}\n\t', "type settings struct{ entry string }")),
    Tree("conversion", _named("string(entry)", rest='type key string\n\nconst entry key = "New"')),
    Tree("helper", _load(TAKEN.replace("p.Lookup(EXPR)", "lookup(p, api.Symbol)"), _HELPER)),
    Tree("helper-in-another-package", _load(TAKEN.replace("p.Lookup(EXPR)", 'names.Lookup(p, "New")'),
         imports='\t"tree/names"\n') | {"names/names.go": 'package names\n\nimport "plugin"\n'
         + _HELPER.replace("lookup", "Lookup")}),
    Tree("generic-helper", _load('made, err := lookup[func() api.Plugin](p, "New")\n\tif err != nil {\n\t\t'
         "return nil, err\n\t}\n\treturn made(), nil", _GENERIC, '\t"fmt"\n')),
    Tree("method-value", _load(TAKEN.replace("p.Lookup(EXPR)", 'find("New")').replace("symbol,",
         "find := p.Lookup\n\tsymbol,", 1))),
    Tree("through-an-interface", _load('return made(p)', """
type library interface{ Lookup(string) (plugin.Symbol, error) }

func made(l library) (api.Plugin, error) {
	symbol, err := l.Lookup(api.Symbol)
	if err != nil {
		return nil, err
	}
	return symbol.(func() api.Plugin)(), nil
}
""")),
    Tree("passed-on", _load("""
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
    Tree("table-of-names", _load("""
	for _, name := range []string{"New", "Close"} {
		if _, err := p.Lookup(name); err != nil {
			return nil, err
		}
	}
	return nil, nil
"""), {"New": "func() api.Plugin"}, (r"looks up Close, not exported by most plugins",)),
    Tree("optional", _load("""
	if symbol, err := p.Lookup("Close"); err == nil {
		defer symbol.(func())()
	}
	""" + TAKEN.replace("EXPR", '"New"')) | _plugins(_BOTH), notes=("looks up Close, optional",)),
    Tree("several", _load("""
	version, err := p.Lookup("Version")
	if err != nil {
		return nil, err
	}
	println(*version.(*string))
	""" + TAKEN.replace("EXPR", '"New"')) | _plugins(_BOTH), {"New": "func() api.Plugin", "Version": "*string"}),
    Tree("computed", _load("""
	if symbol, err := p.Lookup(fmt.Sprintf("New%s", path)); err == nil {
		return symbol.(func() api.Plugin)(), nil
	}
	""" + TAKEN.replace("EXPR", '"New"'), imports='\t"fmt"\n'),
         notes=(r'load/load.go:15: looks up fmt.Sprintf\("New%s", path\), a name that is computed',)),
    Tree("computed-alone", _named('"New" + strings.ToUpper(path)', imports='\t"strings"\n') | {
        "plugins/a/main.go": PLUGIN.replace("New", "NewA"), "plugins/b/main.go": PLUGIN.replace("New", "NewB"),
        "cmd/tool/main.go": 'package main\n\nimport _ "tree/api"\n\nfunc main() {}\n'},
         {}, (r'looks up "New" \+ strings.ToUpper\(path\)', "cmd/tool .*left out", "no name is exported by all")),
    Tree("nothing-looked-up", _load("_ = p\n\treturn api.Registered, nil") | {
        "api/api.go": API + "\nvar Registered Plugin\n", "cmd/tool/main.go": _TOOL.replace("Version", "Symbol")}
         | _plugins('package main\n\nimport "tree/api"\n\ntype own struct{}\n\nfunc (own) Name() string '
                    '{ return "NAME" }\n\nfunc init() { api.Registered = own{} }\n\nfunc main() {}\n'),
         {}, ("nothing is looked up in plugins", "cmd/tool .*left out")),
    Tree("interface", _load("""
	symbol, err := p.Lookup("Instance")
	if err != nil {
		return nil, err
	}
	return symbol.(api.Plugin), nil
""") | _plugins(PLUGIN.replace("func New() api.Plugin { return own{} }", "var Instance own")
                .replace('import "tree/api"', 'import _ "tree/api"')), {"Instance": ""}, ("taken for api.Plugin",)),
    Tree("variable-of-the-api", _load("""
	symbol, err := p.Lookup("Instance")
	if err != nil {
		return nil, err
	}
	return *symbol.(*api.Plugin), nil
""") | _plugins(PLUGIN.replace("func New() api.Plugin { return own{} }", "var Instance api.Plugin = own{}")),
         {"Instance": "*api.Plugin"}),
    Tree("of-packages-that-the-api-does-not-import", _load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	return symbol.(func(context.Context) api.Plugin)(context.Background()), nil
""", imports='\t"context"\n') | _plugins(PLUGIN.replace("func New()", "func New(context.Context)").replace(
        'import "tree/api"', 'import (\n\t"context"\n\n\t"tree/api"\n)')),
         {"New": "func(context.Context) api.Plugin"}),
    Tree("of-a-package-behind-an-alias", _load("""
	symbol, err := p.Lookup("New")
	if err != nil {
		return nil, err
	}
	return symbol.(func(os.FileInfo) api.Plugin)(nil), nil
""", imports='\t"os"\n') | _plugins(PLUGIN.replace("func New()", "func New(os.FileInfo)").replace(
        'import "tree/api"', 'import (\n\t"os"\n\n\t"tree/api"\n)')),
         {"New": "func(fs.FileInfo) api.Plugin"}),
    Tree("not-asserted", _load("""
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
         {"api/api.go": _OPENING_API, "cmd/host/main.go": _HOST_OF_API, **_plugins(_SAYS)}),
    Tree("the-api-opens-and-one-is-loaded-as-it-is-made",
         {"api/api.go": _OPENING_API + "\nvar Default = made()\n\nfunc made() *Manager {\n\tm := &Manager{}\n"
          '\t_ = m.Load("p.so")\n\treturn m\n}\n',
          "cmd/host/main.go": _HOST_OF_API, **_plugins(PLUGIN.replace("\nfunc main() {}\n", ""))}),
    Tree("one-has-another-type", _named('"New"') | {"plugins/b/main.go": PLUGIN.replace("func New() api.Plugin {",
         "func New() interface{ api.Plugin } {")}, notes=("plugins/b exports it as func",)),
]  # fmt: skip
