"""Ways in which a server may answer for a shared cache."""

import json
import threading
from collections.abc import Callable

from lying_server import Handler, Lie

from pluginkit.store.action_result import decode, encode


def record(change: Callable[[dict[str, object]], object]) -> Lie:
    """Answer with the right record, but for a change."""

    def lie(request: Handler, data: bytes | None) -> None:
        values = json.loads(decode(data or b"") or b"{}")
        change(values)
        request.answer(encode(json.dumps(values).encode(), ()))

    return lie


def said(**values: object) -> Lie:
    return record(lambda found: found.update(values))


def without(name: str) -> Lie:
    return record(lambda found: found.pop(name))


def body(change: Callable[[bytes], bytes], **headers: object) -> Lie:
    """Answer with other bytes than those kept."""
    return lambda request, data: request.answer(change(data or b""), **headers)


def status(code: int, **headers: object) -> Lie:
    return lambda request, _: request.answer(b"<html>no</html>", code, **headers)


def another(request: Handler, data: bytes | None) -> None:
    """Answer with what is kept by another name of the same kind."""
    own = request.server.files / request.path.lstrip("/")
    others = sorted(path for path in own.parent.iterdir() if path != own)
    request.answer(others[0].read_bytes())


def announcing(size: int, sent: Callable[[Handler], object]) -> Lie:
    """Announce a size, and send what one likes."""

    def lie(request: Handler, data: bytes | None) -> None:
        request.answer(b"", Content_Length=size)
        sent(request)

    return lie


def all_but(sent: Callable[[Handler], object]) -> Lie:
    """Announce the right size, and send what one likes."""
    return lambda request, data: announcing(len(data or b""), sent)(request, data)


def trickle(request: Handler) -> None:
    while not request.server.over.is_set():
        request.write(b"x")
        request.wait(0.05)


def flood(request: Handler) -> None:
    piece = bytes(1 << 20)
    for _ in range(3 << 10):
        request.write(piece)


def raw(*parts: bytes, hold: bool = False) -> Lie:
    """Answer with just these bytes."""

    def lie(request: Handler, _: bytes | None) -> None:
        for part in parts:
            request.wfile.write(part)
        if hold:
            request.wait()

    return lie


def endless_headers(request: Handler, _: bytes | None) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not request.server.over.is_set():
        request.wfile.write(b"X-More: " + b"y" * 4000 + b"\r\n")


def slow_headers(request: Handler, _: bytes | None) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000:
        request.wfile.write(bytes([byte]))
        request.wait(0.05)


def endless_chunks(request: Handler, _: bytes | None) -> None:
    request.answer(b"", Content_Length=None, Transfer_Encoding="chunked")
    while not request.server.over.is_set():
        request.write(b"1\r\nx\r\n")
        request.wait(0.05)


def second_time(lie: Lie) -> Lie:
    """Be honest once."""
    turns = iter([Handler.honest])
    lock = threading.Lock()

    def answer(request: Handler, data: bytes | None) -> None:
        with lock:
            how = next(turns, lie)
        how(request, data)

    return answer


def unread(request: Handler, _: bytes | None) -> None:
    """Take nothing of what is sent."""
    request.wait()
