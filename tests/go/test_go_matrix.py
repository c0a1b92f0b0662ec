"""What the verifier says of pairs of real Go binaries, against what happens when the host opens them.

Each row builds a host and plugins, asks for the verdict, and lets the host open the plugins in a process of its own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gofixtures import GoTools
from goproxy import proxy_environment, write_proxy
from monorepo import edit, write

from pluginkit.stages.verify import hosts_among, read_artifacts, verify

pytestmark = pytest.mark.matrix

# ruff: noqa: E501

HOST = """\
package main

import (
	"encoding/json"
	"example.com/dep"
	"fmt"
	"os"
	"plugin"

	"acme/pluginapi"
)

type outcome struct{ Path, Error string }

func open(path string) (result outcome) {
	result.Path = path
	p, err := plugin.Open(path)
	if err != nil {
		result.Error = err.Error()
		return
	}
	symbol, err := p.Lookup("New")
	if err != nil {
		result.Error = err.Error()
		return
	}
	factory, ok := symbol.(func() pluginapi.Plugin)
	if !ok {
		result.Error = fmt.Sprintf("New is a %T", symbol)
		return
	}
	if factory().Name() == "" {
		result.Error = "no name"
	}
	return
}

func main() {
	if dep.Version == "" {
		os.Exit(9)
	}
	for _, path := range os.Args[1:] {
		json.NewEncoder(os.Stdout).Encode(open(path))
	}
}
"""
API = """\
package pluginapi

// Request is what a plugin gets.
type Request struct{ ID string }

type Plugin interface{ Name() string }
"""
PLUGIN = """\
package main

import "acme/pluginapi"

type filter struct{ request pluginapi.Request }

func (filter) Name() string { return "NAME" }

func New() pluginapi.Plugin { return filter{} }
"""
USES_DEP = 'import "example.com/dep"\n\nvar Uses = dep.Version\n'
USES_ONLY = 'import "example.com/only"\n\nvar Uses = only.Version\n'
C_EXIT = """\
package main

/*
#include <unistd.h>
__attribute__((constructor)) static void leave(void) { _exit(7); }
*/
import "C"
"""
C_HARMLESS = """\
package main

/*
static int counter;
__attribute__((constructor)) static void count(void) { counter++; }
*/
import "C"
"""


@dataclass(frozen=True)
class Build:
    """How one binary is made."""

    name: str = "filter"
    """Directory beneath `plugins`, or `host`."""
    flags: tuple[str, ...] = ("-trimpath",)
    env: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Path], object] = lambda root: None
    """Edits the checkout before the build; each build has a checkout of its own."""
    file: str = ""
    """File name, where it is not `<name>.so`."""
    other_go: bool = False


@dataclass(frozen=True)
class Row:
    """One pair of the matrix."""

    name: str
    plugins: tuple[Build, ...]
    opens: tuple[bool, ...]
    """What is expected of each plugin, so that a row whose premise breaks is noticed."""
    host: Build = Build("host")


def more(name: str, text: str, *, plugin: str = "filter") -> Callable[[Path], object]:
    """Add a file to a plugin."""
    return lambda root: write(root, {f"plugins/{plugin}/{name}": text})


def source(text: str) -> Callable[[Path], object]:
    return more("more.go", f"package main\n\n{text}")


def both(*changes: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda root: [change(root) for change in changes]


def requires(version: str, module: str = "dep") -> Callable[[Path], object]:
    def change(root: Path) -> None:
        edit(root / "go.mod", f"example.com/{module} v1.0.0", f"example.com/{module} {version}")

    return change


def replaced(root: Path) -> None:
    write(root / "own", {"go.mod": "module example.com/dep\n", "dep.go": 'package dep\n\nconst Version = "mine"\n'})
    with (root / "go.mod").open("a") as file:
        file.write("\nreplace example.com/dep => ./own\n")


def another_module(root: Path) -> None:
    """Make the plugin's own module, which requires the host's by a path, as an author outside would."""
    for path in ("pluginapi", "cmd"):
        shutil.copytree(root / path, root / "host" / path)
        shutil.rmtree(root / path)
    (root / "go.mod").replace(root / "host/go.mod")
    write(root, {"go.mod": "module other\n\ngo 1.24\n\nrequire acme v0.0.0\n\nreplace acme => ./host\n"})


def only(name: str, version: str) -> Build:
    change = both(source(USES_ONLY), requires(version, "only"))
    return Build(name, change=both(lambda root: _renamed(root, name), change, lambda root: _renamed_more(root, name)))


def _renamed(root: Path, name: str) -> None:
    if name != "filter":
        (root / "plugins/filter").rename(root / "plugins" / name)
        edit(root / f"plugins/{name}/filter.go", '"NAME"', f'"{name}"')
        (root / "plugins/filter").mkdir()


def _renamed_more(root: Path, name: str) -> None:
    if name != "filter":
        (root / "plugins/filter/more.go").rename(root / f"plugins/{name}/more.go")
        (root / "plugins/filter").rmdir()


def api(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: edit(root / "pluginapi/api.go", old, new)


TAGGED = both(
    lambda root: write(root, {"pluginapi/extra.go": "//go:build extra\n\npackage pluginapi\n\nconst Extra = 1\n"})
)
UNRELATED_TAG = Build(flags=("-trimpath", "-tags=unrelated"))
DIES = 'import "os"\n\nfunc init() { os.Exit(3) }\n'

MATRIX = [
    Row("the same build", (Build(),), (True,)),
    Row("a comment of the API edited in its line", (Build(change=api("a plugin gets", "plugins get")),), (True,)),
    Row("a comment of the API with one line more", (Build(change=api("// Request", "// Line.\n// Request")),), (False,)),
    Row("a field added", (Build(change=api("ID string", "ID string; More int")),), (False,)),
    Row("a method added", (Build(change=both(api("Name() string", "Name() string; More()"),
                                             source("func (filter) More() {}\n"))),), (False,)),
    Row("tags that change the API", (Build(flags=("-trimpath", "-tags=extra"), change=TAGGED),), (False,),
        Build("host", change=TAGGED)),
    Row("tags that change nothing", (UNRELATED_TAG,), (True,)),
    Row("the plugin without -trimpath", (Build(flags=()),), (False,)),
    Row("both without -trimpath in two directories", (Build(flags=()),), (False,), Build("host", flags=())),
    Row("a host without cgo", (Build(),), (False,), Build("host", env={"CGO_ENABLED": "0"})),
    Row("another Go", (Build(other_go=True),), (False,)),
    Row("a host of another Go", (Build(),), (False,), Build("host", other_go=True)),
    Row("another version of a shared module", (Build(change=both(source(USES_DEP), requires("v1.1.0"))),), (False,)),
    Row("another version of a module it does not use", (Build(change=requires("v1.1.0")),), (True,)),
    Row("a shared module replaced", (Build(change=both(source(USES_DEP), replaced)),), (False,)),
    Row("the plugin's modules vendored", (Build(flags=("-trimpath", "-mod=vendor"), change=source(USES_DEP)),), (True,)),
    Row("a module only the plugin uses", (Build(change=source(USES_ONLY)),), (True,)),
    Row("a module that two plugins share", (only("filter", "v1.0.0"), only("other", "v1.0.0")), (True, True)),
    Row("two versions of it", (only("filter", "v1.0.0"), only("other", "v1.1.0")), (True, False)),
    Row("a plugin of another module", (Build(change=another_module),), (False,)),
    Row("the same plugin twice", (Build(), Build(file="twice.so")), (True, False)),
    Row("the plugin stripped, the host not", (Build(flags=("-trimpath", "-ldflags=-s -w")),), (True,)),
    Row("the host stripped, the plugin not", (Build(),), (True,), Build("host", ("-trimpath", "-ldflags=-s -w"))),
    Row("a factory of another name", (Build(change=lambda root: edit(root / "plugins/filter/filter.go", "New()", "Nwe()")),),
        (False,)),
    Row("a factory of another type", (Build(change=lambda root: edit(
        root / "plugins/filter/filter.go", "New() pluginapi.Plugin", "New() any")),), (False,)),
    Row("an init that panics", (Build(change=source('func init() { panic("no") }\n')),), (False,)),
    Row("an init that may panic", (Build(change=source('func init() { if len(New().Name()) > 99 { panic("no") } }\n')),),
        (True,)),
    Row("an init that exits", (Build(change=source(DIES)),), (False,)),
    Row("an init that may exit", (Build(change=source(
        'import "os"\n\nfunc init() { if len(os.Args) > 99 { os.Exit(3) } }\n')),), (True,)),
    Row("a constructor that exits", (Build(change=more("c.go", C_EXIT)),), (False,)),
    Row("a constructor that does no harm", (Build(change=more("c.go", C_HARMLESS)),), (True,)),
    Row("package-level regular expressions", (Build(change=source(
        'import "regexp"\n\nvar Pattern = regexp.MustCompile("a+")\n')),), (True,)),
]  # fmt: skip
STRIPPED = ("-trimpath", "-ldflags=-s -w")


CODES = {
    "a comment of the API with one line more": ["PK405"],
    "a field added": ["PK405"],
    "a method added": ["PK405"],
    "tags that change the API": ["PK402", "PK405"],
    "the plugin without -trimpath": ["PK402"],
    "both without -trimpath in two directories": ["PK405"],
    "a host without cgo": ["PK402"],
    "another Go": ["PK401"],
    "a host of another Go": ["PK401"],
    "another version of a shared module": ["PK404"],
    "a shared module replaced": ["PK404"],
    "two versions of it": ["PK405"],
    "a plugin of another module": ["PK404"],
    "the same plugin twice": ["PK505"],
    "a factory of another name": ["PK501"],
    "a factory of another type": ["PK502"],
    "an init that panics": ["PK507"],
    "an init that exits": ["PK507"],
    "a constructor that exits": ["PK507"],
    "a plain C library": ["PK507"],
    "the host as a plugin": ["PK101"],
}
"""The cause that is named; no row without one is refused."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a module proxy on disk with two versions of `dep` and of `only`."""
    versions = {
        (f"example.com/{module}", version): {f"{module}.go": f'package {module}\n\nconst Version = "{version}"\n'}
        for module in ("dep", "only")
        for version in ("v1.0.0", "v1.1.0")
    }
    return write_proxy(tmp_path_factory.mktemp("proxy"), versions)


@dataclass
class Workshop:
    """Makes binaries, each recipe once."""

    tools: GoTools
    other: GoTools
    root: Path
    proxy: Path
    made: dict[object, Path] = field(default_factory=dict)

    def build(self, recipe: Build, *, stripped: bool) -> Path:
        flags = STRIPPED if stripped and recipe.flags == ("-trimpath",) else recipe.flags
        checkout = self.root / str(len(self.made))
        target = checkout / (recipe.file or (recipe.name if recipe.name == "host" else f"{recipe.name}.so"))
        self._checkout(checkout)
        recipe.change(checkout)
        tools = self.other if recipe.other_go else self.tools
        env = {
            **tools.env, **proxy_environment(self.proxy, self.root / "modules"), "GOFLAGS": "-mod=mod", **recipe.env,
        }  # fmt: skip
        self._go(tools, checkout, env, "mod", "tidy")
        if "-mod=vendor" in flags:
            self._go(tools, checkout, env, "mod", "vendor")
            env["GOFLAGS"] = ""
        host = recipe.name == "host"
        mode = [] if host else ["-buildmode=plugin"]
        package = "./cmd/host" if host else f"./plugins/{recipe.name}"
        self._go(tools, checkout, env, "build", *mode, "-buildvcs=false", *flags, "-o", str(target), package)
        self.made[checkout] = target
        return target

    def _checkout(self, root: Path) -> None:
        write(
            root,
            {
                "go.mod": "module acme\n\ngo 1.24\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/only v1.0.0\n)\n",
                "pluginapi/api.go": API,
                "cmd/host/main.go": HOST,
                "plugins/filter/filter.go": PLUGIN,
                "uses.go": 'package acme\n\nimport (\n\t_ "example.com/dep"\n\t_ "example.com/only"\n)\n',
            },
        )

    @staticmethod
    def _go(tools: GoTools, root: Path, env: Mapping[str, str], *arguments: str) -> None:
        done = subprocess.run([tools.go, *arguments], cwd=root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"go {' '.join(arguments)}: {done.stderr}"


@pytest.fixture(scope="module")
def workshop(
    go: GoTools, other_go: GoTools, proxy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workshop]:
    root = tmp_path_factory.mktemp("matrix")
    yield Workshop(go, other_go, root, proxy)
    for path in [*root.rglob("*"), root]:  # the module cache is read-only
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


TALLY: dict[str, list[str]] = {"pairs": [], "false accepts": [], "false refusals": []}


@pytest.mark.parametrize("stripped", [False, True], ids=["", "stripped"])
@pytest.mark.parametrize("row", MATRIX, ids=[row.name for row in MATRIX])
def test_verdict_and_load_agree(workshop: Workshop, row: Row, stripped: bool) -> None:
    host = workshop.build(row.host, stripped=stripped)
    plugins = [workshop.build(recipe, stripped=stripped) for recipe in row.plugins]
    _compare(row.name, host, plugins, row.opens)


def test_a_plain_c_library_is_refused_and_kills_the_host(workshop: Workshop, tmp_path: Path) -> None:
    library = tmp_path / "c.so"
    (tmp_path / "c.c").write_text("int answer(void) { return 42; }\n")
    command = [*workshop.tools.cc, "-shared", "-fPIC", "-o", str(library), str(tmp_path / "c.c")]
    subprocess.run(command, check=True, capture_output=True)
    _compare("a plain C library", workshop.build(Build("host"), stripped=False), [library], (False,))


def test_the_host_itself_is_no_plugin(workshop: Workshop, tmp_path: Path) -> None:
    host = workshop.build(Build("host"), stripped=False)
    shutil.copy(host, tmp_path / "host.so")
    _compare("the host as a plugin", host, [tmp_path / "host.so"], (False,))


def test_the_matrix_has_no_disagreement() -> None:
    print("\n" + ", ".join(f"{len(found)} {name}" for name, found in TALLY.items()))
    assert not TALLY["false accepts"]
    assert not TALLY["false refusals"]


def _compare(name: str, host: Path, plugins: Sequence[Path], expected: Sequence[bool]) -> None:
    predicted, codes = _predicted(host, plugins)
    opened = _opened(host, plugins)
    assert codes == CODES.get(name, [])
    for path, foreseen, seen in zip(plugins, predicted, opened, strict=True):
        TALLY["pairs"].append(f"{name}: {path.name}")
        if foreseen != seen:
            TALLY["false accepts" if foreseen else "false refusals"].append(f"{name}: {path.name}")
    assert opened == list(expected), "the row is not what it says"
    assert predicted == opened


def _predicted(host: Path, plugins: Sequence[Path]) -> tuple[list[bool], list[str]]:
    read = [one for path in plugins for one in read_artifacts(path, unstamped=True)]
    sides = hosts_among(host, read_artifacts(host, unstamped=True), unstamped=True)
    sides = [_with_contract(side) for side in sides]
    (verdict,) = verify(read, sides)
    return [str(path) not in verdict.refused for path in plugins], [finding.code for finding in verdict.findings]


def _with_contract(side):
    from pluginkit.core.api import Contract
    from pluginkit.core.frozen import replace

    contract = Contract(factory="New", symbols=(("New", "func() pluginapi.Plugin"),))
    return type(side)(replace(side.host, contract=contract), side.evidences)


def _opened(host: Path, plugins: Sequence[Path]) -> list[bool]:
    """Open the plugins one after the other in one process; what is silent when it dies has not opened."""
    done = subprocess.run(
        [host, *plugins], capture_output=True, text=True, check=False, timeout=60, env={"PATH": os.environ["PATH"]}
    )
    outcomes = {one["Path"]: one["Error"] for one in map(json.loads, done.stdout.splitlines())}
    return [outcomes.get(str(path), "dead") == "" for path in plugins]
