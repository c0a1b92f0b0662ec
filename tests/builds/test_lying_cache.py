"""A shared cache that lies, or is slow: the right artifacts, at most one warning, an end to it within its limits."""

import gzip
import hashlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cost import hang_guard
from lies import (
    all_but,
    announcing,
    another,
    body,
    endless_chunks,
    endless_headers,
    flood,
    raw,
    record,
    said,
    second_time,
    slow_headers,
    status,
    trickle,
    unread,
    without,
)
from lying_server import Handler, Lie, lying_server
from monorepo import monorepo
from processes import Ran
from test_cache import contents

from pluginkit.store import remote
from pluginkit.store.action_result import encode
from pluginkit.store.patience import Limits

LIMITS = Limits(request=1.0, command=3.0)
SECONDS = 60
"""What a build may take on a busy machine; without limits, most of these modes take for ever."""

AC, CAS = ("GET", "ac"), ("GET", "cas")
GIB = 1 << 30
HEAD = b"HTTP/1.1 200 OK\r\nLast-Modified: Mon, 30 Nov 2026 10:00:00 GMT\r\n"
MODES: list[tuple[str, tuple[str, str], Lie, bool]] = [
    # what it does, to which requests, and whether that is worth a warning
    ("a record that is not protobuf", AC, body(lambda _: b"\xff" * 40), True),
    ("an empty record", AC, body(lambda _: b""), True),
    ("a page to sign in", AC, body(lambda _: b"<html>sign in</html>", Content_Type="text/html"), True),
    ("a record of 2 MiB", AC, body(lambda _: bytes(2 << 20)), True),
    ("a record that is not JSON", AC, body(lambda _: encode(b"{", ())), True),
    ("a record nested too deeply", AC, body(lambda _: encode(b"[" * 100_000, ())), True),
    ("a record that is an array", AC, body(lambda _: encode(b"[]", ())), True),
    ("a record of another schema", AC, body(lambda _: encode(b'{"schema":9,"artifact":{}}', ())), True),
    ("a record of a newer version", AC, said(later=1), False),
    ("a field of the wrong type", AC, body(lambda _: b"\x28\x01"), True),
    ("a file that is a number", AC, said(file=7), True),
    ("a name that is an array", AC, said(name=["acme-filter"]), True),
    ("a kind that is not known", AC, said(kind="virus"), True),
    ("a digest in capitals", AC, record(lambda found: found.update(sha256=str(found["sha256"]).upper())), True),
    ("a digest that is not one", AC, said(sha256="../../etc/passwd"), True),
    ("inputs that are null", AC, said(inputs=None), True),
    ("no file", AC, without("file"), True),
    ("a file that climbs", AC, said(file="../x"), True),
    ("an absolute file", AC, said(file="/tmp/x"), True),
    ("a file of the release itself", AC, said(file="release.json"), True),
    ("another artifact's file", AC, said(file="acme_other-1.0.0-py3-none-any.whl"), True),
    ("a file with a NUL", AC, said(file="acme_filter-1\0.whl"), True),
    ("a size of 3 GiB", AC, said(size=3 * GIB), True),
    ("a size of 9 EiB", AC, said(size=1 << 63), True),
    ("a negative size", AC, said(size=-1), True),
    ("no size", AC, said(size=0), True),
    ("a fractional size", AC, said(size=1.5), True),
    ("a size that is true", AC, said(size=True), True),
    ("side effects of another type", AC, said(side_effects=[{"file": 1}]), True),
    ("side effects without an end", AC, said(side_effects=[["a.py", 1, "x", "file"]] * 10_000), True),
    ("another artifact's record", AC, another, True),
    ("another artifact's bytes", CAS, another, True),
    ("a byte less", CAS, body(lambda data: data[:-1]), True),
    ("a byte more", CAS, body(lambda data: data + b"x"), True),
    ("other bytes of that size", CAS, body(lambda data: data[:-1] + b"?"), True),
    ("nothing", CAS, body(lambda _: b""), True),
    ("a kB announced, and 3 GiB sent", CAS, announcing(1000, flood), True),
    ("3 GiB announced, and a kB sent", CAS, announcing(3 * GIB, lambda request: request.write(bytes(1000))), True),
    ("3 GiB announced, and sent", CAS, announcing(3 * GIB, flood), True),
    ("3 GiB of a record", AC, announcing(3 * GIB, flood), True),
    ("half of it", CAS, all_but(lambda request: request.write(b"x")), True),
    ("a byte now and then", CAS, all_but(trickle), True),
    ("a byte of a record now and then", AC, all_but(trickle), True),
    ("no content", AC, lambda request, _: request.answer(status=204), True),
    ("a redirect to itself", AC, lambda request, _: request.answer(status=301, Location=request.path), True),
    ("a redirect elsewhere", AC, status(302, Location="http://127.0.0.1:1/"), True),
    ("a redirect to a file", CAS, status(302, Location="file:///etc/passwd"), True),
    ("401", AC, status(401), True),
    ("403", AC, status(403), True),
    ("404 for all", AC, status(404), False),
    ("404 for bytes", CAS, status(404), False),
    ("429", AC, status(429, Retry_After=3600), True),
    ("500", AC, status(500), True),
    ("503 the second time", AC, second_time(status(503)), True),
    ("503 for bytes the second time", CAS, second_time(status(503)), True),
    ("416", CAS, status(416), True),
    ("206 for part of it", CAS, lambda request, data: request.answer((data or b"")[:10], 206), True),
    ("a closed connection", AC, raw(), True),
    ("a connection closed midway", CAS, raw(HEAD + b"Content-Length: 9000\r\n\r\n", b"x"), True),
    ("silence", AC, raw(hold=True), True),
    ("silence after the headers", CAS, raw(HEAD + b"Content-Length: 9000\r\n\r\n", hold=True), True),
    ("headers without an end", AC, endless_headers, True),
    ("a header now and then", AC, slow_headers, True),
    ("a header of 10 MB", AC, raw(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 10_000_000, b"\r\n\r\n"), True),
    ("what is not HTTP", AC, raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP"), True),
    ("a length that is not a number", CAS, raw(HEAD + b"Content-Length: many\r\n\r\n", b"x"), True),
    ("a negative length", CAS, raw(HEAD + b"Content-Length: -1\r\n\r\n", b"x"), True),
    ("two lengths", CAS, raw(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", b"xy"), True),
    ("chunks that are none", CAS, raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\nx\r\n"), True),
    ("chunks without an end", CAS, endless_chunks, True),
    ("gzip", CAS, body(gzip.compress, Content_Encoding="gzip"), True),
    ("a bomb of gzip", AC, body(lambda _: gzip.compress(bytes(64 << 20)), Content_Encoding="gzip"), True),
    ("an escape in the answer", AC, status(500, X="y"), True),
    ("PUT refused", ("PUT", "cas"), status(405), True),
    ("PUT forbidden", ("PUT", "ac"), status(403), True),
    ("PUT without room", ("PUT", "cas"), status(507), True),
    ("PUT without an answer", ("PUT", "cas"), unread, True),
    ("PUT closed", ("PUT", "cas"), raw(), True),
    ("HEAD without an answer", ("HEAD", "cas"), raw(hold=True), True),
    ("HEAD refused, where GET will do", ("HEAD", "ac"), status(405), False),
]  # fmt: skip


@pytest.fixture(scope="module")
def kept() -> dict[str, Path]:
    return {}


@pytest.fixture
def honest(tmp_path_factory, pluginkit, own_artifacts, kept) -> Iterator[tuple[Path, Path]]:
    """A workspace that was built, and what an honest cache has of it; the own cache is empty."""
    if not kept:
        base = tmp_path_factory.mktemp("honest")
        root = monorepo(base / "one")
        assert pluginkit("build", root, "--remote-cache", f"file://{base}/files").status == 0
        kept.update(root=root, files=base / "files")
    shutil.rmtree(own_artifacts / "artifacts", ignore_errors=True)
    return kept["root"], kept["files"]


@pytest.fixture(autouse=True)
def limits(monkeypatch) -> None:
    monkeypatch.setattr(remote, "LIMITS", LIMITS)


def checkout(root: Path, tmp_path: Path) -> Path:
    return shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))


def assert_built(ran: Ran, other: Path, root: Path, *, warned: bool) -> None:
    assert (ran.status, "Traceback" in ran.err) == (0, False), ran.err
    assert contents(other) == contents(root)
    assert ran.err.count("warning: remote cache") == warned, ran.err
    assert ran.err.count("\n") <= 2
    assert ran.err.replace("\n", "").isprintable()


@pytest.mark.sampled(5)
@pytest.mark.parametrize(("which", "lie", "warned"), [row[1:] for row in MODES], ids=[row[0] for row in MODES])
def test_what_a_server_answers_never_keeps_a_build_from_being_right(
    tmp_path, pluginkit, honest, which, lie, warned
) -> None:
    root, files = honest
    if which[0] in ("PUT", "HEAD"):
        files = tmp_path / "files"
        files.mkdir()
    else:
        files = shutil.copytree(files, tmp_path / "files")
    other = checkout(root, tmp_path)
    with lying_server(files, {which: lie}) as (url, server), hang_guard(SECONDS):
        ran = pluginkit("build", other, "--remote-cache", url)
        assert server.asked
    assert_built(ran, other, root, warned=warned)
    assert pluginkit("verify", other).status == 0


@contextmanager
def listening(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Yield the address of a server that is not one of HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        opened: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    opened.append(waiting.accept()[0])
                    if not serve(opened[-1]):
                        opened[-1].close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{waiting.getsockname()[1]}"
    for one in opened:
        one.close()


ELSEWHERE = [
    ("a closed port", "http://127.0.0.1:1", None),
    ("no such host", "http://cache.invalid", None),
    ("an address that is not reached", "http://192.0.2.1", None),
    ("TLS from a server without it", "https://{}", lambda found: found.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ("TLS that is not answered", "https://{}", lambda _: True),
    ("TLS with nonsense", "https://{}", lambda found: found.sendall(b"\x16\x03\x03\xff\xff" + bytes(65535))),
    ("a connection that is not answered", "http://{}", lambda _: True),
    ("a connection that is closed", "http://{}", lambda _: False),
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize(("url", "serve"), [row[1:] for row in ELSEWHERE], ids=[row[0] for row in ELSEWHERE])
def test_a_cache_that_is_not_reached_never_keeps_a_build_from_being_right(
    tmp_path, pluginkit, honest, url, serve
) -> None:
    root, _ = honest
    other = checkout(root, tmp_path)
    with listening(serve or socket.socket.fileno) as address, hang_guard(SECONDS):
        ran = pluginkit("build", other, "--remote-cache", url.format(address))
    assert_built(ran, other, root, warned=True)


@pytest.mark.slow
def test_many_slow_answers_are_given_up_together(tmp_path, monkeypatch) -> None:
    """Each is within its limit, all of them are not."""

    def slow(request: Handler, data: bytes | None) -> None:
        request.wait(0.4)
        request.answer(status=404)

    with lying_server(tmp_path / "files", {AC: slow}) as (url, server), hang_guard(SECONDS):
        cache = remote.open_remote(url)
        for number in range(100):
            assert cache.read(f"{number:064x}") is None
    assert "in time" in cache.trouble
    assert server.asked <= 8


@pytest.mark.slow
def test_much_that_comes_quickly_is_waited_for(tmp_path) -> None:
    """A second more for each MiB."""
    data = bytes(4 << 20)

    def steady(request: Handler, data: bytes | None) -> None:
        request.answer(b"", Content_Length=len(data or b""))
        for start in range(0, len(data or b""), 1 << 18):
            request.write((data or b"")[start : start + (1 << 18)])
            request.wait(0.12)

    with lying_server(tmp_path / "files", {CAS: steady}) as (url, _), hang_guard(SECONDS):
        cache = remote.open_remote(url)
        digest = hashlib.sha256(data).hexdigest()
        cache.put(digest, data)
        assert cache.get(digest, tmp_path / "out", mode=0o644, size=len(data)), cache.trouble
