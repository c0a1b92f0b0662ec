"""A real HTTP server that keeps what is put, and answers as badly as it is told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Lie = Callable[["Handler", bytes | None], object]
"""Answers a request in its own way; what is kept by that name, or nothing, is given."""
LAST_MODIFIED = "Mon, 30 Nov 2026 10:00:00 GMT"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: "Server"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_HEAD(self) -> None:
        self._serve("HEAD")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def kept(self) -> bytes | None:
        place = self.server.files / self.path.lstrip("/")
        return place.read_bytes() if place.is_file() else None

    def answer(self, data: bytes = b"", status: int = 200, **headers: object) -> None:
        """Answer with bytes, and with the headers of an honest server but for those given; None leaves one out."""
        self.send_response(status)
        usual = {"Content_Length": len(data), "Last_Modified": LAST_MODIFIED, "Connection": "close"}
        for name, value in {**usual, **headers}.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.write(data)

    def write(self, data: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(data)

    def honest(self, data: bytes | None) -> None:
        if self.command == "PUT":
            place = self.server.files / self.path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(status=201)
        elif data is None:
            self.answer(status=404)
        else:
            self.answer(data)

    def wait(self, seconds: float = 3600) -> None:
        """Do nothing until the test ends."""
        self.server.over.wait(seconds)

    def _serve(self, method: str) -> None:
        self.close_connection = True
        self.server.asked += 1
        lie = self.server.lies.get((method, self.path.split("/")[1]))
        with suppress(OSError):  # who asked has given up
            (lie or Handler.honest)(self, self.kept())


class Server(ThreadingHTTPServer):
    """What the handlers of one server share."""

    daemon_threads = True

    def __init__(self, files: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.over, self.asked = files, threading.Event(), 0
        self.lies: dict[tuple[str, str], Lie] = {}
        """How to answer to a method and the first part of a path; the rest is answered honestly."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def lying_server(files: Path, lies: dict[tuple[str, str], Lie] | None = None) -> Iterator[tuple[str, Server]]:
    """Run one over a directory; yield its URL, and the server."""
    server = Server(files)
    server.lies = lies or {}
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
