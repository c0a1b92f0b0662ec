"""The shared cache: create-only, rechecked, and out of the way when it is in trouble."""

import hashlib
import socket
import sys
from pathlib import Path

import pytest
from cost import hang_guard

from pluginkit.core.errors import PluginkitError
from pluginkit.store.action_result import Output, decode, encode
from pluginkit.store.remote import RemoteCache, open_remote

KEY = hashlib.sha256(b"action").hexdigest()
DATA = b"bytes of a wheel"
DIGEST = hashlib.sha256(DATA).hexdigest()


def blob(cache: RemoteCache, target: Path) -> bytes | None:
    target.unlink(missing_ok=True)
    found = cache.get(DIGEST, target, mode=0o644)
    assert target.exists() == found
    return target.read_bytes() if found else None


def test_what_is_stored_is_found_by_another_machine(shared: tuple[str, Path], tmp_path: Path) -> None:
    url, files = shared
    cache = open_remote(url)
    assert cache.read(KEY) is blob(cache, tmp_path / "out") is None
    cache.put(DIGEST, DATA)
    cache.write(KEY, b"{}", [Output("a.whl", DIGEST, len(DATA), is_executable=False)])
    assert cache.trouble == ""
    assert sorted(path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()) == [
        f"ac/{KEY}", f"cas/{DIGEST}"
    ]  # fmt: skip
    other = open_remote(url, read_only=True)
    assert (other.read(KEY), blob(other, tmp_path / "out")) == (b"{}", DATA)


def test_what_is_there_stays(shared: tuple[str, Path]) -> None:
    cache = open_remote(shared[0])
    cache.write(KEY, b"first")
    cache.write(KEY, b"second")
    assert (cache.read(KEY), cache.trouble) == (b"first", "")


def test_untrusted_machines_write_nothing(shared: tuple[str, Path]) -> None:
    cache = open_remote(shared[0], read_only=True)
    cache.put(DIGEST, DATA)
    cache.write(KEY, b"{}")
    assert (open_remote(shared[0]).read(KEY), cache.trouble) == (None, "")
    assert not list(shared[1].rglob("*")) or not any(path.is_file() for path in shared[1].rglob("*"))


@pytest.mark.parametrize("wrong", [b"", b"other bytes", DATA + b"\0"])
def test_other_bytes_than_the_name_says_are_not_taken(shared: tuple[str, Path], tmp_path: Path, wrong: bytes) -> None:
    url, files = shared
    open_remote(url).put(DIGEST, DATA)
    (files / "cas" / DIGEST).write_bytes(wrong)
    cache = open_remote(url)
    assert blob(cache, tmp_path / "out") is None
    assert "other bytes" in cache.trouble


def test_a_server_that_is_away_or_silent_is_trouble_once(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    cache = open_remote(f"http://127.0.0.1:{port}")
    with hang_guard():
        assert cache.read(KEY) is None
        assert cache.trouble
        before = cache.trouble
        cache.put(DIGEST, DATA)
        assert (blob(cache, tmp_path / "out"), cache.trouble) == (None, before)


@pytest.mark.parametrize("url", ["ftp://x/y", "cache", "", "http://"])
def test_a_url_that_is_none_is_an_error(url: str) -> None:
    with pytest.raises(PluginkitError, match="remote cache"):
        open_remote(url)


def test_without_the_extra_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(PluginkitError) as caught:
        open_remote("https://cache.example")
    assert "pluginkit-toolchain[remote]" in caught.value.hint


@pytest.mark.parametrize("key", ["../../etc/passwd", "A" * 64, ""])
def test_only_digests_are_names(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        open_remote(f"file://{tmp_path}").read(key)


def test_records_are_action_results_as_bazel_remote_wants_them() -> None:
    data = encode(b"said", [Output("bin/host", DIGEST, 300, is_executable=True)])
    digest = b"\x0a\x40" + DIGEST.encode() + b"\x10\xac\x02"  # hash = 1, size_bytes = 2: 300 as a varint
    file = b"\x0a\x08bin/host" + b"\x12" + bytes([len(digest)]) + digest + b"\x20\x01"
    assert data == b"\x12" + bytes([len(file)]) + file + b"\x2a\x04said"
    worker = b"\x4a\x05\x0a\x03one"  # execution_metadata = 9, which the server adds
    assert decode(worker + data + b"\x20\x00") == b"said"


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 20, b"\x2a\x7fshort", b"\x2a", b"\x12\x00", b"\x2b\x00"])
def test_what_is_no_action_result_is_no_record(data: bytes) -> None:
    assert decode(data) is None
