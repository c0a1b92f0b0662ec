"""Go packages read from sources alone: as export data has them, whatever is missing, and without running anything."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from example import copy_example
from gocode import go_module
from monorepo import write

from pluginkit.backends.go.building.astools import ask
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import list_exports, list_patterns
from pluginkit.backends.go.building.trees import surface_of_directory, surfaces, surfaces_of_directories
from pluginkit.core.errors import PluginkitError
from pluginkit.surface.go.compare import unknown_lines

STANDARD = ("net/http", "go/ast", "io", "reflect")


@pytest.fixture
def go(tmp_path: Path) -> Go:
    return go_module(tmp_path / "module", {})


def by_export_data(go: Go, *paths: str) -> Mapping[str, list[str]]:
    """Return surfaces as the compiler left them, which knows neither comments nor what else is of the same module."""
    exports = {path: one.raw["Export"] for path, one in list_exports(go, paths).items() if one.raw.get("Export")}
    answer = ask(go, {"exports": exports, "surfaces": sorted(paths)})["surfaces"]
    return {one["path"]: one["lines"] for one in answer}


def by_sources(go: Go, *paths: str) -> Mapping[str, list[str]]:
    found = surfaces(go, list_patterns(go, paths), paths)
    return {path: [line.removesuffix(" //deprecated") for line in one.lines] for path, one in found.items()}


def test_sources_and_export_data_agree_on_the_standard_library(go: Go) -> None:
    found = by_export_data(go, *STANDARD)
    assert by_sources(go, *STANDARD) == found
    assert min(map(len, found.values())) > 100


def test_sources_and_export_data_agree_on_the_example(go: Go, tmp_path: Path) -> None:
    copied = Go(go.toolchain, copy_example("go", tmp_path / "example"), go.target)
    assert by_sources(copied, "acme/pluginapi") == by_export_data(copied, "acme/pluginapi")


def test_a_directory_is_read_without_what_nobody_can_import(go: Go) -> None:
    write(
        go.root,
        {
            "api/api.go": "package api\n\nconst APIVersion = `v2`\n",
            "api/api_test.go": "package api\n\nfunc Helper() {}\n",
            "api/other_windows.go": "package api\n\nvar Windows int\n",
            "internal/deep/deep.go": "package deep\n\nvar X int\n",
            "cmd/main.go": "package main\n\nfunc main() {}\n",
        },
    )
    found = surface_of_directory(go.toolchain, go.root, go.target)
    assert {path: (one.version, one.lines) for path, one in found.items()} == {
        "acme/api": ("v2", ('pkg acme/api, const APIVersion untyped string = "v2"',))
    }
    assert list(surface_of_directory(go.toolchain, go.root, go.target, internal=True)) == [
        "acme/api",
        "acme/internal/deep",
    ]
    with pytest.raises(PluginkitError, match="no Go package that can be imported"):
        surface_of_directory(go.toolchain, go.root / "cmd", go.target)


API = """
package api

import (
	"example.org/lost"
	"io"
)

type S struct{ lost.Base }

type A = lost.Thing

type I interface{ lost.Asks; Close() error }

var V = lost.Value

func F(*lost.Thing, io.Reader) lost.Thing { return lost.Thing{} }

func G(int) {}
"""
LOST = """\
func F(*example.org/lost.Thing, io.Reader) example.org/lost.Thing
func G(int)
type A = example.org/lost.Thing
type I interface { example.org/lost.Asks }
type I interface, Close() error
type S struct { Base }
type S struct, embedded example.org/lost.Base
unknown type A = example.org/lost.Thing
unknown type I embeds example.org/lost.Asks
unknown type S embeds example.org/lost.Base
unknown var V ? // V = lost.Value
"""


MANIFESTS = {
    "nothing-required": "module acme\n\ngo 1.24\n",
    "a-newer-go": "module acme\n\ngo 1.99\n\ntoolchain go1.99.1\n",
    "not-downloaded": "module acme\n\nrequire example.org/lost v1.0.0\n",
    "no-module": "",
}


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=list(MANIFESTS))
def test_what_is_missing_is_unknown_and_no_failure(go: Go, tmp_path: Path, manifest: str) -> None:
    root = write(tmp_path / "acme", {"api/api.go": API.lstrip(), **({"go.mod": manifest} if manifest else {})})
    found = surface_of_directory(go.toolchain, root, go.target)["acme/api"].lines
    assert found == tuple(f"pkg acme/api, {line}" for line in LOST.splitlines())
    assert unknown_lines(found) == found[-4:]


BROKEN = [
    ("func F() missing\nfunc G() int", "func G() int\nunknown func F() ? // func F() missing"),
    ("type T struct{ X missing; Y int }", "type T struct { X; Y }\ntype T struct, Y int\n"
     "unknown type T struct, X ? // missing"),
    ("func F( {}\nfunc G() int { return 1 }", ""),
    ("import \"acme/broken\"\nvar V broken.T\ntype T int", "type T int\nvar V acme/broken.T"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "lines"), BROKEN)
def test_what_does_not_compile_is_read_as_far_as_it_goes(go: Go, code: str, lines: str) -> None:
    write(go.root, {"broken/api.go": f"package broken\n\n{code}\n"})
    found = surface_of_directory(go.toolchain, go.root, go.target)["acme/broken"].lines
    assert [line for line in found if lines] == [f"pkg acme/broken, {line}" for line in lines.splitlines()]


CGO = """
package api

// #cgo pkg-config: nothing
// #include <stdint.h>
import "C"

type Size C.size_t

func Known(int) string { return "" }

func Length(text *C.char) C.int { return 0 }
"""
HOSTILE = {
    "api/api.go": CGO.lstrip(),
    "api/generate.go": "package api\n\n//go:generate sh -c 'touch MARKER'\n",
    "api/code.s": "// nothing\n",
    "go.mod": "module acme\n\ngo 1.24\n",
    ".git/config": "[core]\n\tfsmonitor = touch MARKER\n\thooksPath = hooks\n[alias]\n\tlog = !touch MARKER\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}
TOOLS = ("gcc", "clang", "cc", "g++", "pkg-config", "git", "hg", "svn", "fossil", "bzr", "as", "ld", "zig")


def test_a_strangers_tree_runs_nothing(go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surface_of_directory(go.toolchain, write(tmp_path / "first", {"api/api.go": "package api\n"}), go.target)
    marker = tmp_path / "ran"
    root = write(tmp_path / "tree", {path: text.replace("MARKER", str(marker)) for path, text in HOSTILE.items()})
    for name in TOOLS:
        tool = write(tmp_path / "bin", {name: f"#!/bin/sh\necho {name} >> {marker}\n"}) / name
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("GOFLAGS", f"-toolexec={tmp_path}/bin/gcc")
    found = surface_of_directory(go.toolchain, root, go.target)["acme/api"].lines
    assert [line.partition(", ")[2].partition("(")[0] for line in found] == [
        "func Known",
        "unknown func Length",
        "unknown type Size ? // Size C.size_t",
    ]
    assert not marker.exists()
    assert {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} == set(HOSTILE)


TRACED = """
import sys
from pathlib import Path
from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.building.trees import surface_of_directory
from pluginkit.backends.go.toolchain import find_go
found = find_go()
print(surface_of_directory(found, Path(sys.argv[1]), default_target(found)))
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_go_and_the_helper_are_all_that_is_started(go: Go, tmp_path: Path) -> None:
    surface_of_directory(go.toolchain, write(tmp_path / "first", {"api/api.go": "package api\n"}), go.target)
    root = write(tmp_path / "tree", HOSTILE)
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-qq", "-e", "trace=execve,connect", "-e", "status=successful", "-o", trace]
    subprocess.run([*strace, sys.executable, "-c", TRACED, root], check=True, capture_output=True)
    calls = [line.split(" ", 1)[1].strip() for line in trace.read_text().splitlines() if "(" in line]
    started = [call.split('"')[1] for call in calls if call.startswith("execve")]
    assert {Path(program).name for program in started[1:]} == {"go", Path(started[-1]).name}
    assert "astools" in started[-1]
    assert not [call for call in calls if call.startswith("connect")]


def test_two_trees_are_read_at_once(go: Go, tmp_path: Path) -> None:
    roots = [
        write(tmp_path / side, {"go.mod": "module acme\n", "api/api.go": f"package api\n\nvar V {type_}\n"})
        for side, type_ in (("old", "int"), ("new", "string"))
    ]
    old, new = surfaces_of_directories(go.toolchain, roots, go.target)
    assert (old["acme/api"].lines, new["acme/api"].lines) == (
        ("pkg acme/api, var V int",),
        ("pkg acme/api, var V string",),
    )


REQUIRED = {
    "go.mod": "module acme\n\ngo 1.24\n\nrequire example.org/near v1.0.0\n",
    "api/api.go": 'package api\n\nimport "example.org/near"\n\ntype T struct{ near.Base }\n',
}
NEAR = {
    "near.go": "package near\n\ntype Base struct{ X int }\n\nfunc (Base) M() {}\n",
    "go.mod": "module example.org/near\n",
}


@pytest.mark.parametrize("form", ["replaced", "vendored", "in a workspace"])
def test_modules_are_found_as_the_build_finds_them(go: Go, tmp_path: Path, form: str) -> None:
    root = write(tmp_path / "tree", REQUIRED)
    if form == "vendored":
        modules = "# example.org/near v1.0.0\n## explicit; go 1.24\nexample.org/near\n"
        write(root, {"vendor/modules.txt": modules, "vendor/example.org/near/near.go": NEAR["near.go"]})
    else:
        write(root, {f"near/{name}": text for name, text in NEAR.items()})
    if form == "replaced":
        write(root, {"go.mod": REQUIRED["go.mod"] + "\nreplace example.org/near => ./near\n"})
    if form == "in a workspace":
        write(root, {"go.work": "go 1.24\n\nuse (\n\t.\n\t./near\n)\n"})
    found = surface_of_directory(go.toolchain, root, go.target)["acme/api"].lines
    assert "pkg acme/api, method (T) M()" in found
    assert "pkg acme/api, type T struct, promoted X int" in found
    assert not unknown_lines(found)
