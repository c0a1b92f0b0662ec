"""What a release only brings along: the toolkit, and other wheels that lie in the workspace."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from monorepo import PLUGIN, edit, monorepo, project, write
from processes import UV, run

from pluginkit import __version__
from pluginkit.backends.python.building.toolkit import FILE, running
from pluginkit.core.lockfile import read_lock
from pluginkit.core.release import read_release
from pluginkit.stages.scaffold import new

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    new(tmp_path / "acme", "acme")
    return tmp_path / "acme"


def test_the_lock_seals_the_wheel_and_the_release_brings_it(workspace: Path, pluginkit: Callable[..., Any]) -> None:
    assert pluginkit("build", workspace).status == 0
    lock, _ = read_lock(workspace / "pluginkit.lock")
    digest = hashlib.sha256((workspace / "toolkit" / FILE).read_bytes()).hexdigest()
    assert (lock.toolkit.path, lock.toolkit.hashes) == (f"toolkit/{FILE}", (f"sha256:{digest}",))
    assert {package.name for package in lock.packages} == {"installer", "packaging"}
    (toolkit,) = (one for one in read_release(workspace / "dist").artifacts if one.kind == "toolkit")
    assert (toolkit.file, toolkit.sha256) == (f"toolkit/{FILE}", digest)
    entries = tomllib.loads((workspace / "dist/pylock.release.toml").read_text())["packages"]
    (entry,) = (entry for entry in entries if entry["name"] == "pluginkit-toolchain")
    assert entry["wheels"] == [{"path": f"toolkit/{FILE}", "size": toolkit.size, "hashes": {"sha256": digest}}]
    assert pluginkit("verify", cwd=workspace).out == "5 artifacts accepted\n"
    assert "nothing changed, 5 artifacts" in pluginkit("build", workspace).out


def test_a_toolkit_that_was_tampered_with_is_refused(
    tmp_path: Path, workspace: Path, pluginkit: Callable[..., Any]
) -> None:
    pluginkit("build", workspace)
    release = shutil.copytree(workspace / "dist", tmp_path / "release")
    with zipfile.ZipFile(release / "toolkit" / FILE, "a") as archive:
        archive.writestr("evil.py", "")
    ran = pluginkit("verify", release)
    assert (ran.status, ran.out.count("PK")) == (1, 1)
    assert f"PK103 {release}/toolkit/{FILE}: it is not the file that release.json names" in ran.out
    env = tmp_path / "env"
    run(UV, "venv", "--quiet", env)
    command = [UV, "pip", "sync", "--quiet", "--python", env, release / "pylock.release.toml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "hash" in done.stderr.lower() or "the lockfile records" in done.stderr  # of its size


def test_the_build_takes_no_other_wheel_than_the_locked_one(workspace: Path, pluginkit: Callable[..., Any]) -> None:
    pluginkit("build", workspace)
    with (workspace / "toolkit" / FILE).open("ab") as file:
        file.write(b"\0")
    for command in (("build", "--locked"), ("lock", "--check")):
        ran = pluginkit(*command, workspace)
        assert ran.status == 2
        assert f"pluginkit.lock is out of date: toolkit/{FILE} changed" in ran.err
    (workspace / "toolkit" / FILE).unlink()
    assert f"toolkit/{FILE}: No such file or directory" in pluginkit("lock", "--check", workspace).err


def test_the_lock_of_sources_by_a_relative_path_seals_the_version_alone(
    tmp_path: Path, pluginkit: Callable[..., Any]
) -> None:
    root = tmp_path / "acme"
    new(root, "acme", toolkit=os.path.relpath(ROOT, root))
    assert pluginkit("build", root).status == 0
    lock, _ = read_lock(root / "pluginkit.lock")
    assert (lock.toolkit.version, lock.toolkit.path, lock.toolkit.hashes) == (__version__, "", ())
    assert {package.name for package in lock.packages} == {"installer", "packaging"}
    assert (root / "dist/toolkit" / FILE).read_bytes() == running().wheel()  # a release installs whole all the same
    assert pluginkit("verify", cwd=root).out == "5 artifacts accepted\n"
    assert "nothing changed, 5 artifacts" in pluginkit("build", root).out


def test_a_host_that_does_not_need_the_toolkit_gets_none(tmp_path: Path, pluginkit, copied: Callable[..., Any]) -> None:
    copied(monorepo, tmp_path)
    lock, _ = read_lock(tmp_path / "pluginkit.lock")
    assert (lock.toolkit.version, lock.packages) == (__version__, ())
    assert {one.kind for one in read_release(tmp_path / "dist").artifacts} == {"api", "host", "plugin"}


def with_a_wheel(root: Path, place: str = "wheels", marker: str = "") -> str:
    """Make a monorepo whose plugin requires a package that only a wheel in it has; return the wheel's file name."""
    made = write(root.parent / "elsewhere", project("acme-extra", "VALUE = 1\n"))
    run(UV, "build", "--quiet", "--wheel", "--out-dir", root / place, made)
    monorepo(root)
    (file,) = (root / place).glob("*.whl")
    edit(root / "plugins/filter/pyproject.toml", '"acme-api>=1"', f'"acme-api>=1", "acme-extra>=1{marker}"')
    manifest = f'[tool.uv.sources]\nacme-extra = {{ path = "{os.path.relpath(file, root)}" }}\n'
    write(root, {"pyproject.toml": manifest})
    return file.name


@pytest.mark.parametrize("marker", ["", "; python_version >= '3.8'"])
def test_a_wheel_in_the_workspace_is_locked_and_released(
    tmp_path: Path, pluginkit: Callable[..., Any], marker: str
) -> None:
    root = tmp_path / "root"
    file = with_a_wheel(root, marker=marker)
    ran = pluginkit("build", root)
    assert ran.status == 0, ran.err
    lock, data = read_lock(root / "pluginkit.lock")
    (package,) = lock.packages
    assert (package.name, package.version, package.path) == ("acme-extra", "1.0.0", f"wheels/{file}")
    assert b"file:" not in data
    (extra,) = (one for one in read_release(root / "dist").artifacts if one.kind == "package")
    assert (extra.file, f"sha256:{extra.sha256}") == (file, package.hashes[0])
    assert pluginkit("verify", cwd=root).out == "4 artifacts accepted\n"
    env = tmp_path / "env"
    run(UV, "venv", "--quiet", env)
    run(UV, "pip", "sync", "--quiet", "--python", env, root / "dist/pylock.release.toml")
    run(env / "bin/python", "-c", "import acme_extra, acme_filter")
    assert pluginkit("lock", root).out.startswith("unchanged")


def test_a_stamped_wheel_in_the_workspace_is_judged_like_any_plugin(
    tmp_path: Path, pluginkit: Callable[..., Any]
) -> None:
    """A host that requires a plugin of another repository has it in its release, and would meet it at run time."""
    for name, api in (("own", "1.0.0"), ("theirs", "2.0.0")):
        monorepo(tmp_path / name, plugins={name: PLUGIN.replace("acme_filter", f"acme_{name}")})
        edit(tmp_path / name / "api/pyproject.toml", 'version = "1.0.0"', f'version = "{api}"')
    assert pluginkit("build", tmp_path / "theirs").status == 0
    (wheel,) = (tmp_path / "theirs/dist").glob("acme_theirs*.whl")
    (tmp_path / "own/wheels").mkdir()
    shutil.copy(wheel, tmp_path / "own/wheels")
    write(
        tmp_path / "own", {"pyproject.toml": f'[tool.uv.sources]\nacme-theirs = {{ path = "wheels/{wheel.name}" }}\n'}
    )
    edit(tmp_path / "own/host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-theirs"')
    ran = pluginkit("build", tmp_path / "own")
    assert (ran.status, f"PK302 dist/{wheel.name}" in ran.out) == (1, True), ran.out + ran.err


def test_a_hook_is_built_with_from_the_wheel_in_the_workspace(workspace: Path, pluginkit: Callable[..., Any]) -> None:
    """The hatchling hook comes with the toolkit, which no index has."""
    manifest = workspace / "plugins/filter/pyproject.toml"
    edit(manifest, 'requires = ["hatchling>=1.27"]', 'requires = ["hatchling>=1.27", "pluginkit-toolchain"]')
    edit(manifest, "[project]", "[tool.hatch.build.hooks.pluginkit]\n\n[project]")
    ran = pluginkit("build", workspace)
    assert ran.status == 0, ran.err
    lock, data = read_lock(workspace / "pluginkit.lock")
    places = {package.path for env in lock.environments for package in env.packages if package.path}
    assert places == {f"toolkit/{FILE}"}
    assert b"file:" not in data
    assert pluginkit("verify", cwd=workspace).out == "5 artifacts accepted\n"


def test_a_wheel_outside_the_workspace_is_refused(tmp_path: Path, pluginkit: Callable[..., Any]) -> None:
    with_a_wheel(tmp_path / "root", place="../wheels")
    ran = pluginkit("lock", tmp_path / "root")
    assert ran.status == 2
    assert "lies outside the workspace" in ran.err


def test_a_release_as_a_directory_of_plugins_loads_the_plugins_alone(
    tmp_path: Path, workspace: Path, pluginkit: Callable[..., Any]
) -> None:
    pluginkit("build", workspace)
    site = tmp_path / "site"
    command = [UV, "pip", "install", "--quiet", "--no-deps", "--target", site]
    run(*command, *(workspace / "dist").glob("acme_host*.whl"), *(workspace / "dist").glob("acme_pluginapi*.whl"))
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); from pluginkit.runtime import load_plugins\n"
        f"from acme_pluginapi import Plugin; from acme_host.cli import Settings\n"
        f"print([(one.name, one.status) for one in load_plugins(sys.argv[1], api=Plugin, host=Settings(9)).plugins])"
    )
    assert run(sys.executable, "-c", code, workspace / "dist") == "[('filter', 'loaded'), ('transform', 'loaded')]\n"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another project that has the import package `pluginkit`."""
    return write(tmp_path / "other", project("pluginkit", '"""Another project."""\n', version="9.1"))


@pytest.fixture
def env(tmp_path: Path, workspace: Path, pluginkit: Callable[..., Any]) -> Path:
    """An environment with a release."""
    assert pluginkit("build", workspace).status == 0
    run(UV, "venv", "--quiet", tmp_path / "env")
    run(UV, "pip", "sync", "--quiet", "--python", tmp_path / "env", workspace / "dist/pylock.release.toml")
    return tmp_path / "env"


SAID = "pluginkit 9.1 is installed beside pluginkit-toolchain: both bring an import package pluginkit"


def host(env: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([env / "bin/acme-host", "--plugins"], capture_output=True, text=True, check=False)


def test_another_pluginkit_beside_ours_is_named_by_verify_and_by_the_loader(
    env: Path, other: Path, workspace: Path, pluginkit: Callable[..., Any]
) -> None:
    assert pluginkit("verify", env).status == 0
    assert host(env).returncode == 0
    run(UV, "pip", "install", "--quiet", "--python", env, other)
    run(UV, "pip", "install", "--quiet", "--reinstall", "--python", env, "--no-deps", workspace / "dist/toolkit" / FILE)
    ran = pluginkit("verify", env)
    assert (ran.status, "PK106" in ran.out, SAID in ran.out) == (1, True, True)
    assert "`pip uninstall pluginkit`" in ran.out
    done = host(env)
    assert (done.returncode, SAID in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_another_pluginkit_over_ours_is_named_where_ours_cannot_be_imported(env: Path, other: Path) -> None:
    run(UV, "pip", "install", "--quiet", "--python", env, other)
    done = subprocess.run(
        [env / "bin/python", "-c", "import pluginkit.runtime"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"ImportError: {SAID}" in done.stderr


def test_release_json_is_canonical_with_a_toolkit_in_it(workspace: Path, pluginkit: Callable[..., Any]) -> None:
    pluginkit("build", workspace)
    data = (workspace / "dist/release.json").read_text()
    assert json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")) == data
