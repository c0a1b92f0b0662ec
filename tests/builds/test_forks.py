"""Packages that a lock pins in several versions, each under its marker: as dependencies, and as the API."""

import tomllib
from pathlib import Path

import pytest
from monorepo import edit, monorepo

from pluginkit import __version__
from pluginkit.backends.python.building.forks import known, pin_of
from pluginkit.backends.stamps import as_stamped
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package
from pluginkit.core.lockfile import parse_lock
from pluginkit.core.stamp import MAX_SIZE
from pluginkit.core.toolkit import NAME as TOOLKIT

HERE, ELSEWHERE = "implementation_name == 'cpython'", "implementation_name != 'cpython'"
FORKS = [
    ("by interpreter, the newer here", f"six==1.16.0; {ELSEWHERE}", f"six==1.17.0; {HERE}", "1.17.0"),
    ("by interpreter, the older here", f"six==1.16.0; {HERE}", f"six==1.17.0; {ELSEWHERE}", "1.16.0"),
    ("by system", "six==1.16.0; sys_platform == 'aix'", "six==1.17.0; sys_platform != 'aix'", "1.17.0"),
]


def forked(root: Path, *requirements: str, api: str = "api") -> Path:
    """Write the monorepo with more requirements of the host, and another API."""
    monorepo(root)
    edit(root / "host/pyproject.toml", '"acme-api>=1"', ", ".join(['"acme-api>=1"', *map('"{}"'.format, requirements)]))
    edit(root / "pluginkit.toml", 'api = "api"', f'api = ["{api}", "api"]')
    return root


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other", "here"), [row[1:] for row in FORKS], ids=[row[0] for row in FORKS])
def test_an_api_is_sealed_as_the_version_for_this_python(tmp_path, pluginkit, one, other, here) -> None:
    forked(tmp_path, one, other, api="six")
    ran = pluginkit("lock")
    assert ran.status == 0, ran.err
    lock = parse_lock((tmp_path / "pluginkit.lock").read_bytes(), "lock")
    assert lock.api("six").version == here
    assert [package.version for package in lock.packages if package.name == "six"] == ["1.16.0", "1.17.0"]
    assert f"warning: six {here} is sealed, and the lock has 1.16.0 (" in ran.err
    assert pluginkit("lock").out.startswith("unchanged")
    assert pluginkit("build", "--locked").status == 0
    assert pluginkit("verify").status == 0
    release = tomllib.loads((tmp_path / "dist/pylock.release.toml").read_text())
    assert [one["version"] for one in release["packages"] if one["name"] == "six"] == ["1.16.0", "1.17.0"]


@pytest.mark.parametrize("marker", [ELSEWHERE, "sys_platform == 'aix'"])
def test_an_api_that_is_for_other_machines_is_refused_in_plain_words(marker) -> None:
    with pytest.raises(PluginkitError, match=r"^the API six is not for this machine: 1.0 is for ") as refused:
        pin_of("six", [Package("six", "1.0", ("sha256:aa",), marker=marker)])
    assert refused.value.hint.startswith("this is Python 3.")


def test_an_api_that_nobody_requires_is_not_locked() -> None:
    with pytest.raises(PluginkitError, match="'six' is neither a directory of the workspace nor a locked dependency"):
        pin_of("six", [])


def test_a_dependency_may_fork(tmp_path, pluginkit) -> None:
    forked(tmp_path, *FORKS[0][1:3], api="host")
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six>=1.16"')
    assert pluginkit("build").status == 0
    assert (pluginkit("verify").status, pluginkit("verify", "--host", ".", "dist").status) == (0, 0)


def lock_of(version: str, hashes: str, *, by: str = __version__) -> Lock:
    """Return a lock that seals the API `six` at that version, which has those hashes."""
    package = Package("six", version, (f"sha256:{hashes}",), marker=HERE)
    return Lock("python", (Api("six", version, "h1:x"),), packages=(package,), toolkit=Package(TOOLKIT, by, ()))


SEALED = [
    ("the same", lock_of("1.0", "aa"), True),
    ("by another pluginkit", lock_of("1.0", "aa", by="0"), False),
    ("other files", lock_of("1.0", "bb"), False),
    ("another version", lock_of("0.9", "aa"), False),
    ("nothing", None, False),
]


@pytest.mark.parametrize(("before", "stays"), [row[1:] for row in SEALED], ids=[row[0] for row in SEALED])
def test_a_sealed_version_stays_where_its_files_are_pinned_still(before, stays) -> None:
    pins = [Package("six", "1.0", ("sha256:aa",)), Package("six", "2.0", ("sha256:cc",))]
    assert (known("six", pins, before) is not None) == stays


def test_surfaces_that_make_a_stamp_too_large_are_left_out_the_largest_first() -> None:
    small = Api("a", "1", "h1:x", surface=("module a",))
    large = Api("b", "1", "h1:x", surface=tuple(f"def b.{number:0100}()" for number in range(MAX_SIZE // 100)))
    assert [api.surface for api in as_stamped((large, small))] == [(), small.surface]
    assert as_stamped((small,)) == (small,)
