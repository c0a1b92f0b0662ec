"""A package index over HTTP that counts what it gives: PEP 503 and PEP 691 pages, files with ranges or without.

with served(directory) as index:
    index.url                        its root, `.../simple/`
    index.given["acme-1.0.whl"]      bytes of bodies that were sent of a file
    index.behaviour = "no ranges"    see BEHAVIOURS
"""

import hashlib
import html
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import unquote

from pluginkit.core.names import normalize

BEHAVIOURS = (
    "",
    "no ranges",  # 200 and the whole file, whatever is asked
    "wrong range",  # another Content-Range than what is sent
    "no content-range",
    "grows",  # another size each time
    "busy",  # 503 the first time
    "gone",  # 404 for files
    "endless",  # a part that has no end
    "short",  # fewer bytes than announced
    "html",  # no JSON
    "no hashes",
)


class Index:
    """The state of a server."""

    def __init__(self, directory: Path) -> None:
        self.files = {path.name: path for path in sorted(directory.rglob("*.whl"))}
        self.behaviour, self.yanked = "", set[str]()
        self.given: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.url = ""
        self.lock = Lock()

    def projects(self) -> dict[str, list[Path]]:
        """Return the files of each project, by normal name."""
        found: dict[str, list[Path]] = {}
        for name, path in self.files.items():
            found.setdefault(normalize(name.partition("-")[0]), []).append(path)
        return found


@contextmanager
def served(directory: Path) -> Iterator[Index]:
    """Serve the wheels beneath a directory until the end of the block."""
    index = Index(directory)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": index}))
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    index: Index
    protocol_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        index, path = self.index, unquote(self.path)
        with index.lock:
            index.requests[path] += 1
            first = index.requests[path] == 1
        if index.behaviour == "busy" and first:
            self._answer(503, b"", {"Retry-After": "0"})
        elif path.startswith("/files/"):
            self._file(path.removeprefix("/files/"))
        elif path == "/simple/":
            self._page({"projects": [{"name": name} for name in index.projects()]})
        elif path == "/links.html":
            links = "".join(f'<a href="/files/{name}">{name}</a>' for name in index.files)
            self._answer(
                200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), {"Content-Type": "text/html"}
            )
        else:
            found = index.projects().get(path.removeprefix("/simple/").strip("/"))
            if found is None:
                self._answer(404, b"", {})
            else:
                self._page({"name": path, "files": [self._described(one) for one in found]})

    def _described(self, path: Path) -> dict[str, object]:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes = {} if self.index.behaviour == "no hashes" else {"sha256": digest}
        return {
            "filename": path.name,
            "url": f"/files/{path.name}",
            "hashes": hashes,
            "yanked": path.name in self.index.yanked,
        }

    def _page(self, value: dict[str, list[dict[str, object]]]) -> None:
        if self.index.behaviour != "html" and "json" in self.headers.get("Accept", ""):
            kind = "application/vnd.pypi.simple.v1+json"
            self._answer(200, json.dumps({"meta": {"api-version": "1.1"}, **value}).encode(), {"Content-Type": kind})
            return
        lines = [f'<a href="{one["name"]}/">{one["name"]}</a>' for one in value.get("projects", ())]
        for one in value.get("files", ()):
            yanked = ' data-yanked="old"' if one["yanked"] else ""
            name = html.escape(str(one["filename"]))
            lines.append(f'<a href="../../files/{name}#sha256={one["hashes"]["sha256"]}"{yanked}>{name}</a>')  # type: ignore[index]
        text = f"<!DOCTYPE html><html><body>{'<br>'.join(lines)}</body></html>"
        self._answer(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _file(self, name: str) -> None:
        index, behaviour = self.index, self.index.behaviour
        path = index.files.get(name)
        if path is None or behaviour == "gone":
            self._answer(404, b"", {})
            return
        data = path.read_bytes()
        asked = self.headers.get("Range", "")
        if not asked or behaviour == "no ranges":
            self._answer(200, data, {}, name)
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(len(data) - int(last), 0)
        stop = min(int(last) + 1 if first and last else len(data), len(data))
        size = len(data) + (index.requests[self.path] if behaviour == "grows" else 0)
        shown = f"bytes {start + (behaviour == 'wrong range')}-{stop - 1}/{size}"
        headers = {} if behaviour == "no content-range" else {"Content-Range": shown}
        self._answer(206, data[start:stop], {"ETag": f'"{len(data)}"', **headers}, name)

    def _answer(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        endless, short = (self.index.behaviour == one and name for one in ("endless", "short"))
        if not endless:
            self.send_header("Content-Length", str(len(body) + (10 if short else 0)))
        self.end_headers()
        try:
            sent = self.wfile.write(body)
            with self.index.lock:
                self.index.given[name] += sent
            for _ in range(1000 if endless else 0):
                self.wfile.write(b"x" * 4096)
        except OSError:  # who asked has hung up
            pass
