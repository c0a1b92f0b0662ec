"""What stamps of Go plugins say that these use of the APIs: read while they are built, and the same as from sources."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from example import copy_example
from gorepo import go_monorepo
from gotrees import API, LINES, MOD, MODEL, workspace
from monorepo import edit, write

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import list_patterns
from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.building.uses import uses
from pluginkit.backends.go.toolchain import find_go
from pluginkit.cli import main
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Evidence
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts


def stamps(root: Path) -> dict[str, Stamp]:
    found: list[Evidence] = list(read_artifacts(root / "dist"))
    return {one.name: one.stamp for one in found if one.stamp}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = workspace(tmp_path_factory.mktemp("built"))
    assert main(["build", str(root)]) == 0
    return root


def from_sources(root: Path) -> dict[str, tuple[str, ...]]:
    """Return what the plugins of a workspace use, all of it checked from sources."""
    found = discover(root)
    toolchain = find_go()
    go = Go(toolchain, root, default_target(toolchain))
    directories = {root / one.path: one.name for one in found.members if one.kind == "plugin"}
    packages = list_patterns(go, [f"./{one.relative_to(root)}" for one in directories])
    mains = {one.path: directories[one.directory] for one in packages.values() if one.directory in directories}
    return {mains[path]: one.lines for path, one in uses(go, packages, found.apis, mains).items()}


def test_stamps_say_what_the_sources_do(built: Path) -> None:
    found = {name: one.uses for name, one in stamps(built).items()}
    assert found.pop("host") is None
    assert found == from_sources(built)
    assert {name: lines - set(found[name]) for name, lines in LINES.items()} == {name: set() for name in LINES}
    # "own" and "embedded" do not need it.
    assert [name for name, one in found.items() if any("acme/other" in line for line in one)] == ["generic"]
    assert not [line for one in found.values() for line in one if line.startswith("dynamic")]


@pytest.mark.slow
def test_a_plugin_that_is_built_alone_has_the_same_stamp(tmp_path, pluginkit) -> None:
    root = workspace(tmp_path)
    assert pluginkit("build").status == 0
    together = (root / "dist/plugins/own.so").read_bytes()
    edit(root / "plugins/own/main.go", "tools.State }", "tools.State; more int }")
    assert pluginkit("build").status == 0
    changed = (root / "dist/plugins/own.so").read_bytes()
    assert together != changed
    edit(root / "plugins/own/main.go", "tools.State; more int }", "tools.State }")
    assert pluginkit("build", "--no-cache").status == 0
    assert (root / "dist/plugins/own.so").read_bytes() == together


@pytest.mark.slow
def test_the_helper_and_the_listing_are_started_once(tmp_path, pluginkit, monkeypatch) -> None:
    root = workspace(tmp_path)
    assert pluginkit("build").status == 0
    started: list[list[str]] = []
    original = subprocess.run

    def run(command, *arguments, **options):
        started.append([str(part) for part in command])
        return original(command, *arguments, **options)

    monkeypatch.setattr(subprocess, "run", run)
    edit(root / "plugins/own/main.go", "tools.State }", "tools.State; more int }")
    assert pluginkit("build").status == 0
    assert len([one for one in started if "/astools/" in one[0]]) == 1
    assert (
        len([one for one in started if one[1:2] == ["list"] and "-export" in one and "-buildmode=plugin" in one]) == 1
    )


@pytest.mark.parametrize(
    ("old", "new", "status", "exit_status"),
    [
        ("type Request struct {", "type Request struct {\n\tMore int", "rebuild", 0),
        ("Log(string)", "Log(string, ...int)", "rebuild", 0),
        ("type Named interface{ Name() string }", "type Named interface{ Name() string; More() }", "breaks", 1),
        ("\tBody []byte\n", "", "breaks", 1),
    ],
    ids=["added", "not used", "to be implemented", "removed"],
)
def test_a_binary_alone_tells_edit_from_rebuild(
    built: Path, tmp_path, pluginkit, old, new, status, exit_status
) -> None:
    before, after = (write(tmp_path / name, {"model/model.go": MODEL, "go.mod": MOD}) for name in ("before", "after"))
    write(before, {"pluginapi/api.go": API})
    write(after, {"pluginapi/api.go": API})
    edit(after / "pluginapi/api.go", old, new)
    shutil.copy(built / "dist/plugins/own.so", tmp_path / "x.so")
    ran = pluginkit("diff", "before", "after", "--plugins", "x.so", "--output-format", "json")
    assert ran.status == exit_status, ran.err
    assert [(one["name"], one["status"]) for one in json.loads(ran.out)["plugins"]] == [("own", status)]


def test_inspect_counts_them(built: Path, pluginkit) -> None:
    ran = pluginkit("inspect", built / "dist/plugins/own.so", "--output-format", "json")
    assert ran.status == 0, ran.err
    count = len(from_sources(built)["own"])
    assert [one["uses"] for one in json.loads(ran.out)["artifacts"]] == [{"count": count, "dynamic": []}]
    assert f"{count} recorded" in pluginkit("inspect", built / "dist/plugins/own.so").out


@pytest.mark.slow
def test_what_is_deprecated_and_used_is_warned_of(tmp_path, pluginkit) -> None:
    root = workspace(tmp_path)
    edit(root / "pluginapi/api.go", "func First[", "// First is old.\n//\n// Deprecated: take any.\nfunc First[")
    ran = pluginkit("build")
    assert (ran.status, ran.err.count("PK307") + ran.out.count("PK307")) == (0, 1), ran.out + ran.err


def test_many_uses_are_cut(tmp_path, pluginkit) -> None:
    root = go_monorepo(tmp_path)
    names = [f"AFunctionWithALongName{number:04}" for number in range(200)]
    with (root / "pluginapi/api.go").open("a") as api:
        api.writelines(f"func {name}() {{}}\n" for name in names)
    with (root / "plugins/filter/filter.go").open("a") as plugin:
        plugin.writelines(f"var _ = pluginapi.{name}\n" for name in names)
    assert pluginkit("build").status == 0
    found = stamps(root)["filter"].uses
    assert found == from_sources(root)["filter"]
    assert found is not None
    assert "dynamic size" in found
    assert sum(len(line) + 3 for line in found) <= 4096


def test_uses_of_the_example_are_in_its_stamps(tmp_path, pluginkit) -> None:
    root = copy_example("go", tmp_path / "example_monorepo" / "go")
    ran = pluginkit("build", cwd=root)
    assert ran.status == 0, ran.err
    found = {name: one.uses for name, one in stamps(root).items() if one.kind == "plugin"}
    assert found == from_sources(root)
    assert all("implements acme/pluginapi.Plugin" in (uses or ()) for uses in found.values())
    done = subprocess.run([root / "dist/bin/host", root / "dist/plugins"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"filter", "transform"}


def test_cgos_words_for_c_types_are_not_recorded(tmp_path, pluginkit) -> None:
    c_api = 'package pluginapi\n\n// typedef struct { int a; } thing;\nimport "C"\n\nfunc Raw() C.int { return 1 }\n'
    uses_it = 'package main\n\nimport "acme/pluginapi"\n\nvar raw = pluginapi.Raw()\n'
    root = go_monorepo(tmp_path, **{"pluginapi/c.go": c_api, "plugins/filter/raw.go": uses_it})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    found = stamps(root)["filter"].uses or ()
    assert "use acme/pluginapi.Raw" in found
    assert not [line for line in found if "_Ctype" in line]
    assert found == from_sources(root)["filter"]
