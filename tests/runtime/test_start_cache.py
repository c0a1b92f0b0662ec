"""The loader's memory: what an earlier start found is believed until anything changes that it rests on."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import API, CHECKOUT, GOOD, START, HostPlace, Started, place, release, wheel
from monorepo import edit, monorepo, project, write
from uv import find_uv_bin

from pluginkit.cli import main

ENTRY = "[acme.plugins]\nthree = acme_three:New\n"
SITE = "import site; site.addsitedir('site')\n"


def dist_info(host: HostPlace, name: str) -> Path:
    return host.site / f"acme_{name}-1.0.0.dist-info"


def start(host: HostPlace, arguments: str = "group='acme.plugins'", **env: str) -> Started:
    return host.start(arguments, code=SITE + START, **env)


def remembered(host: HostPlace, arguments: str = "group='acme.plugins'", **env: str) -> Started:
    """Start a host twice, of which the second believes the first."""
    time.sleep(0.1)  # what was changed a moment ago is not remembered
    start(host, arguments, **env)
    second = start(host, arguments, **env)
    assert "pluginkit.rules" not in second.value["modules"]
    return second


def no_entry_points(host: HostPlace, built: Path) -> Callable[[], object]:
    """The entry points of an installed plugin come later, with the times that they had."""
    host.install(wheel(built, "two"))
    path, aside = dist_info(host, "two") / "entry_points.txt", host.root / "aside"
    path.rename(aside)
    return lambda: aside.rename(path)


def no_metadata(host: HostPlace, built: Path) -> Callable[[], object]:
    """Its metadata is a directory that only has a file of the installer's yet."""
    host.install(wheel(built, "two"))
    path, aside = dist_info(host, "two"), host.root / "aside"
    path.rename(aside)
    write(host.site, {f"{path.name}/INSTALLER": "pip"})
    return lambda: shutil.copytree(aside, path, dirs_exist_ok=True)


def not_installed(host: HostPlace, built: Path) -> Callable[[], object]:
    return lambda: host.install(wheel(built, "two"))


def behind_a_new_pth(host: HostPlace, built: Path) -> Callable[[], object]:
    beside = HostPlace(host.root / "beside")
    beside.install(wheel(built, "two"))
    return lambda: (host.site / "beside.pth").write_text(f"{beside.site}\n")


def in_a_root_that_was_empty(host: HostPlace, built: Path) -> Callable[[], object]:
    beside = HostPlace(host.root / "beside")
    beside.site.mkdir(parents=True)
    (host.site / "beside.pth").write_text(f"{beside.site}\n")
    return lambda: beside.install(wheel(built, "two"))


LATER = (no_entry_points, no_metadata, not_installed, behind_a_new_pth, in_a_root_that_was_empty)


@pytest.mark.parametrize("later", LATER, ids=lambda one: one.__name__)
def test_a_plugin_that_comes_later_is_found(
    host: HostPlace, built: Path, later: Callable[[HostPlace, Path], Callable[[], object]]
) -> None:
    comes = later(host, built)
    assert list(remembered(host).answers) == ["one"]
    comes()
    assert list(start(host).answers) == ["one", "two"]


def test_entry_points_that_are_edited_in_place_are_seen(host: HostPlace) -> None:
    write(host.site, {"acme_three-1.0.0.dist-info/METADATA": "Name: acme-three\nVersion: 1.0.0\n"})
    write(host.site, {"acme_three-1.0.0.dist-info/entry_points.txt": ENTRY.replace("acme.", "ecma.")})
    assert remembered(host).codes == {}
    edit(host.site / "acme_three-1.0.0.dist-info/entry_points.txt", "ecma.", "acme.")
    assert start(host).codes == {"three": ["PK101"]}


def test_a_root_that_appears_is_looked_at(host: HostPlace, built: Path) -> None:
    beside = HostPlace(host.root / "beside")
    path = os.pathsep.join(map(str, (host.site, CHECKOUT, beside.site)))
    assert list(remembered(host, PYTHONPATH=path).answers) == ["one"]
    beside.install(wheel(built, "two"))
    assert list(start(host, PYTHONPATH=path).answers) == ["one", "two"]


def test_a_directory_of_wheels_that_appears_is_looked_at(host: HostPlace, built: Path) -> None:
    shutil.rmtree(host.plugins)
    assert "PluginkitError" in host.run(START.format(arguments="'plugins'")).stderr
    host.plugins.mkdir()
    assert remembered(host, "'plugins'").answers == {}
    shutil.copy(wheel(built, "two"), host.plugins)
    assert list(start(host, "'plugins'").answers) == ["two"]


@pytest.mark.slow
def test_a_wheel_that_is_replaced_under_its_name_is_read_again(host: HostPlace, built: Path, tmp_path: Path) -> None:
    shutil.copy(wheel(built, "two"), host.plugins)
    assert remembered(host, "'plugins'").answers == {"two": "two:x"}
    other = GOOD.format(name="two").replace('b"two:"', 'b"2:"')
    newer = wheel(release(tmp_path / "newer", {"two": other}), "two")
    os.replace(newer.resolve(), host.plugins / newer.name)
    assert start(host, "'plugins'").answers == {"two": "2:x"}


def test_a_host_that_is_installed_later_decides(host: HostPlace, built: Path) -> None:
    for path in host.site.glob("acme_host*"):
        shutil.rmtree(path)
    assert remembered(host).value["report"]["stamped"] is False
    host.install(wheel(built, "host"))
    assert start(host).value["report"]["stamped"] is True


def test_the_hosts_stamp_decides_as_it_is_now(host: HostPlace) -> None:
    assert remembered(host).codes == {}
    edit(dist_info(host, "host") / "pluginkit.json", '"required":[]', '"required":["x"]')
    assert start(host).codes["one"] == ["PK103", "PK504"]


def test_an_api_that_is_installed_later_is_seen(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    write(root / "libs/common", project("acme-common", "X = 1\n"))
    monorepo(root, plugins={"one": GOOD.format(name="one")})
    edit(root / "plugins/one/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-common"')
    edit(root / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
    write(root, {"api/acme_api/__init__.py": API})
    assert main(["build", str(root)]) == 0
    host = place(tmp_path / "host", root / "dist")
    host.install(wheel(root / "dist", "one"))
    assert remembered(host).codes["one"] == ["PK301"]
    host.install(wheel(root / "dist", "common"))
    assert start(host).answers == {"one": "one:x"}


def test_an_api_without_a_stamp_is_compared_as_it_is_now(host: HostPlace) -> None:
    shutil.rmtree(dist_info(host, "host"))
    assert remembered(host).answers == {"one": "one:x"}
    edit(host.site / "acme_api/__init__.py", "limit: int", "limit: str")
    assert start(host).codes == {"one": ["PK303"]}


def test_the_hosts_own_files_are_compared_as_they_are_now(host: HostPlace) -> None:
    assert remembered(host).codes == {}
    (host.site / "acme_host/__init__.py").write_text("edited = True\n")
    assert start(host).codes == {"one": ["PK103"]}


@pytest.mark.parametrize("missing", ["RECORD", "METADATA", "pluginkit.json", "../acme_one", "../acme_one/__init__.py"])
@pytest.mark.slow
def test_a_start_in_the_middle_of_an_installation_is_not_remembered(host: HostPlace, missing: str) -> None:
    path = dist_info(host, "one") / missing
    path.rename(host.root / "aside")
    time.sleep(0.1)
    assert len(start(host).codes["one"]) >= 1
    if missing != "pluginkit.json":
        assert list((host.root / "cache/runtime").glob("plan-*")) == []
    (host.root / "aside").rename(path)
    assert start(host).answers == {"one": "one:x"}


@pytest.mark.slow
def test_a_workspace_that_is_configured_anew_is_read_again(tmp_path: Path) -> None:
    workspace = monorepo(tmp_path / "workspace", plugins={"one": GOOD.format(name="one")})
    (workspace / "api/acme_api/__init__.py").write_text(API)
    host = HostPlace(tmp_path)
    editable = [part for path in ("api", "plugins/one") for part in ("-e", workspace / path)]
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", host.site]
    subprocess.run([*command, *editable], check=True)
    assert remembered(host, "group=''").answers == {"one": "one:x"}
    edit(workspace / "pluginkit.toml", 'group = "acme.plugins"', 'group = "other.plugins"')
    assert start(host, "group=''").answers == {}


@pytest.mark.slow
def test_a_memory_that_is_torn_or_anothers_is_none(host: HostPlace) -> None:
    assert list(remembered(host).answers) == ["one"]
    (memory,) = (host.root / "cache/runtime").glob("plan-*")
    whole = memory.read_bytes()
    for damaged in (b"", whole[:30], whole[:-1], whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], b"\xe3" * 99):
        memory.write_bytes(damaged)
        assert list(start(host).answers) == ["one"]
    memory.unlink()
    memory.symlink_to(memory.name)
    assert list(start(host).answers) == ["one"]
    assert not memory.is_symlink()
    memory.write_bytes(whole)
    arguments = "group='acme.plugins', policy='compatible'"
    remembered(host, arguments)
    (other,) = {*memory.parent.glob("plan-*")} - {memory}
    other.write_bytes(whole)  # that of another question
    assert "pluginkit.rules" in start(host, arguments).value["modules"]
