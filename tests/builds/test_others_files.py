"""What others can have written is not believed: it is named, with the command that mends it, and made anew."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from monorepo import monorepo, settle
from other_users import STRANGER, needs_root
from test_cache import cached, contents, forget

from pluginkit.store import rooms

SOURCE = "plugins/filter/acme_filter/__init__.py"


@pytest.fixture
def built(tmp_path, pluginkit, own_artifacts) -> Path:
    root = monorepo(tmp_path / "one")
    settle()
    assert pluginkit("build", root).status == 0
    assert "nothing changed" in pluginkit("build", root).out
    return root


def blob(root: Path, cache: Path) -> Path:
    return cached(cache, "cas")[0]


def record(root: Path, cache: Path) -> Path:
    return next(path for path in cached(cache, "ac") if b"acme-filter" in path.read_bytes())


PLACES = {
    "a blob": (blob, "3 artifacts built"),  # then nothing that the cache promises counts
    "a record": (record, "1 artifact built"),
    "a directory of blobs": (lambda root, cache: cache / "artifacts/cas", "3 artifacts built"),
    "the cache": (lambda root, cache: cache / "artifacts", "3 artifacts built"),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_others_can_write_to_in_the_cache_is_built_here(pluginkit, built, own_artifacts, name) -> None:
    find, said = PLACES[name]
    place = find(built, own_artifacts)
    place.chmod(place.stat().st_mode | 0o022)
    before = contents(built)
    forget(built)
    ran = pluginkit("build", built)
    assert (ran.status, contents(built)) == (0, before)
    assert said in ran.out
    assert f"warning: {place} is ignored: everybody can write to it" in ran.err
    if place.is_dir():
        type_hints(ran.err)
    forget(built)
    ran = pluginkit("build", built)
    assert (ran.err, "0 artifacts built, 3 from the cache" in ran.out) == ("", True)


def type_hints(said: str) -> None:
    for command in re.findall(r"hint: `(.*)`", said):
        subprocess.run(shlex.split(command), check=True)


@pytest.mark.parametrize("name", [".pluginkit/index", ".pluginkit"])
def test_a_memory_that_others_can_write_to_is_not_believed(pluginkit, built, name) -> None:
    (built / name).chmod(0o777)
    ran = pluginkit("build", built)
    assert "nothing changed" in ran.out  # found by digest
    assert f"warning: {built / name} is ignored: everybody can write to it" in ran.err
    type_hints(ran.err)
    pluginkit("build", built)
    assert pluginkit("build", built).err == ""


@needs_root
def test_the_owner_of_a_workspace_is_believed(pluginkit, built) -> None:
    for place in (built, built / ".pluginkit", built / ".pluginkit/index"):
        os.chown(place, STRANGER, -1)
    ran = pluginkit("build", built)
    assert ("nothing changed" in ran.out, ran.err) == (True, "")
    os.chown(built, 0, -1)
    assert f".pluginkit is ignored: it belongs to the user {STRANGER}" in pluginkit("build", built).err


@pytest.mark.slow
def test_nothing_that_is_kept_can_be_written_to_by_others_whatever_the_umask(tmp_path, own_artifacts) -> None:
    root = monorepo(tmp_path / "one")
    cache = tmp_path / "cache"
    (cache / "environments").parent.mkdir()
    (cache / "environments").symlink_to((own_artifacts / "environments").resolve())
    command = f"umask 0; python -m pluginkit build {root}"
    environ = {**os.environ, "PLUGINKIT_CACHE_DIR": str(cache)}
    subprocess.run(["sh", "-c", command], env=environ, check=True, capture_output=True)
    found = [path for top in (cache, root / ".pluginkit") for path in top.rglob("*") if not path.is_symlink()]
    assert found
    assert [path for path in found if path.stat().st_mode & 0o022] == []


def test_a_file_of_another_room_that_is_damaged_or_not_ours_is_missing(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path))
    rooms.write("room", "sha256:key", b"what is kept")
    assert rooms.read("room", "sha256:key") == b"what is kept"
    place = tmp_path / "room/key"
    shutil.copy(place, tmp_path / "room/other")
    assert rooms.read("room", "other") is None
    place.chmod(0o666)
    assert rooms.read("room", "sha256:key") is None
    place.chmod(0o644)
    for position in range(0, place.stat().st_size, 7):
        data = bytearray(place.read_bytes())
        data[position] ^= 1
        (tmp_path / "room/flipped").write_bytes(data)
        assert rooms.read("room", "flipped") is None
    (tmp_path / "room/empty").touch()
    assert rooms.read("room", "empty") is None
