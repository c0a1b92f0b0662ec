"""The shared cache: create-only, rechecked, and out of the way when it is in trouble."""

import hashlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from webdav import NGINX, server

from pluginkit.backends.remote import open_remote
from pluginkit.core.errors import PluginkitError

KEY = hashlib.sha256(b"action").hexdigest()
DATA = b"bytes of a wheel"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["file", pytest.param("http", marks=pytest.mark.skipif(not NGINX, reason="no nginx"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A cache's URL, and the directory its files lie in."""
    if request.param == "file":
        yield f"file://{tmp_path}/cache", tmp_path / "cache"
    else:
        with server(tmp_path / "nginx") as url:
            yield url, tmp_path / "nginx/files"


def test_what_is_stored_is_found_by_another_machine(place: tuple[str, Path]) -> None:
    url, files = place
    cache = open_remote(url)
    assert cache.action(KEY) is cache.blob(DIGEST) is None
    cache.store(KEY, b"{}", {DIGEST: DATA})
    assert cache.trouble == ""
    assert sorted(path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()) == [
        f"ac/{KEY}", f"cas/{DIGEST}"
    ]  # fmt: skip
    other = open_remote(url, read_only=True)
    assert (other.action(KEY), other.blob(DIGEST)) == (b"{}", DATA)


def test_what_is_there_stays(place: tuple[str, Path]) -> None:
    cache = open_remote(place[0])
    cache.store(KEY, b"first", {})
    cache.store(KEY, b"second", {})
    assert (cache.action(KEY), cache.trouble) == (b"first", "")


def test_untrusted_machines_write_nothing(place: tuple[str, Path]) -> None:
    cache = open_remote(place[0], read_only=True)
    cache.store(KEY, b"{}", {DIGEST: DATA})
    assert (open_remote(place[0]).action(KEY), cache.trouble) == (None, "")


@pytest.mark.parametrize("wrong", [b"", b"other bytes", DATA + b"\0"])
def test_other_bytes_than_the_name_says_are_not_taken(place: tuple[str, Path], wrong: bytes) -> None:
    url, files = place
    open_remote(url).store(KEY, b"{}", {DIGEST: DATA})
    (files / "cas" / DIGEST).write_bytes(wrong)
    cache = open_remote(url)
    assert cache.blob(DIGEST) is None
    assert "other bytes" in cache.trouble


def test_a_server_that_is_away_or_silent_is_trouble_once(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    cache = open_remote(f"http://127.0.0.1:{port}")
    begun = time.monotonic()
    assert cache.action(KEY) is None
    assert cache.trouble
    before = cache.trouble
    cache.store(KEY, b"{}", {DIGEST: DATA})
    assert (cache.blob(DIGEST), cache.trouble) == (None, before)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("url", ["ftp://x/y", "cache", "", "http://"])
def test_a_url_that_is_none_is_an_error(url: str) -> None:
    with pytest.raises(PluginkitError, match="remote cache"):
        open_remote(url)


def test_without_the_extra_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(PluginkitError) as caught:
        open_remote("https://cache.example")
    assert "pluginkit[remote]" in caught.value.hint


@pytest.mark.parametrize("key", ["../../etc/passwd", "A" * 64, ""])
def test_only_digests_are_names(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        open_remote(f"file://{tmp_path}").action(key)
