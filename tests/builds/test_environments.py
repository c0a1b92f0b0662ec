"""Build environments: copies that are checked before they are used, and made anew when they are damaged."""

import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from monorepo import edit, monorepo
from test_cache import contents
from wheels import file_name, good_wheel, record, wheel, wheel_files

from pluginkit.backends.python.building.environment import install
from pluginkit.backends.python.building.record_check import differing
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Package
from pluginkit.core.notices import taken
from pluginkit.incremental import sealed

SOURCE = "plugins/filter/acme_filter/__init__.py"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory that was sealed a while ago."""
    found = tmp_path / "environment"
    for name in ("lib/package/__init__.py", "lib/package/data", "bin/tool"):
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(name)
    (found / "bin/python").symlink_to("/usr/bin/env")
    sealed.seal(found)
    assert sealed.damage(found) == ""
    return found


def same_size_and_time(place: Path) -> None:
    path = place / "lib/package/data"
    before = path.stat()
    path.write_text("X" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def torn_seal(place: Path) -> None:
    data = (place / sealed.SEAL).read_bytes()
    (place / sealed.SEAL).write_bytes(data[:9] + bytes([data[9] ^ 1]) + data[10:])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda place: None, ""),
    "another stat": (lambda place: os.utime(place / "lib/package/data"), ""),
    "a changed file": (lambda place: (place / "bin/tool").write_text("?"), "bin/tool changed"),
    "of the same size and time": (same_size_and_time, "lib/package/data changed"),
    "a missing file": (lambda place: (place / "bin/tool").unlink(), "bin"),
    "one more file": (lambda place: (place / "lib/sitecustomize.py").touch(), "lib has other files"),
    "one more at the top": (lambda place: (place / "more").touch(), "it has other files"),
    "one more, named like a seal": (lambda place: (place / "lib/x.complete.pth").touch(), "lib has other files"),
    "another link": (
        lambda place: ((place / "bin/python").unlink(), (place / "bin/python").symlink_to("/bin/sh")),
        "bin",
    ),
    "a file that others can write to": (lambda place: (place / "bin/tool").chmod(0o666), "bin/tool can be written"),
    "a torn seal": (torn_seal, ".complete is damaged"),
    "an empty list": (lambda place: (place / sealed.SEAL).write_text("[]"), ".complete is damaged"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_sealed_directory_knows_what_changed(place, name) -> None:
    do, told = DAMAGE[name]
    do(place)
    found = sealed.damage(place)
    assert found.startswith(told), found
    assert bool(found) == bool(told)


def test_a_copy_is_compared_by_digest_once(place, tmp_path, monkeypatch) -> None:
    copy = shutil.copytree(place, tmp_path / "copy", symlinks=True)
    assert sealed.damage(copy) == ""
    for path in copy.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    subprocess.run(["sleep", "0.02"], check=True)  # until what was changed just now may count by its stat
    assert sealed.damage(copy) == ""
    monkeypatch.setattr(sealed, "_entry", lambda path: pytest.fail(f"read {path}"))
    assert sealed.damage(copy) == ""


def test_what_the_umask_left_to_a_group_is_taken_away(tmp_path) -> None:
    found = tmp_path / "environment"
    found.mkdir()
    (found / "file").touch()
    (found / "file").chmod(0o664)
    found.chmod(0o775)
    sealed.seal(found)
    assert [oct(path.stat().st_mode & 0o777) for path in (found, found / "file")] == ["0o755", "0o644"]


@pytest.fixture
def uv_cache(tmp_path, monkeypatch) -> Path:
    """A directory of wheels in the place of an index, and a cache of uv's."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / file_name()).write_bytes(good_wheel())
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    taken()
    return tmp_path / "uv"


def pin(data: bytes = b"") -> Package:
    name, version, *_ = file_name().split("-")
    return Package(name.replace("_", "-"), version, (f"sha256:{sha256(data or good_wheel()).hexdigest()}",))


def damage_unpacked(uv_cache: Path, name: str = "__init__.py", data: bytes = b"damaged") -> None:
    unpacked = [path for path in uv_cache.rglob(name) if "archive" in str(path)]
    assert unpacked
    for path in unpacked:
        path.write_bytes(data)


def test_an_environment_is_a_copy(tmp_path, uv_cache) -> None:
    install([pin()], tmp_path / "env", "trouble")
    assert {path.stat().st_nlink for path in (tmp_path / "env").rglob("*") if path.is_file()} == {1}
    assert (differing(tmp_path / "env"), taken()) == ({}, [])


@pytest.mark.parametrize(("name", "data"), [("__init__.py", b"damaged"), ("METADATA", b"Name: acme-filter\n")])
def test_what_uv_has_damaged_in_its_cache_is_fetched_anew(tmp_path, uv_cache, name, data) -> None:
    install([pin()], tmp_path / "one", "trouble")
    damage_unpacked(uv_cache, name, data)
    install([pin()], tmp_path / "two", "trouble")
    assert differing(tmp_path / "two") == {}
    ((message, hint),) = taken()
    assert "uv's cache has damaged files of " in message
    assert message.endswith(
        ("/__init__.py): fetched anew", "The wheel is invalid: Metadata field Version not found): fetched anew")
    )
    assert hint.startswith("`uv cache clean ")


def test_a_record_that_cannot_be_read_is_damage(tmp_path, uv_cache) -> None:
    install([pin()], tmp_path / "env", "trouble")
    next((tmp_path / "env").rglob("RECORD")).write_bytes(b"\xff,sha256=x,1\n")
    assert [path.rpartition("/")[2] for path in differing(tmp_path / "env").values()] == ["RECORD"]


def test_a_record_that_its_publisher_got_wrong_is_no_damage(tmp_path, uv_cache) -> None:
    """There are such wheels, and the lock's hash holds their bytes."""
    files = record(wheel_files())
    module = next(name for name in files if name.endswith("__init__.py"))
    data = wheel({**files, module: b"edited = True\n"})
    (tmp_path / "wheels" / file_name()).write_bytes(data)
    install([pin(data)], tmp_path / "env", "trouble")
    assert next((tmp_path / "env").rglob(module)).read_bytes() == b"edited = True\n"
    assert taken() == []


def test_where_it_cannot_be_fetched_anew_the_cause_is_named(tmp_path, uv_cache, monkeypatch) -> None:
    install([pin()], tmp_path / "one", "trouble")
    damage_unpacked(uv_cache)
    wheel = tmp_path / "wheels" / file_name()
    wheel.write_bytes(good_wheel()[:-1])
    with pytest.raises(PluginkitError, match="trouble: uv's cache has damaged files of"):
        install([pin()], tmp_path / "two", "trouble")


@pytest.fixture
def own(tmp_path, pluginkit, own_artifacts) -> tuple[Path, Path]:
    """A workspace that was built, and its build environment, which no other test uses."""
    shared = (own_artifacts / "environments").resolve()
    (own_artifacts / "environments").unlink()
    root = monorepo(tmp_path / "one")
    shutil.copytree(shared, own_artifacts / "environments", symlinks=True, ignore=shutil.ignore_patterns(".making-*"))
    assert pluginkit("build", root).status == 0
    (place,) = used(own_artifacts)
    return root, place


def used(cache: Path) -> list[Path]:
    return [path for path in (cache / "environments").iterdir() if any(path.rglob("hatchling/builders/wheel.py"))][:1]


def evil(place: Path) -> None:
    module = next(place.rglob("hatchling/builders/wheel.py"))
    module.write_text(f"{module.read_text()}\nraise SystemExit('evil')\n")


@pytest.mark.slow
@pytest.mark.parametrize("do", [evil, torn_seal, lambda place: next(place.rglob("hatchling/__init__.py")).unlink()])
def test_a_damaged_environment_heals_itself_in_the_next_build(pluginkit, own, own_artifacts, do) -> None:
    root, _ = own
    before = contents(root)
    for place in (own_artifacts / "environments").iterdir():
        if any(place.rglob("hatchling/builders/wheel.py")):
            do(place)
    edit(root / SOURCE, "request.body", "request.body + b''")
    edit(root / SOURCE, "request.body + b''", "request.body")
    shutil.rmtree(own_artifacts / "artifacts")
    ran = pluginkit("build", "--no-cache", root)
    assert ran.status == 0, ran.err
    assert ran.err.count("warning: the build environment ") == 1
    assert "is damaged, and was made anew: " in ran.err
    assert contents(root) == before
    assert pluginkit("build", "--no-cache", root).err == ""


@pytest.mark.slow
def test_a_cache_that_others_can_write_to_is_not_used(tmp_path, pluginkit, own, own_artifacts) -> None:
    root, _ = own
    before = contents(root)
    own_artifacts.chmod(0o777)
    other = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    ran = pluginkit("build", other)
    assert (ran.status, "3 artifacts built" in ran.out) == (0, True), ran.err
    assert f"warning: {own_artifacts} is ignored: everybody can write to it\nhint: `chmod go-w " in ran.err
    assert contents(other) == before
    own_artifacts.chmod(0o755)


@pytest.mark.slow
def test_cache_verify_compares_environments_with_what_was_installed(pluginkit, own, own_artifacts) -> None:
    assert "0 removed" in pluginkit("cache", "verify").out
    _, place = own
    evil(place)
    sealed.seal(place)  # forged as a whole: RECORD still tells
    ran = pluginkit("cache", "verify")
    assert (ran.status, place.exists()) == (1, False)
    assert "hatchling/builders/wheel.py is not what hatchling installs" in ran.err
