"""`pluginkit init` in trees of Go modules: what hosts look up, and who is what."""

import re

import pytest
from golookups import TREES
from monorepo import write

from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import parse_toml
from pluginkit.stages.adopt import propose
from pluginkit.stages.discover import discover

pytestmark = pytest.mark.usefixtures("go")


FEW = (
    "literal", "constant-of-the-api", "variable-of-another-package", "helper-in-another-package", "generic-helper",
    "passed-on", "optional", "computed", "computed-alone", "nothing-looked-up", "interface", "not-asserted",
    "the-api-opens", "the-api-opens-and-plugins-say-what-they-are", "one-has-another-type",
)  # fmt: skip
MARKED = [pytest.param(tree, marks=[] if tree.name in FEW else [pytest.mark.slow], id=tree.name) for tree in TREES]


@pytest.mark.parametrize("tree", MARKED)
def test_what_is_looked_up_is_found(tmp_path, tree) -> None:
    proposal = propose(tree.write(tmp_path))
    found = parse_toml(proposal.text.encode(), "proposed").values
    assert found.get("contract", {}).get("symbols", {}) == tree.symbols
    assert (tuple(found["hosts"]), tuple(found["plugins"]), found["api"]) == (tree.hosts, tree.plugins, tree.api)
    for note in tree.notes:
        assert any(re.search(note, line) for line in proposal.notes), proposal.notes


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["interface", "variable-of-the-api", "the-api-opens", "generic-helper", "of-a-package-behind-an-alias"]
)
def test_what_is_proposed_builds_and_is_accepted(tmp_path, pluginkit, name) -> None:
    next(tree for tree in TREES if tree.name == name).write(tmp_path)
    _accepted(pluginkit)


def test_add_says_which_symbol_has_no_type(tmp_path, pluginkit) -> None:
    next(tree for tree in TREES if tree.name == "interface").write(tmp_path)
    assert pluginkit("init", "--yes").status == 0
    said = "[contract.symbols] does not say of which type Instance is, so no plugin can be written"
    assert said in pluginkit("add", "more").err


def _accepted(pluginkit) -> None:
    for arguments in (("init", "--yes"), ("lock",), ("build",), ("verify",)):
        ran = pluginkit(*arguments)
        assert ran.status == 0, ran.out + ran.err


API = """\
package plugin

type Info struct{ Name string }

type Plugin interface{ Enable() error }
"""
ALONE = """\
package main

import "example.com/host/plugin"

type own struct{}

func (own) Enable() error { return nil }

func GetInfo() plugin.Info { return plugin.Info{Name: "NAME"} }

func NewPlugin(context *Context) plugin.Plugin { return own{} }

type Context struct{}

func Helper() string { return "" }

func main() { panic("this is a plugin: build it with -buildmode=plugin") }
"""


def _plugins_alone(root, *names: str) -> None:
    """Write plugins for a host that is elsewhere, with its module in vendor/."""
    plugins = {f"{name}/main.go": ALONE.replace("NAME", name).replace("context *Context", "") for name in names}
    write(
        root,
        {
            "go.mod": "module own\n\ngo 1.24\n\nrequire example.com/host v1.2.0\n",
            "vendor/modules.txt": "# example.com/host v1.2.0\n## explicit; go 1.24\nexample.com/host/plugin\n",
            "vendor/example.com/host/plugin/api.go": API,
            **plugins,
        },
    )


def test_plugins_without_a_host_share_the_package_of_their_types(tmp_path) -> None:
    _plugins_alone(tmp_path, "one", "two")
    write(tmp_path, {"cmd/tool/main.go": "package main\n\nfunc main() { println(1) }\n"})
    proposal = propose(tmp_path)
    assert proposal.text == (
        'language = "go"\napi = "example.com/host/plugin"\nhosts = []\nplugins = ["one", "two"]\n\n'
        '[contract]\nfactory = "NewPlugin"\n\n'
        '[contract.symbols]\nGetInfo = "func() plugin.Info"\nNewPlugin = "func() plugin.Plugin"\n'
    )
    assert any("verify --host HOST" in note for note in proposal.notes)


@pytest.mark.slow
def test_plugins_without_a_host_are_locked_built_and_verified(tmp_path, pluginkit) -> None:
    _plugins_alone(tmp_path, "one", "two")
    _accepted(pluginkit)


KINDS = """\
package main

import "plugin"

type Handler interface{ Handle() }

type Client interface{ Call() }

func main() {
	for path, name := range map[string]string{"h.so": "Handler", "c.so": "Client"} {
		opened, err := plugin.Open(path)
		if err != nil {
			panic(err)
		}
		if _, err := opened.Lookup(name); err != nil {
			panic(err)
		}
	}
}
"""
KIND = 'package main\n\nimport _ "tree/api"\n\nvar NAME int\n\nfunc main() {}\n'


def test_plugins_of_several_kinds_have_no_name_in_common(tmp_path) -> None:
    plugins = {f"plugins/{name}/main.go": KIND.replace("NAME", name.title()) for name in ("client", "handler")}
    host = KINDS.replace('import "plugin"', 'import (\n\t"plugin"\n\n\t_ "tree/api"\n)')
    write(tmp_path, {"go.mod": "module tree\n", "api/api.go": "package api\n", "main.go": host, **plugins})
    proposal = propose(tmp_path)
    assert 'api = "api"\nhosts = ["."]\nplugins = ["plugins/client", "plugins/handler"]\n' in proposal.text
    assert "contract" not in proposal.text
    assert any("no name is exported by all plugins" in note for note in proposal.notes)


LIBRARY = 'package NAME\n\nimport "tree/api"\n\nvar Plugins = []api.Plugin{}\n'
LISTS = """\
package main

import (
	"plugin"

	"tree/api"
)

func main() {
	opened, err := plugin.Open("p.so")
	if err != nil {
		panic(err)
	}
	found, err := opened.Lookup("Plugins")
	if err != nil {
		panic(err)
	}
	println(len(*found.(*[]api.Plugin)))
}
"""


def _libraries(root) -> None:
    """Write a tree whose plugins are packages, for which main packages are generated."""
    libraries = {f"plugins/{name}/{name}.go": LIBRARY.replace("NAME", name) for name in ("git", "log")}
    api = "package api\n\ntype Plugin interface{ Name() string }\n"
    write(root, {"go.mod": "module tree\n", "api/api.go": api, "cmd/host/main.go": LISTS, **libraries})


def test_packages_that_are_like_plugins_and_not_main_are_named(tmp_path) -> None:
    _libraries(tmp_path)
    with pytest.raises(PluginkitError) as raised:
        propose(tmp_path)
    said = f"{raised.value.message} {raised.value.hint}"
    assert "no main package exports Plugins (cmd/host/main.go:14 looks it up); packages that are not main do: " in said
    assert "plugins/git, plugins/log\n" in said
    assert 'plugins/git/main/main.go for example:\n    package main\n\n    import library "tree/plugins/git"' in said
    assert "var Plugins = library.Plugins" in said


def test_a_package_of_another_place_may_be_like_a_plugin_too(tmp_path) -> None:
    _libraries(tmp_path / "tree")
    (tmp_path / "tree/plugins").rename(tmp_path / "plugins")
    write(tmp_path, {"plugins/go.mod": "module tree/plugins\n\ngo 1.24\n\nrequire tree v0.0.0\n"})
    write(
        tmp_path / "tree",
        {
            "go.mod": "module tree\n\ngo 1.24\n\nrequire tree/plugins v0.0.0\n\nreplace tree/plugins => ../plugins\n",
            "all/all.go": 'package all\n\nimport _ "tree/plugins/git"\n',
        },
    )
    with pytest.raises(PluginkitError, match=r"packages that are not main do: \.\./plugins/git\n"):
        propose(tmp_path / "tree")


def test_what_generates_main_packages_is_named(tmp_path) -> None:
    _libraries(tmp_path)
    write(tmp_path, {"plugins/make.sh": "cat >main.go <<END\npackage main\nEND\n", "plugins/README.md": "Plugins.\n"})
    with pytest.raises(PluginkitError, match=r"plugins/make\.sh seems to write main packages for them"):
        propose(tmp_path)


def test_a_main_package_in_a_directory_main_is_named_after_the_one_above(tmp_path, pluginkit) -> None:
    _libraries(tmp_path)
    for name in ("git", "log"):
        text = f'package main\n\nimport one "tree/plugins/{name}"\n\nvar Plugins = one.Plugins\n\nfunc main() {{}}\n'
        write(tmp_path, {f"plugins/{name}/main/main.go": text})
    ran = pluginkit("init", "--yes")
    assert 'plugins = ["plugins/git/main", "plugins/log/main"]' in ran.out
    assert 'Plugins = "*[]api.Plugin"' in ran.out
    assert [member.name for member in discover(tmp_path).members] == ["tree/api", "host", "git", "log"]


NOTHING = {
    "no-main": ({"api/api.go": "package api\n"}, "no main package: hosts and plugins are main packages"),
    "no-host": (
        {"main.go": "package main\n\nfunc main() {}\n"},
        "no main package opens plugins, and none exports types of a package that it imports",
    ),
    "own-types": (
        {"main.go": "package main\n\ntype own int\n\nvar Handler own\n\nfunc main() {}\n"},
        r"no host, and \. exports Handler: no type of it comes from a package that a host could share",
    ),
    "no-plugins": ({"main.go": LISTS, "api/api.go": "package api\n\ntype Plugin any\n"},
                   r"no main package exports what is looked up in plugins: Plugins \(main\.go:14\)"),
    "nothing-looked-up": (
        {"main.go": 'package main\n\nimport "plugin"\n\nfunc main() { plugin.Open("p.so") }\n'},
        r"\. opens plugins \(main\.go:5\), and no name that it looks up is known",
    ),
    "no-api": (
        {
            "main.go": LISTS.replace('\n\n\t"tree/api"', "").replace("api.Plugin", "int"),
            "a/main.go": "package main\n\nvar Plugins []int\n\nfunc main() {}\n",
        },
        r"there is no API: host and plugins \(a\) import no package that declares what they share \(Plugins\)",
    ),
    "no-module": (
        {"go.mod": None, "cmd/main.go": "package main\n\nfunc main() {}\n"},
        "neither go.mod nor go.work in it\nwrite one with `go mod init`",
    ),
    "modules-beneath": (
        {"go.mod": None, "a/go.mod": "module a\n", "b/go.mod": "module b\n"},
        r"neither go.mod nor go.work in it; modules beneath it: a, b\n"
        r"`go work init ./a ./b` makes one workspace of them, `pluginkit init a` reads one alone",
    ),
    "another-condition": (
        {"main.go": "package main\n\nfunc main() {}\n", "open.go": f"//go:build dynamic && linux\n\n{LISTS}"},
        r"open\.go imports plugin, and is only built for `dynamic && linux`",
    ),
    "another-module": (
        {"main.go": "package main\n\nfunc main() {}\n", "p/go.mod": "module p\n", "p/p.go": "package main\n"},
        r"p is a module of its own, and was not read\n`go work init \. \./p` makes one workspace of them",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), NOTHING.values(), ids=NOTHING)
def test_why_nothing_is_proposed_is_said(tmp_path, files, said) -> None:
    files = {"go.mod": "module tree\n", **files}
    write(tmp_path, {name: text for name, text in files.items() if text is not None})
    with pytest.raises(PluginkitError) as raised:
        propose(tmp_path)
    assert re.search(said, f"{raised.value.message}\n{raised.value.hint}")


def test_the_modules_of_a_go_work_are_read(tmp_path) -> None:
    TREES[0].write(tmp_path)
    (tmp_path / "go.mod").rename(tmp_path / "api/go.mod")
    write(tmp_path, {"go.work": "go 1.24\n\nuse (\n\t./api\n\t./cmd\n\t./load\n\t./plugins\n)\n"})
    write(tmp_path, {"api/go.mod": "module tree/api\n\ngo 1.24\n"})
    for name in ("cmd", "load", "plugins"):
        write(tmp_path, {f"{name}/go.mod": f"module tree/{name}\n\ngo 1.24\n"})
    assert 'api = "api"\nhosts = ["cmd/host"]\nplugins = ["plugins/a", "plugins/b"]\n' in propose(tmp_path).text


def test_what_is_being_read_is_told(tmp_path) -> None:
    told: list[str] = []
    propose(TREES[0].write(tmp_path), told.append)
    assert told[0] == "./..."
    assert {"tree/cmd/host", "tree/plugins/a", "tree/load"} <= set(told)
