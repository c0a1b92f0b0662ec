"""macOS's check of a program's pages, and programs small enough to move a stamp about in them."""

import hashlib
import struct
from collections.abc import Sequence

PAGE = 4096


def wrong_pages(data: bytes) -> list[int] | None:
    """Return the numbers of the pages whose hash is not the one that the signature has; None: there is no signature.

    All of the file up to the signature has to be covered, by xnu's rules for a linker's ad-hoc signature.
    """
    count, at = struct.unpack_from("<I", data, 16)[0], 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, at)
        if command == 0x1D:
            (start, _) = struct.unpack_from("<II", data, at + 8)
            return list(_wrong(data, start))
        at += size
    return None


def _wrong(data: bytes, start: int) -> Sequence[int]:
    magic, length, blobs, slot, offset = struct.unpack_from(">5I", data, start)
    assert (magic, blobs, slot) == (0xFADE0CC0, 1, 0)
    assert start + length <= len(data)
    directory = start + offset
    magic, _, version, flags, hashes, _, special, slots, limit = struct.unpack_from(">9I", data, directory)
    assert (magic, version, flags, special) == (0xFADE0C02, 0x20400, 0x20002, 0)
    assert data[directory + 36 : directory + 40] == bytes((32, 2, 0, 12))
    assert (limit, slots) == (start, -(-start // PAGE))
    for number in range(slots):
        page = data[number * PAGE : min((number + 1) * PAGE, limit)]
        at = directory + hashes + number * 32
        if hashlib.sha256(page).digest() != data[at : at + 32]:
            yield number


def program(content: bytes, name: bytes = b"a.out\0") -> bytes:
    """Return a Mach-O file that holds `content`, signed as Go's linker does."""
    commands = struct.pack("<IIII", 0x1D, 16, 0, 0)
    head = struct.pack("<4sIIIIIII", b"\xcf\xfa\xed\xfe", 0x0100000C, 0, 2, 1, len(commands), 0, 0)
    limit = len(head) + len(commands) + len(content)
    slots, hashes = -(-limit // PAGE), 88 + len(name)
    size = 20 + hashes + slots * 32
    commands = struct.pack("<IIII", 0x1D, 16, limit, size)
    image = head + commands + content
    blob = struct.pack(">5I", 0xFADE0CC0, size, 1, 0, 20)
    directory = struct.pack(
        ">9I4B4IQQQQ", 0xFADE0C02, size - 20, 0x20400, 0x20002, hashes, 88, 0, slots, limit, 32, 2, 0, 12, 0, 0, 0, 0,
        0, 0, limit, 1,
    )  # fmt: skip
    pages = (image[at : at + PAGE] for at in range(0, limit, PAGE))
    return image + blob + directory + name + b"".join(hashlib.sha256(page).digest() for page in pages)
