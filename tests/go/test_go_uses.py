"""What Go plugins use of an API, and which changes they have to be edited for: the compiler says whether that is so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from gocode import go_module
from goplugins import CASES, Case
from monorepo import write

from pluginkit.backends.go.building.packages import list_patterns
from pluginkit.backends.go.building.trees import surfaces
from pluginkit.backends.go.building.uses import GoUses, uses, uses_of_directory
from pluginkit.core.errors import PluginkitError
from pluginkit.surface.go.compare import go_compare
from pluginkit.surface.go.concern import Concern, deprecated, go_concerning


def package(number: int, case: Case, api: str) -> Mapping[str, str]:
    imports = f'import "fmt"\nimport "acme/c{number}/api"\n' + (case.top if case.top.startswith("import") else "")
    top = "" if case.top.startswith("import") else case.top
    plugin = (
        f"package main\n\n{imports}\n\nvar _ = fmt.Print\nvar _ api.Keep\n\n{top}\n\nfunc main() {{ {case.plugin} }}\n"
    )
    return {
        f"c{number}/api/api.go": f"package api\n\ntype Keep int\n\n{api}\n",
        f"c{number}/plugin/main.go": plugin.replace("acme/API", f"acme/c{number}/api"),
    }


@dataclass(frozen=True)
class Judged:
    """What the compiler says of each case, and what we say."""

    fails: frozenset[str]
    concerns: Mapping[str, tuple[Concern, ...]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    gos = {}
    for side in ("old", "new"):
        files = [package(number, case, getattr(case, side)) for number, case in enumerate(CASES)]
        gos[side] = go_module(
            tmp_path_factory.mktemp(side),
            {"go.mod": "module acme\n\ngo 1.24\n", **{path: text for one in files for path, text in one.items()}},
        )
    listed = {side: list_patterns(go, ["./..."]) for side, go in gos.items()}
    apis = [f"acme/c{number}/api" for number in range(len(CASES))]
    mains = [f"acme/c{number}/plugin" for number in range(len(CASES))]
    before, after = (surfaces(gos[side], listed[side], apis) for side in ("old", "new"))
    found = uses(gos["old"], listed["old"], apis, mains)
    assert not [line for one in found.values() for line in one.lines if line.startswith("dynamic")]
    concerns = {
        case.name: go_concerning(go_compare(before[api].lines, after[api].lines), found[main].lines)
        for case, api, main in zip(CASES, apis, mains, strict=True)
    }
    assert not failing(gos["old"])
    return Judged(frozenset(CASES[number].name for number in failing(gos["new"])), concerns)


def failing(go) -> set[int]:
    """Return the numbers of the plugins that do not compile."""
    printed = go.run("list", "-e", "-export", "-json=ImportPath,Export", "./...").stdout
    decoder, found, at = json.JSONDecoder(), {}, 0
    while at < len(printed.rstrip()):
        one, at = decoder.raw_decode(printed, at)
        found[one["ImportPath"]] = one.get("Export", "")
        at += 1
    broken = {path for path, export in found.items() if not export}
    assert not [path for path in broken if path.endswith("api")]
    return {int(path.split("/")[1].removeprefix("c")) for path in broken}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_compiler_agrees_on_who_has_to_edit(judged: Judged, case: Case) -> None:
    assert (case.name in judged.fails) == case.edit
    assert bool(judged.concerns[case.name]) == case.edit


API = """
package pluginapi

import "acme/model"

type Host interface{ Log(string) }

// Plugin is what plugins implement.
type Plugin interface {
	Name() string
	// Deprecated: it is not called any more.
	Stop()
}

type Request struct {
	model.Head
	Body []byte
}

// Old does nothing.
//
// Deprecated: call New.
func Old() {}

func New() *Request { return nil }
"""
MODEL = "package model\n\ntype Head struct{ ID string }\n"
USER = """
package main

import (
	api "acme/pluginapi"
	"acme/tools"
)

type plugin struct{ host api.Host }

func (*plugin) Name() string { return "p" }
func (*plugin) Stop()        {}

// Plugin is looked up by the host.
var Plugin = plugin{}

func main() {
	api.Old()
	request := api.New()
	_ = request.ID
	_ = tools.Empty()
}
"""
TOOLS = """
package tools

import "acme/pluginapi"

func Empty() pluginapi.Request { return pluginapi.Request{Body: nil} }
"""
FILES = {"pluginapi/api.go": API, "model/model.go": MODEL, "plugin/main.go": USER, "tools/tools.go": TOOLS}
LINES = """\
implements acme/pluginapi.Plugin
literal acme/pluginapi.Request keyed
use acme/model.Head.ID
use acme/pluginapi.Host
use acme/pluginapi.New
use acme/pluginapi.Old
use acme/pluginapi.Request
use acme/pluginapi.Request.Body
use acme/pluginapi.Request.ID
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, GoUses]:
    go = go_module(tmp_path_factory.mktemp("uses"), {name: text.lstrip() for name, text in FILES.items()})
    return go, uses(go, list_patterns(go, ["./plugin"]), ["acme/pluginapi"], ["acme/plugin"])["acme/plugin"]


def test_uses_are_lines_with_their_places(used) -> None:
    _, found = used
    assert found.lines == tuple(LINES.splitlines())
    assert found.places["use acme/pluginapi.Request.Body"] == ("tools/tools.go:5",)
    assert found.places["use acme/pluginapi.Old"] == ("plugin/main.go:17",)
    assert found.places["implements acme/pluginapi.Plugin"] == ("plugin/main.go:14",)


def test_what_is_deprecated_and_used_is_found(used) -> None:
    go, found = used
    surface = surfaces(go, list_patterns(go, ["./pluginapi"]), ["acme/pluginapi"])["acme/pluginapi"]
    assert deprecated(surface.lines, found.lines) == {"use acme/pluginapi.Old": "acme/pluginapi.Old"}


def test_a_directory_has_its_plugins_read(used) -> None:
    go, found = used
    assert uses_of_directory(go.toolchain, go.root / "plugin", go.target, ["acme/pluginapi"]) == {
        "acme/plugin": GoUses(found.lines, {line: _here(places) for line, places in found.places.items()})
    }
    alone = uses_of_directory(go.toolchain, go.root / "tools", go.target, ["acme/pluginapi"])
    assert "literal acme/pluginapi.Request keyed" in alone["acme/tools"].lines
    with pytest.raises(PluginkitError, match="no Go package imports acme/pluginapi"):
        uses_of_directory(go.toolchain, go.root / "model", go.target, ["acme/pluginapi"])


def _here(places: tuple[str, ...]) -> tuple[str, ...]:
    """Return places of the module as they are called from the plugin's directory."""
    return tuple(sorted(one.replace("plugin/main.go", "main.go").replace("tools/", "acme/tools/") for one in places))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("var _ = reflect.ValueOf(api.New()).MethodByName(os.Args[0])", "dynamic reflect: MethodByName"),
        ("var _ = missing.Function()", "dynamic sources that do not compile"),
        ("var _ = reflect.ValueOf(api.New()).NumMethod(); var _ = os.Args", ""),
    ],
)
def test_what_cannot_be_known_makes_everything_concern_the_plugin(used, code: str, reason: str) -> None:
    go, _ = used
    imports = 'import ("os"; "reflect"; api "acme/pluginapi"; "example.org/missing"; )'
    main = (
        f"package main\n\n{imports}\n\nvar _ = os.Args\nvar _ reflect.Type\nvar _ missing.T\n{code}\nfunc main() {{}}\n"
    )
    write(go.root, {"shaky/main.go": main})
    found = uses_of_directory(go.toolchain, go.root / "shaky", go.target, ["acme/pluginapi"])["acme/shaky"].lines
    assert [line for line in found if line.startswith("dynamic")] == ([reason] if reason else [])
    old, new = ["pkg acme/pluginapi, func Gone()"], ["pkg acme/pluginapi, func New() int"]
    assert [concern.because for concern in go_concerning(go_compare(old, new), found)] == (
        [(reason,)] if reason else []
    )


def test_without_uses_every_break_concerns_a_plugin() -> None:
    changes = go_compare(["pkg a, func F()", "pkg a, func G()"], ["pkg a, func G()", "pkg a, func H()"])
    assert [(one.change.name, one.because) for one in go_concerning(changes, None)] == [("a.F", ())]
