"""A workspace that has a `uv.lock`: what of it the lock takes over, and what from elsewhere than an index becomes."""

import re
import subprocess
from pathlib import Path

import pytest
from gitrepo import committed
from monorepo import edit, monorepo, project, write
from uv import find_uv_bin

from pluginkit.core.lockfile import parse_lock

ROOT = (
    '[project]\nname = "root"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'
    "[tool.uv]\npackage = false\n"
)
MEMBERS = '[tool.uv.workspace]\nmembers = ["api", "host", "plugins/*", "left-out"]\n'


def workspace(root: Path, *, of_root: str = "", of_left_out: str = "", host: str = "", sources: str = "") -> Path:
    """Write the monorepo as a uv workspace that has more members than pluginkit's, and lock it with uv."""
    monorepo(root)
    write(root / "left-out", project("left-out", "X = 1\n", requires=of_left_out))
    edit(root / "host/pyproject.toml", '"acme-api>=1"', f'"acme-api>=1"{host}')
    shared = f"[tool.uv.sources]\nacme-api = {{ workspace = true }}\n{sources}"
    write(root, {"pyproject.toml": f"{ROOT.format(of_root)}{MEMBERS}{shared}"})
    uv(root, "lock")
    return root


def uv(root: Path, *arguments: str) -> None:
    """Run uv quietly."""
    subprocess.run([find_uv_bin(), *arguments, "--quiet"], cwd=root, check=True)


def pins(root: Path) -> dict[str, str]:
    """Return the versions that the lock pins."""
    packages = parse_lock((root / "pluginkit.lock").read_bytes(), "lock").packages
    return {package.name: package.version for package in packages}


def library(root: Path, version: str = "1.16.0") -> str:
    """Make a repository of a library named `six`, and return its URL."""
    return committed(write(root, project("six", "X = 1\n", version=version))).as_uri()


OTHERS = [
    ("the root", {"of_root": '"attrs"'}),
    ("a group of the root's", {"of_root": '"attrs"]\n[dependency-groups]\ndocs = ["idna"'}),
    ("a member of uv's alone", {"of_left_out": '"attrs"'}),
]


@pytest.mark.slow
@pytest.mark.parametrize("others", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_only_what_members_need_is_locked(tmp_path, pluginkit, others) -> None:
    workspace(tmp_path, host=', "six==1.16.0"', **others)
    assert pluginkit("build").status == 0
    assert pins(tmp_path) == {"six": "1.16.0"}
    assert pluginkit("lock", "--check").status == 0


def test_default_groups_are_not_locked(tmp_path, pluginkit) -> None:
    workspace(tmp_path, host=', "six==1.16.0"')
    edit(
        tmp_path / "pyproject.toml",
        "[tool.uv]\n",
        '[dependency-groups]\ndocs = ["idna"]\n[tool.uv]\ndefault-groups = ["docs"]\n',
    )
    with (tmp_path / "host/pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ndocs = ["attrs"]\n')
    uv(tmp_path, "lock")
    assert pluginkit("lock").status == 0
    assert pins(tmp_path) == {"six": "1.16.0"}


def test_a_uv_lock_that_is_about_no_member_is_not_followed(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six==1.16.0"')
    write(tmp_path, {"pyproject.toml": ROOT.format('"attrs"')})
    uv(tmp_path, "lock")
    assert pluginkit("build").status == 0
    assert pins(tmp_path) == {"six": "1.16.0"}
    assert pluginkit("lock", "--check").status == 0


@pytest.mark.slow
def test_a_member_outside_the_uv_workspace_that_needs_more_is_named(tmp_path, pluginkit) -> None:
    workspace(tmp_path, of_root='"six==1.16.0"')
    edit(tmp_path / "pyproject.toml", '"plugins/*", ', "")
    uv(tmp_path, "lock")
    assert pluginkit("lock").status == 0
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six==1.16.0"')
    ran = pluginkit("lock")
    assert (ran.status, "uv.lock pins nothing for 'six==1.16.0' of plugins/filter" in ran.err) == (2, True), ran.err


GIT = [("the root", {"of_root": '"six"'}), ("a member of uv's alone", {"of_left_out": '"six"'})]


@pytest.mark.slow
@pytest.mark.parametrize("others", [row[1] for row in GIT], ids=[row[0] for row in GIT])
def test_what_others_take_from_a_repository_does_not_matter(tmp_path, pluginkit, others) -> None:
    source = f'six = {{ git = "{library(tmp_path / "six")}" }}\n'
    workspace(tmp_path / "w", host=', "attrs"', sources=source, **others)
    ran = pluginkit("lock", cwd=tmp_path / "w")
    assert (ran.status, list(pins(tmp_path / "w"))) == (0, ["attrs"]), ran.err


@pytest.mark.slow
def test_what_a_member_takes_from_a_repository_is_refused_with_what_can_be_typed(tmp_path, pluginkit) -> None:
    source = f'six = {{ git = "{library(tmp_path / "six")}" }}\n'
    root = workspace(tmp_path / "w", host=', "six>=1.15", "attrs==25.3.0"', sources=source)
    ran = pluginkit("lock", cwd=root)
    assert ran.status == 2
    assert re.search(r"uv.lock takes from elsewhere .*\n  six @ git\+file:\S+six@[0-9a-f]{40} \(for host\)\n", ran.err)
    assert "hint: their published releases fit: to lock those" in ran.err
    assert 'write `published = ["six"]` under [python] of pluginkit.toml' in ran.err
    with (root / "pluginkit.toml").open("a") as file:
        file.write('[python]\npublished = ["six"]\n')
    assert pluginkit("build", cwd=root).status == 0
    assert pins(root) == {"six": "1.17.0", "attrs": "25.3.0"}
    assert pluginkit("lock", "--check", cwd=root).status == 0
    edit(root / "host/pyproject.toml", "attrs==25.3.0", "attrs==25.4.0")
    uv(root, "lock")
    assert pluginkit("lock", "--check", cwd=root).status == 2
    assert pluginkit("lock", cwd=root).status == 0
    assert pins(root)["attrs"] == "25.4.0"
    edit(root / "pluginkit.toml", '["six"]', '["other-*"]')
    ran = pluginkit("build", "--locked", cwd=root)
    assert "published is 'other-*' in the configuration, sealed was 'six'" in ran.err


def test_where_no_release_fits_that_is_said(tmp_path, pluginkit) -> None:
    source = f'six = {{ git = "{library(tmp_path / "six", "99.0.dev1")}" }}\n'
    root = workspace(tmp_path / "w", host=', "six==99.0.dev1"', sources=source)
    ran = pluginkit("lock", cwd=root)
    assert ran.status == 2
    assert "and their published releases do not fit: the members' requirements cannot be resolved" in ran.err
    assert "hint: lock a state of the repository whose requirements are published" in ran.err


@pytest.mark.parametrize("named", ["six", "S_ix", "si?", "*"])
def test_published_is_read_as_names_and_globs(tmp_path, named) -> None:
    from pluginkit.stages.discover import discover

    monorepo(tmp_path, more=f'[python]\npublished = ["{named}", "six"]\n')
    assert "six" in discover(tmp_path).settings["published"].split()


def test_published_must_be_names(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, more='[python]\npublished = ["six>=1"]\n')
    assert "'six>=1' is not the name of a distribution" in pluginkit("lock").err
