"""Modules that host and plugins are compiled with for a mode: asked for first, with a command that works."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import edit, write

from pluginkit.stages import scaffold

NEEDED = {
    "subprocess": ("github.com/hashicorp/go-plugin", "v1.8.0"),
    "wasm": ("github.com/tetratelabs/wazero", "v1.12.0"),
}
KEEPER = "//go:build pluginkit_modes\n\npackage loader\n\nimport (\n{})\n"


def workspace(root: Path, *modes: str) -> Path:
    """Make the template's workspace, whose plugins run in these modes; its go.mod requires nothing for them."""
    scaffold.new(root, "acme", language="go", toolkit="")
    for name, mode in zip(("filter", "transform"), modes, strict=True):
        edit(root / "pluginkit.toml", f"[plugin.{name}]\n", f'[plugin.{name}]\nmode = "{mode}"\n')
    return root


def command_of(hint: str) -> list[str]:
    found = re.search(r"run `go ([^`]+)`", hint)
    assert found, hint
    return shlex.split(found[1])


def go_run(go: GoTools, root: Path, *arguments: str) -> None:
    done = subprocess.run([go.go, *arguments], cwd=root, env=dict(go.env), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("modes", "names"),
    [
        (("plugin", "linked"), ()),
        (("subprocess", "subprocess"), ("subprocess",)),
        (("plugin", "wasm"), ("wasm",)),
        (("subprocess", "wasm"), ("subprocess", "wasm")),
    ],
)
def test_lock_names_members_and_modules_and_one_command_for_all(tmp_path, pluginkit, modes, names) -> None:
    ran = pluginkit("lock", workspace(tmp_path / "acme", *modes))
    assert ran.status == (2 if names else 0), ran.err
    for mode in names:
        member = ("plugins/filter", "plugins/transform")[modes.index(mode)]
        more = " and 1 more" if modes.count(mode) > 1 else ""
        assert (
            f"{member}{more}: mode '{mode}' needs the module {NEEDED[mode][0]}, which go.mod does not require"
            in ran.err
        )
    if names:
        assert command_of(ran.err) == ["get", *("@".join(NEEDED[mode]) for mode in names)]


@pytest.mark.slow
def test_a_build_in_another_mode_asks_for_its_module(tmp_path, pluginkit) -> None:
    root = workspace(tmp_path / "acme", "plugin", "plugin")
    assert pluginkit("lock", root).status == 0
    ran = pluginkit("build", root, "--mode", "subprocess")
    assert ran.status == 2
    assert "needs the module github.com/hashicorp/go-plugin" in ran.err


def test_of_several_modules_that_of_the_plugin_is_named(tmp_path, pluginkit) -> None:
    root = workspace(tmp_path / "acme", "plugin", "subprocess")
    write(
        root,
        {
            "plugins/transform/go.mod": "module acme/plugins/transform\n\ngo 1.24\n",
            "go.work": "go 1.24\n\nuse (\n\t.\n\t./plugins/transform\n)\n",
        },
    )
    ran = pluginkit("lock", root)
    assert command_of(ran.err)[:3] == ["-C", "plugins/transform", "get"]


@pytest.mark.slow
def test_the_command_works_and_a_file_keeps_what_it_got(tmp_path, pluginkit, go: GoTools) -> None:
    root = workspace(tmp_path / "acme", "subprocess", "wasm")
    go_run(go, root, *command_of(pluginkit("lock", root).err))
    assert pluginkit("lock", root).status == 0
    go_run(go, root, "mod", "tidy")
    refused = pluginkit("lock", root)
    assert refused.status == 2
    go_run(go, root, *command_of(refused.err))
    keeps = re.search(r"`(printf .*)`$", refused.err.strip())
    assert keeps, refused.err
    subprocess.run(["sh", "-c", keeps[1]], cwd=root, check=True)
    go_run(go, root, "mod", "tidy")
    assert pluginkit("lock", root).status == 0


@pytest.mark.slow
def test_what_is_vendored_is_all_there_is(tmp_path, pluginkit, go: GoTools) -> None:
    root = workspace(tmp_path / "acme", "subprocess", "wasm")
    go_run(go, root, *command_of(pluginkit("lock", root).err))
    go_run(go, root, "mod", "vendor")
    refused = pluginkit("lock", root)
    assert refused.err.count("which vendor/modules.txt does not have") == 2
    imports = re.search(r"import (\S.*) in a file", refused.err)
    assert imports
    written = "".join(f'\t_ "{package}"\n' for package in imports[1].split(", "))
    write(root, {"internal/loader/modes_deps.go": KEEPER.format(written)})
    go_run(go, root, *command_of(refused.err))
    go_run(go, root, "mod", "vendor")
    ran = pluginkit("lock", root)
    assert ran.status == 0, ran.err


def test_what_go_mod_requires_and_nobody_has_is_not_called_missing_there(tmp_path, pluginkit, monkeypatch) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go", toolkit="", mode="wasm")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GOPROXY", "off")
    ran = pluginkit("lock", tmp_path / "acme")
    assert ran.status == 2
    assert "needs the module github.com/tetratelabs/wazero, which cannot be fetched: module lookup disabled" in ran.err
    assert command_of(ran.err) == ["mod", "download"]


@pytest.mark.slow
def test_an_old_version_and_a_sum_that_is_gone_are_named(tmp_path, pluginkit, go: GoTools) -> None:
    root = workspace(tmp_path / "acme", "plugin", "subprocess")
    go_run(go, root, "get", "github.com/hashicorp/go-plugin@v1.5.2")
    ran = pluginkit("lock", root)
    assert "needs the module github.com/hashicorp/go-plugin, from v1.6.0 on: this is v1.5.2" in ran.err
    go_run(go, root, *command_of(ran.err))
    assert pluginkit("lock", root).status == 0
    for gone in ("google.golang.org/grpc v1", "github.com/hashicorp/go-plugin v1"):
        kept = [line for line in (root / "go.sum").read_text().splitlines(keepends=True) if not line.startswith(gone)]
        (root / "go.sum").write_text("".join(kept))
        ran = pluginkit("lock", root)
        assert "which is not complete: missing go.sum entry" in ran.err, ran.err
        go_run(go, root, *command_of(ran.err))
        assert pluginkit("lock", root).status == 0


@pytest.mark.slow
def test_a_module_of_a_workspace_may_require_it_for_all(tmp_path, pluginkit, go: GoTools) -> None:
    root = workspace(tmp_path / "acme", "subprocess", "subprocess")
    (root / "main").mkdir()
    for moved in ("internal", "cmd", "pluginapi", "go.mod"):
        (root / moved).rename(root / "main" / moved)
    (root / "main/plugins").mkdir()
    (root / "plugins/filter").rename(root / "main/plugins/filter")
    write(
        root,
        {
            "plugins/transform/go.mod": "module acme/plugins/transform\n\ngo 1.24\n",
            "go.work": "go 1.24\n\nuse (\n\t./main\n\t./plugins/transform\n)\n",
        },
    )
    for old, new in (
        ('"pluginapi"', '"main/pluginapi"'),
        ('"cmd/host"', '"main/cmd/host"'),
        ('"plugins/*"', '"main/plugins/*", "plugins/*"'),
    ):
        edit(root / "pluginkit.toml", old, new)
    ran = pluginkit("lock", root)
    assert "which no module of go.work requires" in ran.err, ran.err
    go_run(go, root, *command_of(ran.err))
    ran = pluginkit("build", root)
    assert ran.status == 0, ran.err
    said = subprocess.run(
        [root / "dist/bin/host", "--strict", root / "dist/plugins"], capture_output=True, text=True, check=False
    )
    assert said.stdout.split() == ["filter", "200", "hello,", "plugins", "transform", "200", "HELLO,", "PLUGINS"]
