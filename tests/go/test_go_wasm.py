"""Mode wasm: what is built, and that nothing runs that was not judged. Its Go packages have their own tests."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import edit, write

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.building import modes
from pluginkit.stages import scaffold

RUNNING = Path(modes.__file__).parent / "running"
MODULE = {"GOOS": "wasip1", "GOARCH": "wasm", "CGO_ENABLED": "0"}
MARKS = 'package main\n\nfunc init() { println("filter runs") }\n'
STATE = """\
package main

import "os"

func init() {
	os.WriteFile("{place}/seen", []byte("written"), 0o600)
	_, err := os.ReadFile("{other}")
	println("a file elsewhere:", err != nil)
}
"""
CGO = (
    'package main\n\n// int one() { return 1; }\nimport "C"\n\nvar one = int(C.one())\n\nfunc init() { println(one) }\n'
)
KILLS = 'package main\n\nimport "syscall"\n\nfunc init() { syscall.Kill(0, 0); syscall.Setsid() }\n'


def go_run(go: GoTools, *arguments: str, **env: str) -> None:
    command = [go.go, *arguments]
    done = subprocess.run(command, cwd=RUNNING, env={**go.env, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.modes
def test_modules_pass_the_tests_beside_them(go: GoTools) -> None:
    go_run(go, "vet", "./wasm/...")
    go_run(go, "vet", "./wasm/serving", **MODULE)
    go_run(go, "test", "./wasm/...")


@pytest.mark.modes
@pytest.mark.parametrize("system", ["windows", "darwin"])
def test_modules_run_on_other_systems_too(go: GoTools, system: str) -> None:
    go_run(go, "vet", "./wasm", GOOS=system, GOARCH="arm64", CGO_ENABLED="0")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Make a workspace with plugins of mode wasm, of which filter says when it starts."""
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go", toolkit="", mode="wasm")
    write(root, {"plugins/filter/marks.go": MARKS})
    return root


def built(root: Path, pluginkit) -> Path:
    ran = pluginkit("build", root)
    assert ran.status == 0, ran.err
    return root / "dist"


def run(release: Path, **environment: str) -> str:
    """Run the host of a release; return what it logged."""
    command = [release / "bin/host", release / "plugins"]
    env = {**os.environ, **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120).stderr


@pytest.mark.modes
def test_nothing_of_a_module_runs_that_does_not_fit(tmp_path, workspace, pluginkit) -> None:
    stale = shutil.copytree(built(workspace, pluginkit), tmp_path / "stale")
    assert "filter: filter runs" in run(stale)
    api = workspace / "pluginapi/api.go"
    edit(api, '"v1.0.0"', '"v1.1.0"')
    edit(api, "type Request struct {", "type Request struct {\n\tTrace string")
    pluginkit("lock", workspace)
    fresh = shutil.copytree(built(workspace, pluginkit), tmp_path / "fresh")
    plugin = fresh / "plugins/filter.wasm"
    good = plugin.read_bytes()
    sections = list(wasm.sections(good))
    for data, code in {
        (stale / "plugins/filter.wasm").read_bytes(): "PK302",
        good[: sections[-1].at]: "PK201",
        good + wasm.custom(wasm.STAMP, b"{}"): "PK204",
        good[:5000] + bytes([good[5000] ^ 1]) + good[5001:]: "PK104",
        good[:-1]: "PK101",
        b"#!/bin/sh\n": "PK101",
    }.items():
        plugin.unlink()
        plugin.write_bytes(data)
        log = run(fresh)
        assert "filter runs" not in log
        assert code in log
        assert f"{code}  {plugin}" in pluginkit("verify", fresh).out.replace(f"{code} ", f"{code}  ")


@pytest.mark.modes
def test_two_checkouts_give_the_same_bytes_and_a_plugin_is_rebuilt_alone(tmp_path, workspace, pluginkit) -> None:
    first = shutil.copytree(built(workspace, pluginkit), tmp_path / "first")
    elsewhere = shutil.copytree(workspace, tmp_path / "else/where", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    assert pluginkit("build", elsewhere, "--no-cache").status == 0
    assert files(elsewhere / "dist") == files(first)
    edit(workspace / "plugins/filter/filter.go", "at most", "no more than")
    second = files(built(workspace, pluginkit))
    changed = {name for name, data in files(first).items() if second[name] != data}
    assert changed == {"plugins/filter.wasm", "release.json"}


def files(release: Path) -> Mapping[str, bytes]:
    release = release.resolve()
    return {one.relative_to(release).as_posix(): one.read_bytes() for one in release.rglob("*") if one.is_file()}


@pytest.mark.slow
def test_a_module_sees_the_directories_that_are_configured(tmp_path, workspace, pluginkit) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("secret")
    edit(workspace / "pluginkit.toml", "[plugin.transform]", f'[plugin.transform]\nfiles = ["{tmp_path}/data"]')
    source = STATE.replace("{place}", str(tmp_path / "data")).replace("{other}", str(tmp_path / "secret"))
    write(workspace, {"plugins/transform/state.go": source})
    log = run(built(workspace, pluginkit))
    assert "transform: a file elsewhere: true" in log
    assert (tmp_path / "data/seen").read_text() == "written"


@pytest.mark.modes
def test_compiled_code_is_kept_for_the_next_start_where_nobody_else_can_write(tmp_path, workspace, pluginkit) -> None:
    release = built(workspace, pluginkit)
    kept, open_to_all = tmp_path / "cache", tmp_path / "open"
    for place in (kept, open_to_all):
        place.mkdir()
    open_to_all.chmod(0o777)
    log = run(release, XDG_CACHE_HOME=str(kept))
    compiled = {one: one.stat().st_mtime_ns for one in kept.rglob("wazero-*/*")}
    assert len(compiled) == 2
    assert run(release, XDG_CACHE_HOME=str(kept)) == log
    assert {one: one.stat().st_mtime_ns for one in kept.rglob("wazero-*/*")} == compiled
    damaged = next(iter(compiled))
    data = bytearray(damaged.read_bytes())
    data[40] ^= 1
    damaged.write_bytes(data)
    assert run(release, XDG_CACHE_HOME=str(kept)) == log
    assert damaged.read_bytes() != data
    assert run(release, XDG_CACHE_HOME=str(open_to_all)) == log
    assert not list(open_to_all.rglob("wazero-*/*"))


@pytest.mark.modes
@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"plugins/filter/filter.go": CGO},
            "plugins/filter: cannot be built in mode 'wasm' (wasip1/wasm, without cgo)",
        ),
        ({"plugins/filter/kills.go": KILLS}, "plugins/filter: go build for wasip1/wasm failed"),
        (
            {"pluginapi/more_linux.go": "package pluginapi\n\nconst More = 1\n"},
            "plugins/filter: cannot be built in mode 'wasm' (wasip1/wasm, without cgo): the API acme/pluginapi has",
        ),
    ],
    ids=["cgo", "system calls", "another API"],
)
def test_what_cannot_be_a_module_is_told_with_member_and_reason(workspace, pluginkit, files, message) -> None:
    for name in files:
        if name.endswith("filter.go"):
            for other in (workspace / "plugins/filter").glob("*.go"):
                other.unlink()
    write(workspace, files)
    pluginkit("lock", workspace)
    ran = pluginkit("build", workspace)
    assert ran.status == 2
    assert message in ran.err
