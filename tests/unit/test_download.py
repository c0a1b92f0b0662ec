"""A file from a URL is whole, or an error within its limits."""

import gc
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cost import hang_guard
from lies import all_but, announcing, body, endless_chunks, endless_headers, flood, raw, slow_headers, status, trickle
from lying_server import Lie, lying_server

from pluginkit.backends.download import download
from pluginkit.core.errors import PluginkitError

DATA = b"a release" * 1000
NOT_HTTP = b"\x16\x03\x01 not HTTP"
LIES: list[tuple[str, Lie]] = [
    ("404", status(404)),
    ("500", status(500)),
    ("a page to sign in", body(lambda _: b"<html>sign in</html>")),
    ("other bytes", body(lambda data: data[:-1] + b"?")),
    ("half of it", all_but(lambda request: request.write(b"x"))),
    ("more than announced", announcing(1000, flood)),
    ("3 GiB", announcing(3 << 30, flood)),
    ("3 GiB without a length", lambda request, _: (request.answer(Content_Length=None), flood(request))),
    ("a byte now and then", all_but(trickle)),
    ("chunks without an end", endless_chunks),
    ("silence", raw(hold=True)),
    ("silence after the headers", raw(b"HTTP/1.1 200 OK\r\n\r\n", hold=True)),
    ("headers without an end", endless_headers),
    ("a header now and then", slow_headers),
    ("a closed connection", raw()),
    ("what is not HTTP", raw(NOT_HTTP)),
    ("a length that is not a number", raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b"x")),
    ("a redirect to itself", lambda request, _: request.answer(status=301, Location=request.path)),
    ("a redirect to a file", status(302, Location="file:///etc/passwd")),
]


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """Wait for what was given up: its sockets are to be closed before another test is blamed for them."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("download"):
            thread.join(10)
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib closes not all it opens
@pytest.mark.parametrize("lie", [row[1] for row in LIES], ids=[row[0] for row in LIES])
def test_what_a_server_answers_is_an_error_within_its_limits(tmp_path: Path, lie: Lie) -> None:
    (tmp_path / "files/x").mkdir(parents=True)
    (tmp_path / "files/x/release.json").write_bytes(DATA)
    expected = hashlib.sha256(DATA).hexdigest()
    with lying_server(tmp_path / "files", {("GET", "x"): lie}) as (url, _), hang_guard():
        url = f"{url}/x/release.json"
        with pytest.raises(PluginkitError) as raised:
            download(url, tmp_path / "out", sha256=expected, most=1 << 20, seconds=0.3)
    assert url in raised.value.message
    assert len(raised.value.message) < 1000
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size <= 1 << 20


def test_what_is_there_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/x").write_bytes(DATA)
    expected = hashlib.sha256(DATA).hexdigest()
    with lying_server(tmp_path / "files") as (url, _):
        for source in (f"{url}/x", f"file://{tmp_path}/files/x"):
            assert download(source, tmp_path / "out", sha256=expected, most=len(DATA)) == expected
            assert (tmp_path / "out").read_bytes() == DATA
