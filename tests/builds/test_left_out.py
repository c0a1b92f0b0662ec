"""No member leaves a release in silence: a build says who is gone and why, and only `lock` leaves it out."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import PLUGIN, edit, monorepo


def unlink(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


def rename(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: shutil.move(root / old, root / new)


def empty(root: Path) -> None:
    shutil.rmtree(root / "plugins/filter")
    (root / "plugins/filter").mkdir()


def both(root: Path) -> None:
    shutil.rmtree(root / "plugins/filter")
    (root / "plugins/other/pyproject.toml").unlink()


def nest(root: Path) -> None:
    (root / "plugins/more").mkdir()
    shutil.move(root / "plugins/filter", root / "plugins/more/filter")


NO_MANIFEST = "acme-filter: plugins/filter: no pyproject.toml"
PYTHON = [
    ("its manifest is gone", unlink("plugins/filter/pyproject.toml"), [NO_MANIFEST]),
    ("its manifest is renamed", rename("plugins/filter/pyproject.toml", "plugins/filter/pyproject.old"), [NO_MANIFEST]),
    ("its directory is empty", empty, [NO_MANIFEST]),
    (
        "its directory is gone",
        rename("plugins/filter", "filter.old"),
        ["acme-filter: plugins/filter: no such directory"],
    ),
    ("it was moved", nest, ["; it is in plugins/more/filter now, which the configuration does not name"]),
    ("two are gone", both, ["acme-filter: plugins/filter: no such directory", "acme-other: plugins/other: no pyproj"]),
    ("the API is gone", rename("api", "api.old"), ["acme-api: api: no such directory"]),
]


@pytest.mark.parametrize(("change", "said"), [row[1:] for row in PYTHON], ids=[row[0] for row in PYTHON])
def test_a_build_names_who_is_gone(tmp_path, pluginkit, change, said: list[str]) -> None:
    monorepo(tmp_path, plugins={"filter": PLUGIN, "other": PLUGIN})
    assert pluginkit("lock").status == 0
    before = (tmp_path / "pluginkit.lock").read_bytes()
    change(tmp_path)
    for command in (("build",), ("build", "--locked"), ("plan",), ("lock", "--check")):
        ran = pluginkit(*command)
        assert ran.status == 2
        assert [line for line in said if line not in ran.err] == [], ran.err
        assert f"{len(said)} member" in ran.err
        assert "or run `pluginkit lock` to leave" in ran.err
    assert (tmp_path / "pluginkit.lock").read_bytes() == before


def test_a_lock_leaves_out_who_is_gone_and_says_so(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins={"filter": PLUGIN, "other": PLUGIN})
    assert pluginkit("build").status == 0
    release = (tmp_path / "dist").resolve()
    (tmp_path / "plugins/filter/pyproject.toml").unlink()
    assert pluginkit("build").status == 2
    assert (tmp_path / "dist").resolve() == release
    ran = pluginkit("lock")
    assert ran.status == 0, ran.err
    assert "left out: acme-filter, which was the plugin in plugins/filter\n" in ran.out
    ran = pluginkit("build")
    assert "0 artifacts built, 3 carried over" in ran.out, ran.err
    assert "left out" not in pluginkit("lock").out


NAMED = '[tool.hatch.build.targets.wheel]\npackages = ["acme_other"]\n\n[project]\nname = "other"'
NOT_GONE = [
    ("a plugin that the configuration no longer names", "pluginkit.toml", '"plugins/*"', '"plugins/filter"', "other"),
    ("a distribution of another name", "plugins/other/pyproject.toml", '[project]\nname = "acme-other"', NAMED, ""),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "left"), [row[1:] for row in NOT_GONE], ids=[row[0] for row in NOT_GONE]
)
def test_who_is_still_there_ends_no_build(tmp_path, pluginkit, path: str, old: str, new: str, left: str) -> None:
    monorepo(tmp_path, plugins={"filter": PLUGIN, "other": PLUGIN})
    assert pluginkit("lock").status == 0
    edit(tmp_path / path, old, new)
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert ("left out: acme-other, which was the plugin in plugins/other" in ran.out) is bool(left)


GO = [
    (
        "another package",
        lambda root: edit(root / FILTER, "package main", "package filter"),
        "package filter, a plugin is",
    ),
    ("no Go file", unlink("plugins/filter/filter.go"), "no Go file"),
    ("only tests", rename("plugins/filter/filter.go", "plugins/filter/filter_test.go"), "no Go file"),
    ("no directory", rename("plugins/filter", "filter.old"), ""),
]
FILTER = "plugins/filter/filter.go"


@pytest.mark.parametrize("declared", [True, False], ids=["with a table", "without one"])
@pytest.mark.parametrize(("change", "why"), [row[1:] for row in GO], ids=[row[0] for row in GO])
def test_a_build_of_gos_names_who_is_gone(tmp_path, pluginkit, change, why: str, declared: bool) -> None:
    go_monorepo(tmp_path, plugins=("filter", "other"))
    assert pluginkit("lock").status == 0
    change(tmp_path)
    if not declared:
        edit(tmp_path / "pluginkit.toml", '[plugin.filter]\ncapabilities = ["filter"]\n', "")
    ran = pluginkit("build")
    assert ran.status == 2
    assert why in ran.err
    assert ("no plugin is named 'filter'" if declared else "filter: plugins/filter: ") in ran.err
    assert (pluginkit("lock").status == 0) is not declared
