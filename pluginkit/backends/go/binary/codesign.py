"""The ad-hoc signature that Go's linker gives to programs for macOS: a hash of each page, which a stamp changes.

Layout and constants are those of xnu's `cs_blobs.h`, as `cmd/internal/codesign` writes them.
"""

from __future__ import annotations

import hashlib
import struct

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

    Data = bytes | bytearray | memoryview | mmap.mmap

_LC_CODE_SIGNATURE = 0x1D
_EMBEDDED, _DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_SHA256, _PAGE_BITS = 2, 12
_PAGE = 1 << _PAGE_BITS
_MOST = 512


@record
class Page:
    """A page of a program, and where its hash stands."""

    begin: int
    end: int
    slot: int


def pages(data: Data, begin: int, end: int) -> list[Page]:
    """Return the signed pages of a Mach-O file that `data[begin:end]` touches, as far as they have a hash."""
    try:
        at, size = next(_signatures(data), (0, 0))
        found = list(_touched(data, at, size, begin, end)) if size else []
    except struct.error:
        return []
    return found


def digest(parts: bytes | bytearray) -> bytes:
    """Return the hash of a page."""
    return hashlib.sha256(parts).digest()


def _signatures(data: Data) -> Iterator[tuple[int, int]]:
    """Yield where the signature lies that the load commands name, and its size."""
    count, size = struct.unpack_from("<II", data, 16)
    at, end = 32, min(32 + size, len(data))
    for _ in range(min(count, _MOST)):
        command, length = struct.unpack_from("<II", data, at)
        if length < 8 or at + length > end:
            return
        if command == _LC_CODE_SIGNATURE:
            start, held = struct.unpack_from("<II", data, at + 8)
            if start + held <= len(data):
                yield start, held
            return
        at += length


def _touched(data: Data, at: int, size: int, begin: int, end: int) -> Iterator[Page]:
    magic, _, count = struct.unpack_from(">III", data, at)
    for index in range(min(count, _MOST) if magic == _EMBEDDED else 0):
        _, offset = struct.unpack_from(">II", data, at + 12 + index * 8)
        directory = at + offset
        if offset + 44 > size or struct.unpack_from(">I", data, directory)[0] != _DIRECTORY:
            continue
        hashes, _, _, slots, limit = struct.unpack_from(">IIIII", data, directory + 16)
        width, kind, _, bits = struct.unpack_from(">BBBB", data, directory + 36)
        if (width, kind, bits) != (32, _SHA256, _PAGE_BITS) or limit > at or offset + hashes + slots * 32 > size:
            continue
        for number in range(begin // _PAGE, (end - 1) // _PAGE + 1):
            if number < slots and number * _PAGE < limit:
                start = number * _PAGE
                yield Page(start, min(start + _PAGE, limit), directory + hashes + number * 32)
