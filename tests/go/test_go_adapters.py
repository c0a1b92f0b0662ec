"""Which Go APIs cross to a process without shared memory, why others do not, and that what is generated compiles."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gocrossing import Shape, adapter_of, crossing_workspace, install, read_shapes
from gomodes import four_plugins
from monorepo import edit

from pluginkit.backends.go.building.modes.adapter import CROSSING, adapter, host_adapter, refuse_uncrossable
from pluginkit.backends.go.building.packages import list_packages
from pluginkit.backends.process import run
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError

SHAPES = read_shapes()
CROSSES = [shape for shape in SHAPES if not shape.refused]
REFUSED = [shape for shape in SHAPES if shape.refused]


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory):
    go, workspace = crossing_workspace(tmp_path_factory.mktemp("crosses"), CROSSES)
    adapter = adapter_of(go, workspace)
    install(go, adapter)
    return go, workspace, adapter


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return refusals(tmp_path_factory.mktemp("refused"), REFUSED)


def refusals(root: Path, shapes: list[Shape]) -> dict[str, list[str]]:
    """Return what an adapter is refused for, by plugin."""
    with pytest.raises(PluginkitError) as refused:
        adapter_of(*crossing_workspace(root, shapes))
    found: dict[str, list[str]] = {}
    for block in re.split(r"^plugins/", refused.value.message, flags=re.MULTILINE)[1:]:
        head, *reasons = block.splitlines()
        found[head.removesuffix(": cannot run in mode subprocess:")] = [reason.strip() for reason in reasons]
    return found


def test_all_that_crosses_compiles(accepted) -> None:
    go, _, adapter = accepted
    assert go.run("vet", "./adapter").stderr == ""
    assert {*adapter.exports} == {one.name for one in CROSSES}


def test_what_is_generated_is_formatted_and_always_the_same(accepted) -> None:
    go, workspace, adapter = accepted
    install(go, adapter, crossing=CROSSING)
    assert run([Path(go.toolchain.go).with_name("gofmt"), "-l", "adapter"], cwd=go.root).stdout == ""
    assert adapter_of(go, workspace) == adapter


def test_an_interface_that_nobody_needs_and_that_does_not_cross_is_left_out(accepted) -> None:
    _, _, adapter = accepted
    assert "unneeded.Plugin" in adapter.source
    assert not re.search(r"unneeded\.(Stream|Odd|Hidden)", adapter.source)
    start = "acme/apis/unneeded."
    assert {name: reason for name, reason in adapter.left_out.items() if name.startswith(start)} == {
        start + "Hidden": "it is the interface unneeded.Hidden, which only its own package implements: "
        "hidden is unexported",
        start + "Odd": "unneeded.Stream.Next: its result is a channel (<-chan int), which cannot cross a process",
        start + "Stream": "unneeded.Stream.Next: its result is a channel (<-chan int), which cannot cross a process",
    }


@pytest.mark.parametrize("shape", REFUSED, ids=lambda shape: shape.name)
def test_what_does_not_cross_is_refused_with_the_method_and_the_reason(refused, shape: Shape) -> None:
    assert refused[shape.name] == [*shape.refused]


UNEXPORTED = "counted.Plugin.Do: its parameter has the unexported field counted.Meta.seen, which cannot cross a process"


@pytest.mark.parametrize(
    ("field", "reasons"), [("", []), ("seen bool", [UNEXPORTED]), ("_ bool", []), ("Seen bool", [])]
)
def test_an_unexported_field_anywhere_in_a_parameter_turns_it_into_a_refusal(
    tmp_path: Path, field: str, reasons: list[str]
) -> None:
    api = "type Request struct{ Items map[string][]*Item }\ntype Item struct{ Meta }\n"
    api += f"type Meta struct{{ ID string; {field} }}\ntype Plugin interface{{ Do(Request) }}\n"
    shapes = [Shape("counted", "counted", api), *(shape for shape in REFUSED if shape.name == "channel")]
    assert refusals(tmp_path, shapes).get("counted", []) == reasons


HOST_TALKS = """
type Host interface{ Logf(string, ...any) }
type Plugin interface{ Do() }
type Closer interface{ Plugin; Close() error }
"""
TALKS = """
var Name, Title = "talks", "it talks"
var Counter int64
var Made = func() {}

const Fixed = "fixed"

type Own struct{ last chan int }

func Init(api.Host) error { return nil }
func New() api.Plugin { return nil }
func Capabilities() []string { return nil }
func Tick(by int) (int, error) { return by, nil }
func Last() *Own { return nil }
func Mine() Own { return Own{} }
func Any[T any](t T) {}
func quiet() {}
"""


def test_what_else_a_plugin_exports_crosses_or_has_its_reason(tmp_path: Path) -> None:
    go, workspace = crossing_workspace(tmp_path, [Shape("talks", "talks", HOST_TALKS, TALKS)], "wasm")
    adapter = adapter_of(go, workspace)
    assert adapter.exports["talks"] == {
        "Capabilities": "func() []string",
        "Init": "func(talks.Host) error",
        "Name": "*string",
        "New": "func() talks.Plugin",
        "Tick": "func(int) (int, error)",
        "Title": "*string",
    }
    assert adapter.reasons["talks"] == {
        "Counter": "Counter is a variable (int64): host and plugin do not share memory in mode wasm",
        "Last": "Last: its result has the unexported field main.Own.last, which cannot cross a process",
        "Made": "Made is a variable (func()): host and plugin do not share memory in mode wasm",
        "Mine": "Mine: its result has the unexported field main.Own.last, which cannot cross a process",
    }


def test_lock_refuses_what_cannot_cross_where_a_plugin_runs_apart(tmp_path: Path) -> None:
    (shape,) = (shape for shape in REFUSED if shape.name == "channel")
    for mode in ("plugin", "linked", "subprocess"):
        go, workspace = crossing_workspace(tmp_path / mode, [shape], mode)
        closure = list_packages(go, workspace)
        if mode == "subprocess":
            with pytest.raises(PluginkitError, match=r"channel.Plugin.Watch: .*\n?") as refused:
                refuse_uncrossable(go, closure, workspace, ())
            assert refused.value.hint.startswith('set mode = "linked" or mode = "plugin" in [plugin.channel]')
        else:
            refuse_uncrossable(go, closure, workspace, ())


def test_the_tables_of_all_plugins_that_cannot_cross_are_named(tmp_path: Path) -> None:
    shapes = [shape for shape in REFUSED if shape.name in {"channel", "function"}]
    go, workspace = crossing_workspace(tmp_path, shapes, "wasm")
    with pytest.raises(PluginkitError) as refused:
        refuse_uncrossable(go, list_packages(go, workspace), workspace, ())
    tables = ", ".join(f"[plugin.{shape.name}]" for shape in shapes)
    assert f" in {tables}, or " in str(refused.value.hint)


@pytest.mark.slow
def test_the_lock_says_what_cannot_cross_before_anything_is_built(tmp_path: Path, pluginkit: Callable) -> None:
    root = four_plugins(tmp_path / "acme", counter='mode = "subprocess"\n')
    assert pluginkit("lock", str(root)).status == 0
    edit(root / "pluginapi/api.go", "\tName() string\n", "\tName() string\n\tWatch() <-chan int\n")
    ran = pluginkit("lock", str(root), "--allow-same-version")
    assert ran.status == 2
    assert "plugins/counter: cannot run in mode subprocess:\n" in ran.err
    assert "Watch: its result is a channel (<-chan int), which cannot cross a process" in ran.err
    edit(root / "pluginkit.toml", 'mode = "subprocess"', 'mode = "linked"')
    assert pluginkit("lock", str(root), "--allow-same-version").status == 0


LEFT_OUT = """
type Streamer interface { Plugin; Stream() <-chan int }
type Plugin interface { Do() }
"""
IMPLEMENTED = """
type own[T any] struct{}
func (own[T]) Do() {}
type helper struct{}
func (*helper) Stream() <-chan int { return nil }
type base struct{ helper }
func (base) Do() {}
type plugin struct{ *base }
func New() api.Plugin { return plugin{} }
"""


def test_what_a_host_would_find_by_an_assertion_is_refused_where_it_does_not_cross(tmp_path: Path) -> None:
    shapes = [
        Shape("streams", "streams", LEFT_OUT, IMPLEMENTED),
        Shape("plain", "plain", LEFT_OUT, IMPLEMENTED.replace("Stream()", "Other()")),
    ]
    why = "does not cross: streams.Streamer.Stream: its result is a channel (<-chan int), which cannot cross a process"
    assert refusals(tmp_path, shapes) == {
        "streams": [f"streams.Streamer, which {name} implements, {why}" for name in ("base", "plugin")]
    }


DEP = """\
package dep

type Item struct{ ID string }

type Sink interface{ Put(Item) }
"""
VENDORED = {
    "go.mod": "module acme\n\ngo 1.24\n\nrequire example.com/go-dep.v1 v1.2.0\n",
    "vendor/modules.txt": "# example.com/go-dep.v1 v1.2.0\n## explicit; go 1.21\nexample.com/go-dep.v1\n",
    "vendor/example.com/go-dep.v1/dep.go": DEP,
}
CGO = """\
// int one() { return 1; }
import "C"

func New() api.Plugin { return nil }

func One() int { return int(C.one()) }

func Raw() C.int { return 1 }
"""


@pytest.mark.slow
def test_vendored_packages_and_plugins_with_cgo_cross(tmp_path: Path) -> None:
    api = 'import "example.com/go-dep.v1"\n\ntype Plugin interface{ Do(dep.Item, map[string]*dep.Item) dep.Sink }\n'
    shapes = [
        Shape("vendored", "vendored", api, files=tuple(VENDORED.items())),
        Shape("cgo", "cgo", "type Plugin any", CGO),
    ]
    go, workspace = crossing_workspace(tmp_path, shapes)
    adapter = adapter_of(go, workspace)
    assert 'dep "example.com/go-dep.v1"' in adapter.source
    assert "reflect.TypeFor[dep.Sink]()" in adapter.source
    assert adapter.exports["cgo"] == {
        "Capabilities": "func() []string",
        "New": "func() cgo.Plugin",
        "One": "func() int",
    }
    assert adapter.reasons["cgo"] == {}
    install(go, adapter)
    assert go.run("vet", "./adapter").stderr == ""


TWO = """
const APIVersion = "v{0}.0.0"
type Request struct{{ ID string }}
type Plugin interface{{ Do{0}(Request) error }}
"""


def test_a_host_of_two_versions_knows_the_contracts_of_both(tmp_path: Path) -> None:
    shapes = [Shape(f"v{one}/same", "same", TWO.format(one)) for one in (1, 2)]
    go, workspace = crossing_workspace(tmp_path, shapes)
    own = tuple(Contract(symbols=(("New", "func() same.Plugin"),), api=f"acme/apis/v{one}/same") for one in (1, 2))
    workspace = replace(workspace, contract=Contract("New", apis=own))
    closure = list_packages(go, workspace)
    host = host_adapter(go, closure, workspace)
    for name in ("same.Plugin", "same_2.Plugin"):
        assert f"reflect.TypeFor[func() {name}]()" in host.source
    for member in workspace.members[1:]:
        plugin = adapter(go, closure, workspace, [member])
        assert plugin.exports[member.name]["APIVersion"] == "*string"
        assert plugin.source.count("acme/apis/") == 2
        assert f'"acme/apis/{member.name}"' in plugin.source


def test_a_host_is_refused_a_contract_that_cannot_cross(tmp_path: Path) -> None:
    go, workspace = crossing_workspace(tmp_path, [Shape("asked", "asked", "type Plugin interface{ Do() }")])
    asked = Contract("New", symbols=(("New", "func() asked.Plugin"), ("Wait", "func(chan int)"), ("Rate", "*float64")))
    workspace = replace(workspace, contract=asked)
    with pytest.raises(PluginkitError) as refused:
        host_adapter(go, list_packages(go, workspace), workspace)
    assert refused.value.message == (
        "[contract.symbols] asks for what cannot cross a process:\n"
        "  Rate is a variable (float64): host and plugin do not share memory\n"
        "  Wait: its parameter is a channel (chan int), which cannot cross a process"
    )
