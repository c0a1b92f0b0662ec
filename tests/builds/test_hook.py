"""Stamped wheels from other front ends, out of a plugin's own repository with its own lock."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from monorepo import API, PLAIN, PLUGIN, edit, project, write
from uv import find_uv_bin

from pluginkit import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONFIG = '\n[tool.pluginkit]\napi = "acme-api"\nplugins = ["."]\ngroup = "acme.plugins"\ncapabilities = ["batch"]\n'
ENTRY = '\n[project.entry-points."acme.plugins"]\nfilter = "acme_filter:New"\n'
HOOK = "\n[tool.hatch.build.hooks.pluginkit]\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """Return a directory of wheels that stands for an index: pluginkit, its build requirements, and the API.

    The public index must not be asked: what is called pluginkit there is somebody else's.
    """
    place = tmp_path_factory.mktemp("index")
    api = write(tmp_path_factory.mktemp("api"), project("acme-api", API))
    source = tmp_path_factory.mktemp("pluginkit") / "source"
    left_out = shutil.ignore_patterns(".*", "tests", "dist", "example_monorepo", "__pycache__")
    shutil.copytree(ROOT, source, ignore=left_out)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", place]
    for wanted in ("hatchling", "hatchling==1.27.0", "installer"):
        subprocess.run([*download, wanted], check=True)
    for project_root in (api, source):
        subprocess.run([find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", place, project_root], check=True)
    return place


@pytest.fixture
def plugin(tmp_path, index, monkeypatch) -> Path:
    """Return the repository of one plugin."""
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    root = write(
        tmp_path / "repository",
        project("acme-filter", PLUGIN, requires='"acme-api>=1"', entry_points=ENTRY, more=CONFIG + HOOK),
    )
    edit(root / "pyproject.toml", '["hatchling"]', f'["hatchling", "pluginkit-toolchain=={__version__}"]')
    write(root, {".gitignore": "dist\n.pluginkit/\n"})
    return root


FRONT_ENDS = {
    "uv build": [find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", "OUT", "."],
    "uv build, by way of an sdist": [find_uv_bin(), "build", "--quiet", "--out-dir", "OUT", "."],
    "python -m build": [sys.executable, "-m", "build", "--installer", "uv", "--outdir", "OUT", "."],
    "pip wheel": [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "OUT", "."],
}


def test_every_front_end_gives_the_bytes_of_pluginkit_build(plugin, tmp_path, pluginkit) -> None:
    ran = pluginkit("build", cwd=plugin)
    assert ran.status == 0, ran.err
    (ours,) = (plugin / "dist").glob("*.whl")
    for number, command in enumerate(FRONT_ENDS.values()):
        out = tmp_path / f"out{number}"
        done = subprocess.run(
            [str(out) if part == "OUT" else part for part in command],
            cwd=plugin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (theirs,) = out.glob("*.whl")
        assert theirs.read_bytes() == ours.read_bytes(), command
    assert sorted(os.listdir(plugin)) == sorted(
        [".gitignore", ".pluginkit", "acme_filter", "dist", "pluginkit.lock", "pyproject.toml"]
    )


def test_a_plugin_from_its_own_repository_fits_the_host_it_was_locked_against(plugin, tmp_path, pluginkit) -> None:
    from monorepo import monorepo

    assert pluginkit("build", cwd=plugin).status == 0
    (wheel,) = (plugin / "dist").glob("*.whl")
    host = monorepo(tmp_path / "host", plugins={"other": PLAIN})
    assert pluginkit("build", cwd=host).status == 0
    ran = pluginkit("verify", wheel, "--host", host / "dist")
    assert ran.status == 0, ran.out
    assert "PK406" not in ran.out  # another lock, which seals the same API and toolchain
    edit(host / "api/acme_api/__init__.py", "body: bytes", "body: str")
    edit(host / "api/pyproject.toml", '"1.0.0"', '"2.0.0"')
    assert pluginkit("build", cwd=host).status == 0
    ran = pluginkit("verify", wheel, "--host", host / "dist")
    assert ran.status == 1
    assert "PK302" in ran.out
    assert "PK303" in ran.out


def test_without_a_lock_the_hook_says_so(plugin) -> None:
    command = [find_uv_bin(), "build", "--wheel", "--out-dir", "out", "."]
    done = subprocess.run(command, cwd=plugin, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pluginkit.lock: no such file" in done.stderr
    assert not list((plugin / "out").glob("*.whl"))


def test_a_member_by_way_of_an_sdist_is_told_to_come_from_the_checkout(plugin, tmp_path, pluginkit) -> None:
    member = plugin.rename(tmp_path / "member")
    manifest = member / "pyproject.toml"
    edit(manifest, 'api = "acme-api"\nplugins = ["."]\ngroup = "acme.plugins"\n', "")
    write(tmp_path, {"pluginkit.toml": 'api = "acme-api"\nplugins = ["member"]\ngroup = "acme.plugins"\n'})
    assert pluginkit("lock", cwd=tmp_path).status == 0
    build = [find_uv_bin(), "build", "--out-dir", tmp_path / "out"]
    done = subprocess.run([*build, member], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "build the wheel from the checkout" in done.stderr
    assert not list((tmp_path / "out").glob("*.whl"))
    subprocess.run([*build, "--wheel", member], capture_output=True, text=True, check=True)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert "pluginkit 0" in pluginkit("inspect", wheel).out


def test_another_hatchling_than_the_locked_one_is_refused(plugin, pluginkit) -> None:
    edit(plugin / "pyproject.toml", '["hatchling"', '["hatchling<1.27.1"')
    assert pluginkit("lock", cwd=plugin).status == 0
    for path in (plugin / "pluginkit.lock", plugin / "pyproject.toml"):
        edit(path, "hatchling<1.27.1", "hatchling")
    command = [find_uv_bin(), "build", "--wheel", "--out-dir", "out", "."]
    done = subprocess.run(command, cwd=plugin, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "locked is 1.27.0" in done.stderr
