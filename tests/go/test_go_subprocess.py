"""Mode subprocess: what is built, and that nothing runs that was not judged. Its Go packages have their own tests."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import edit, write

from pluginkit.backends.go.building import modes
from pluginkit.stages import scaffold

RUNNING = Path(modes.__file__).parent / "running"
MARKS = """\
package main

import "os"

func init() { os.WriteFile(os.Getenv("MARKS")+"/filter", nil, 0o600) }
"""
WATCH = "package main\n\nfunc ({}) Watch() <-chan string {{ return nil }}\n"
STRANGER = MARKS.replace("/filter", "/stranger") + "\nfunc main() {}\n"


def go_test(go: GoTools, *flags: str) -> None:
    for command in ("vet", "test"):
        arguments = [go.go, command, *(flags if command == "test" else ()), "./subprocess/..."]
        done = subprocess.run(arguments, cwd=RUNNING, env=dict(go.env), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.modes
@pytest.mark.parametrize("flags", [(), ("-race", "-run=Calls|Cancel|Again|Close|Way")], ids=["plain", "race"])
def test_processes_pass_the_tests_beside_them(go: GoTools, flags: Sequence[str]) -> None:
    go_test(go, *flags)


@pytest.mark.slow
def test_processes_are_vetted_for_macos(go: GoTools) -> None:
    command = [go.go, "vet", "./subprocess", "./subprocess/serving", "./subprocess/exchange"]
    other = {**go.env, "GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "0"}
    done = subprocess.run(command, cwd=RUNNING, env=other, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def built(root: Path, pluginkit) -> Path:
    ran = pluginkit("build", root)
    assert ran.status == 0, ran.err
    return root / "dist"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Make a workspace with plugins of mode subprocess, of which filter leaves a mark when its process starts."""
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go", toolkit="", mode="subprocess")
    write(root, {"plugins/filter/marks.go": MARKS})
    return root


def run(release: Path, marks: Path) -> tuple[str, set[str]]:
    """Run the host of a release; return what it logged, and who left a mark."""
    marks.mkdir()
    command = [release / "bin/host", release / "plugins"]
    done = subprocess.run(
        command, env={**os.environ, "MARKS": str(marks)}, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stderr, {path.name for path in marks.iterdir()}


@pytest.mark.modes
def test_nothing_of_a_plugin_runs_that_does_not_fit(tmp_path, workspace, pluginkit, go: GoTools) -> None:
    stale = shutil.copytree(built(workspace, pluginkit), tmp_path / "stale")
    assert run(stale, tmp_path / "fits") == ("filter: at most 1048576 bytes\n", {"filter"})
    api = workspace / "pluginapi/api.go"
    edit(api, '"v1.0.0"', '"v1.1.0"')
    edit(api, "type Request struct {", "type Request struct {\n\tTrace string")
    pluginkit("lock", workspace)
    fresh = shutil.copytree(built(workspace, pluginkit), tmp_path / "fresh")
    shutil.copy(stale / "plugins/filter.plugin", fresh / "plugins/filter.plugin")
    log, marks = run(fresh, tmp_path / "stale-api")
    assert marks == set(), log
    assert "PK302" in log
    write(tmp_path / "stranger", {"go.mod": "module stranger\n\ngo 1.24\n", "main.go": STRANGER})
    go.build(tmp_path / "stranger", ".", fresh / "plugins/filter.plugin")
    log, marks = run(fresh, tmp_path / "strangers")
    assert marks == set(), log
    assert "PK201" in log
    (fresh / "plugins/filter.plugin").write_text('#!/bin/sh\ntouch "$MARKS/script"\n')
    (fresh / "plugins/filter.plugin").chmod(0o755)
    log, marks = run(fresh, tmp_path / "scripts")
    assert marks == set(), log
    assert "PK101" in log


@pytest.mark.modes
def test_two_checkouts_give_the_same_bytes_and_a_plugin_is_rebuilt_alone(tmp_path, workspace, pluginkit) -> None:
    first = shutil.copytree(built(workspace, pluginkit), tmp_path / "first")
    elsewhere = shutil.copytree(workspace, tmp_path / "else/where", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    assert pluginkit("build", elsewhere, "--no-cache").status == 0
    assert files(elsewhere / "dist") == files(first)
    edit(workspace / "plugins/filter/filter.go", "at most", "no more than")
    second = files(built(workspace, pluginkit))
    changed = {name for name, data in files(first).items() if second[name] != data}
    assert changed == {"plugins/filter.plugin", "release.json"}


def files(release: Path) -> Mapping[str, bytes]:
    release = release.resolve()
    return {one.relative_to(release).as_posix(): one.read_bytes() for one in release.rglob("*") if one.is_file()}


@pytest.mark.slow
def test_what_cannot_cross_is_refused_with_method_and_reason(workspace, pluginkit) -> None:
    api = workspace / "pluginapi/api.go"
    edit(api, "\tName() string\n", "\tName() string\n\tWatch() <-chan string\n")
    for name in ("filter", "transform"):
        write(workspace, {f"plugins/{name}/watch.go": WATCH.format(name)})
    pluginkit("lock", workspace)
    ran = pluginkit("build", workspace)
    assert ran.status == 2
    assert "pluginapi.Plugin.Watch: its result is a channel" in ran.err
