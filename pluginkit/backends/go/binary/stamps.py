"""The stamp in a Go binary: a string constant between two marks, which no UTF-8 text holds.

That of a WebAssembly module is a section of it instead.
"""

from __future__ import annotations

import hashlib

from pluginkit.backends.go.binary import wasm
from pluginkit.core.digest import is_sha256
from pluginkit.core.stamp import MAX_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Sequence

BEGIN = b"\xffpluginkit stamp 1, what this binary was built against; `pluginkit inspect` shows it: "
"""For people who look at a binary's strings. Its length counts: the longer it is, the faster it is found."""
END = b"\xff"
UNKNOWN = "sha256:" + "0" * 64
"""The payload that a stamp names until its artifact is linked."""

MACHO = b"\xcf\xfa\xed\xfe"
"""How programs for macOS begin."""

_MOST = 16
"""Stamps looked for: two are one too many."""
_PAYLOAD = b'"payload":"'


def find_stamps(data: bytes | bytearray | mmap.mmap) -> list[tuple[int, int]]:
    """Return where the JSON of each stamp begins and ends in the bytes of a binary.

    One whose end is missing ends where the longest stamp would.
    """
    if wasm.is_module(data):
        return wasm.find_stamps(data)
    found: list[tuple[int, int]] = []
    at = data.find(BEGIN)
    while at >= 0 and len(found) < _MOST:
        start = at + len(BEGIN)
        limit = min(len(data), start + MAX_SIZE + 1)
        end = data.find(END, start, limit)
        found.append((start, end if end >= 0 else limit))
        at = data.find(BEGIN, start)
    return found


def payload_at(data: bytes | bytearray | mmap.mmap, start: int, end: int) -> tuple[int, int] | None:
    """Return where the payload's digest stands in the stamp `data[start:end]`, if it names one."""
    at = data.find(_PAYLOAD, start, end)
    while at >= 0:
        begin = at + len(_PAYLOAD)
        stop = begin + len(UNKNOWN)
        named = bytes(data[begin : min(stop + 1, end)]).decode("latin-1")
        if named[-1:] == '"' and is_sha256(named[:-1]):
            return begin, stop
        at = data.find(_PAYLOAD, begin, end)
    return None


def payload_digest(data: bytes | bytearray | mmap.mmap, start: int, end: int) -> str:
    """Return `sha256:` of the file as it was linked: its stamp, at `data[start:end]`, names `UNKNOWN`.

    Where a signature of the linker's holds a hash of that, it is the one that it was then.
    """
    span = payload_at(data, start, end)
    total, view, at = hashlib.sha256(), memoryview(data), 0
    for begin, text in with_payload(data, span, UNKNOWN.encode()) if span else ():
        total.update(view[at:begin])
        total.update(text)
        at = begin + len(text)
    total.update(view[at:])
    return f"sha256:{total.hexdigest()}"


def with_payload(
    data: bytes | bytearray | mmap.mmap, span: tuple[int, int], payload: bytes
) -> Sequence[tuple[int, bytes]]:
    """Return what another payload at `span` changes, in order: offsets, and the bytes that stand there then.

    That is the payload; and in a program for macOS the hash of each page that it lies in, in the linker's signature,
    where that is the hash of the page as it is.
    """
    changed = [(span[0], payload)]
    if data[:4] == MACHO:
        from pluginkit.backends.go.binary.codesign import digest, pages

        for page in pages(data, *span):
            bytes_ = bytearray(data[page.begin : page.end])
            if data[page.slot : page.slot + 32] == digest(bytes_):
                begin, end = max(span[0], page.begin), min(span[1], page.end)
                bytes_[begin - page.begin : end - page.begin] = payload[begin - span[0] : end - span[0]]
                changed.append((page.slot, digest(bytes_)))
    return sorted(changed)
