"""`pluginkit new --language go --mode MODE`: a workspace whose plugins run in that way from the first build on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import edit

from pluginkit.backends.go.building.builder import GoBuilder
from pluginkit.core.errors import PluginkitError
from pluginkit.core.modes import MODES
from pluginkit.operations.lock import lock_workspace
from pluginkit.stages import lock as locking
from pluginkit.stages import scaffold
from pluginkit.stages.discover import discover

TEMPLATE = Path(__file__).parents[2] / "templates/go"
NEEDED = {"subprocess": "github.com/hashicorp/go-plugin", "wasm": "github.com/tetratelabs/wazero"}


@pytest.mark.parametrize("mode", MODES)
def test_plugins_have_the_mode_that_new_was_told(tmp_path, pluginkit, mode) -> None:
    assert pluginkit("new", "acme", "--language", "go", "--mode", mode).status == 0
    root = tmp_path / "acme"
    assert {member.mode for member in discover(root).members if member.kind == "plugin"} == {mode}
    required = (root / "go.mod").read_text()
    assert [path for path in NEEDED.values() if path in required] == [NEEDED[one] for one in NEEDED if one == mode]
    for file in ("go.sum", "internal/loader/modes_deps.go"):
        assert (root / file).is_file() == (mode in NEEDED)
    for file in ("Makefile", "justfile", "README.md"):
        text = (root / file).read_text()
        assert "{{ " not in text
        assert " dist/plugins\n" in text, "the mode may change"


def test_what_is_made_without_a_mode_runs_as_before(tmp_path) -> None:
    scaffold.new(tmp_path / "one", "acme", language="go", toolkit="")
    scaffold.new(tmp_path / "two", "acme", language="go", toolkit="", mode="plugin")
    assert _tree(tmp_path / "one") == _tree(tmp_path / "two")
    assert "[go]" not in (tmp_path / "one/pluginkit.toml").read_text()


def test_a_mode_is_for_go(tmp_path) -> None:
    with pytest.raises(PluginkitError, match="is for Go"):
        scaffold.new(tmp_path / "acme", "acme", mode="wasm")
    assert not (tmp_path / "acme").exists()


@pytest.mark.slow
def test_a_plugin_is_added_to_a_workspace_of_an_earlier_template(tmp_path, pluginkit) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go", toolkit="")
    edit(root / scaffold.ANSWERS, 'mode: "plugin"\n', "")
    ran = pluginkit("add", "audit", cwd=root)
    assert ran.status == 0, ran.err
    assert 'mode: "plugin"\n' in (root / scaffold.ANSWERS).read_text()


@pytest.mark.modes
@pytest.mark.parametrize("mode", MODES)
def test_copier_makes_the_same_tree_in_each_mode(tmp_path, mode) -> None:
    copier = pytest.importorskip("copier")
    data = {"name": "acme", "mode": mode}
    copier.run_copy(str(TEMPLATE), tmp_path / "theirs", data=data, defaults=True, quiet=True)
    scaffold.new(tmp_path / "ours", "acme", language="go", toolkit="", mode=mode)
    ours, theirs = _tree(tmp_path / "ours"), _tree(tmp_path / "theirs")
    answers = theirs[scaffold.ANSWERS].decode().splitlines(keepends=True)
    theirs[scaffold.ANSWERS] = "".join(line for line in answers if not line.startswith("_src_path")).encode()
    assert theirs == ours


@pytest.mark.modes
@pytest.mark.parametrize("mode", MODES)
def test_what_a_mode_needs_is_what_tidy_leaves(tmp_path, go: GoTools, mode) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go", toolkit="", mode=mode)
    before = _tree(root)
    for command in (["mod", "tidy"], ["vet", "./..."]):
        done = subprocess.run([go.go, *command], cwd=root, env=go.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    done = subprocess.run([go.go.parent / "gofmt", "-l", "."], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert _tree(root) == before


@pytest.mark.modes
@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
@pytest.mark.parametrize("mode", MODES)
def test_the_first_build_runs(tmp_path, go: GoTools, monkeypatch, mode) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go", mode=mode)
    path = f"{Path(sys.executable).parent}{os.pathsep}{go.go.parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    done = subprocess.run(["make", "-s", "dev"], cwd=root, capture_output=True, text=True, check=False)
    answers = ["filter       200 hello, plugins", "transform    200 HELLO, PLUGINS"]
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, answers), done.stderr
    done = subprocess.run(
        ["make", "-s", "test", "lint", "verify"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_another_host_looks_up_is_in_the_adapter_of_both(tmp_path) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go", mode="wasm")
    root = tmp_path / "acme"
    shutil.copytree(root / "cmd/host", root / "cmd/other")
    config = root / "pluginkit.toml"
    config.write_text(config.read_text().replace('hosts = ["cmd/host"]', 'hosts = ["cmd/*"]'))
    lock_workspace(discover(root))
    lock, _ = locking.current(discover(root))

    def inputs(mode: str) -> str:
        workspace = discover(root, mode=mode)
        host = workspace.member("host")
        assert host
        return GoBuilder().steps(workspace, lock, "sha256:" + "0" * 64, [host])[0].inputs

    before = {mode: inputs(mode) for mode in ("plugin", "wasm")}
    with (root / "cmd/other/main.go").open("a") as file:
        file.write("\n// edited\n")
    assert [mode for mode in before if inputs(mode) != before[mode]] == ["wasm"]
