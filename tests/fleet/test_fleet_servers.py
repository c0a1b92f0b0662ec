"""`fleet` and servers that mean no good, that ask for a password, or that keep objects; and wheels too large for it."""

import base64
import hashlib
import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from fleets import API, GROUP, api, wheel_hosts
from index_server import served
from wheels import file_name, good_wheel

from pluginkit.backends.python.index.pages import read_page
from pluginkit.backends.web import get
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fleet
from pluginkit.operations.fleet import FleetOptions, fleet

SECRET = "Basic " + base64.b64encode(b"name:s3cret").decode()


def plugin(place: Path, name: str, files: Mapping[str, bytes], uses: tuple[str, ...] = ()) -> None:
    place.mkdir(exist_ok=True)
    code = {f"{name}/__init__.py": b"def New():\n    return object()\n", **files}
    points = f"[{GROUP}]\n{name} = {name}:New\n"
    stamp = {"apis": (api("1.0.0"),), "uses": uses}
    data = good_wheel(name, "1.0", files=code, entry_points=points, requires=[API], stamp=stamp)
    (place / file_name(name, "1.0")).write_bytes(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, noise = tmp_path_factory.mktemp("servers"), random.Random(19)
    wheel_hosts(root / "hosts", 1)
    plugin(root / "wheels", "small", {})
    plugin(root / "wheels", "large", {"large/data.bin": noise.randbytes(200_000)})
    plugin(root / "wheels", "heavy", {}, tuple(f"call {noise.randbytes(40).hex()} 1" for _ in range(3000)))
    parts = {f"parts/p{number}/__init__.py": b"# " + noise.randbytes(3000).hex().encode() for number in range(60)}
    plugin(root / "wheels", "parts", parts)
    return root


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(made)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return made


def run(*places: str, **options: Any) -> Fleet:
    return fleet(FleetOptions(places=places, hosts=("hosts/py00",), **options))


def cells(found: Fleet) -> dict[str, object]:
    """Return by file name what the host makes of it."""
    rows = zip(found.releases, found.fits, strict=True)
    return {one.subject.rpartition("/")[2]: [fit and fit.codes for fit in fits] for one, fits in rows}


@pytest.mark.usefixtures("here")
def test_what_does_not_fit_the_budget_is_unread_or_unchecked() -> None:
    with served(Path("wheels")) as index:
        found = run(index.url)
        assert all(index.given[name] <= 64 << 10 for name in index.files)
    releases = {one.name: one for one in found.releases}
    assert releases["heavy"].unread == "more than 60 kB of it would have to be fetched; --download fetches it whole"
    assert releases["parts"].unchecked == ("PK103", "PK104", "PK512")
    assert releases["parts"].unread == releases["small"].unread == ""
    local = cells(run("wheels"))
    assert cells(found) == {**local, file_name("heavy", "1.0"): [None]}


@contextmanager
def web(answers: Mapping[str, tuple[int, str, bytes]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Serve answers, by path: a status, where to (or the type of the content), a body. Yields what was asked, too."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization", "")))
            status, word, body = answers.get(self.path, (404, "", b""))
            self.send_response(status)
            self.send_header("Location" if 300 < status < 400 else "Content-Type", word)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_password_goes_to_its_server_alone_and_is_not_shown(here: Path) -> None:
    data = (here / "wheels" / file_name("small", "1.0")).read_bytes()
    with web({"/b/small-1.0-py3-none-any.whl": (200, "x", data)}) as (other, asked_there):
        page = f'<a href="small-1.0-py3-none-any.whl">a</a><a href="http://{other}/b/small-1.0-py3-none-any.whl">b</a>'
        moved = (302, f"http://{other}/b/small-1.0-py3-none-any.whl", b"")
        answers = {
            "/simple/small/": (200, "text/html", page.encode()),
            "/simple/small/small-1.0-py3-none-any.whl": moved,
        }
        with web(answers) as (mine, asked):
            found = run(f"http://name:s3cret@{mine}/simple/small/", download=True)
            assert {auth for _, auth in asked} == {SECRET}
            assert [path for path, _ in asked] == list(answers)
            assert {auth for _, auth in asked_there} == {""}
            assert "s3cret" not in repr(found)
            assert cells(found) == {file_name("small", "1.0"): [()]}
            for place in (f"http://name:s3cret@{mine}/nothing/", f"ftp://name:s3cret@{mine}/nothing/"):
                with pytest.raises(PluginkitError) as raised:
                    run(place)
                assert "s3cret" not in raised.value.message + raised.value.hint


def test_a_password_may_stand_in_netrc(tmp_path: Path, here: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login name password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    with web({}) as (mine, asked):
        get(f"http://{mine}/x", {}, most=10)
    assert asked == [("/x", SECRET)]


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x"])
@pytest.mark.usefixtures("here")
def test_a_server_leads_nobody_to_files(where: str) -> None:
    with (
        web({"/simple/": (302, where, b"")}) as (mine, _),
        pytest.raises(PluginkitError, match=r"not a web server|the server answers 302"),
    ):
        run(f"http://{mine}/simple/")


def test_links_to_files_are_followed_from_files_alone(here: Path, tmp_path: Path) -> None:
    name = file_name("small", "1.0")
    page = f'<a href="{(here / "wheels" / name).as_uri()}">x</a>'.encode()
    (tmp_path / "page.html").write_bytes(page)
    assert cells(run(str(tmp_path / "page.html"))) == {name: [()]}
    with web({"/simple/": (200, "text/html", page)}) as (mine, _), pytest.raises(PluginkitError, match="no plugin at"):
        run(f"http://{mine}/simple/")


PAGES = [b"<!--", b"<a ", b"<![CDATA[", b"&", b"<a href='", b"</", b"<", b"<a x x x", b"<script>", b"<a b=\"'", b"&#9"]


@pytest.mark.parametrize("unit", PAGES)
def test_hostile_pages_are_read_in_time_linear_in_their_size(unit: bytes) -> None:
    begun = time.perf_counter()
    assert read_page(unit * (200_000 // len(unit)), "text/html", "https://x/").files == ()
    read_page(b'<a href="' + unit * 50_000 + b'">', "text/html", "https://x/")
    assert time.perf_counter() - begun < 3


JSON = [
    b"[" * 100_000,
    b'{"files":' + b"[" * 100_000,
    b"1" * 100_000,
    b"[]",
    b'{"files":{"a":1}}',
    b"\xff",
    b'{"files":[{}]}',
]


@pytest.mark.parametrize("data", JSON, ids=range(len(JSON)))
def test_hostile_json_is_an_error(data: bytes) -> None:
    with pytest.raises(PluginkitError, match="not a page of a simple index"):
        read_page(data, "application/vnd.pypi.simple.v1+json", "https://x/")


LINKS = [  # page, what is found
    ('<base href="/other/"><a href="a-1.whl">', ["https://x/other/a-1.whl"]),
    ("<A HREF=a-1.whl >", ["https://x/simple/a-1.whl"]),
    ("<a class='x' href = 'a-1.whl'/>", ["https://x/simple/a-1.whl"]),
    ('<!-- <a href="b-1.whl"> --><a href="a-1.whl">', ["https://x/simple/a-1.whl"]),
    ('<script>"<a href=b-1.whl>"</script><a href="a-1.whl">', ["https://x/simple/a-1.whl"]),
    ('<a href="a-1.whl?x=1&amp;y=2">', ["https://x/simple/a-1.whl?x=1&y=2"]),
    ('<abbr href="b-1.whl"><a data-href="b-1.whl"><a href="http://[/b-1.whl">', []),
    ('<a href="a-1.whl" href="b-1.whl">', ["https://x/simple/a-1.whl"]),
    ('<a title="a > b" href="a-1.whl">', ["https://x/simple/a-1.whl"]),
]


@pytest.mark.parametrize(("page", "expected"), LINKS)
def test_links_are_those_that_a_browser_finds(page: str, expected: list[str]) -> None:
    assert [one.url for one in read_page(page.encode(), "text/html", "https://x/simple/").files] == expected


NAMES = ["../../../evil-1.0.whl", "a/b-1.whl", "..\\evil-1.0.whl", "a\0-1.whl", "x" * 300 + "-1.whl"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_of_a_file_leads_out_of_the_cache(name: str) -> None:
    described = {"files": [{"filename": name, "url": "x-1.whl", "hashes": {}}]}
    assert read_page(json.dumps(described).encode(), "application/json", "https://x/").files == ()
    page = f'<a href="{quote(name, safe="")}">x</a>'
    assert read_page(page.encode(), "text/html", "https://x/").files == ()


def test_what_has_no_digest_is_fetched_whole_each_time(here: Path) -> None:
    data = [(here / "wheels" / file_name(name, "1.0")).read_bytes() for name in ("small", "large")]
    page = b'<a href="/x-1.0-py3-none-any.whl">x</a>'
    answers = {"/simple/": (200, "text/html", page), "/x-1.0-py3-none-any.whl": (200, "x", data[0])}
    with web(answers) as (mine, _):
        first = run(f"http://{mine}/simple/", download=True)
        answers["/x-1.0-py3-none-any.whl"] = (200, "x", data[1])
        second = run(f"http://{mine}/simple/", download=True)
        del answers["/x-1.0-py3-none-any.whl"]
        third = run(f"http://{mine}/simple/", download=True)
    digests = [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in data]
    assert [one.digest for found in (first, second) for one in found.releases] == digests
    assert "404" in third.releases[0].unread


def test_an_object_store_is_judged_as_the_files_are(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = pytest.importorskip("obstore.store").MemoryStore()
    for path in sorted((here / "wheels").iterdir()):
        memory.put(f"deep/{path.name}", path.read_bytes())
    memory.put("deep/readme.md", b"x")
    memory.put("bad-1.0-py3-none-any.whl", b"PK")
    from pluginkit.store import objects

    real, fetched = objects.Objects, list[tuple[str, int]]()

    class Counted(real):  # type: ignore[misc, valid-type]
        def part(self, path: str, start: int, stop: int) -> bytes:
            fetched.append((path, stop - start))
            return super().part(path, start, stop)  # type: ignore[no-any-return]

    monkeypatch.setattr(objects, "Objects", lambda url: Counted(url, memory))
    found = run("s3://name:s3cret@bucket/prefix")
    assert "s3cret" not in repr(found)
    subjects = [one.subject for one in found.releases]
    assert f"s3://bucket/prefix/deep/{file_name('small', '1.0')}" in subjects
    expected = {**cells(run("wheels")), "bad-1.0-py3-none-any.whl": [("PK102",)], file_name("heavy", "1.0"): [None]}
    assert cells(found) == expected
    total = {path: sum(size for one, size in fetched if one == path) for path, _ in fetched}
    assert max(total.values()) <= 64 << 10
    fetched.clear()
    assert cells(run("s3://name:s3cret@bucket/prefix")) == expected
    assert {path for path, _ in fetched} <= {f"deep/{file_name('heavy', '1.0')}"}
    whole = cells(run("s3://name:s3cret@bucket/prefix", download=True))
    assert whole == {**cells(run("wheels")), "bad-1.0-py3-none-any.whl": [("PK102",)]}
