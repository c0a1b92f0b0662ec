"""A WebAssembly module by its sections: the stamp and the envelope in the last of them, and Go's build information.

Follows the WebAssembly Core Specification 2.0, section 5.5. A module is a magic number, a version and sections, each an
identifier, a size and so many bytes; custom sections begin with a name and mean nothing to who runs the module. The
stamp is the custom section `pluginkit.stamp`, and nothing comes behind it but the envelope, `pluginkit.signature`. So
the module without its envelope is the beginning of the file, and what is digested is what ELF objects have digested.
"""

from __future__ import annotations

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.core import dsse
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable, Iterator

    Read = Callable[[int, int], bytes]
    """(where, how many at most) -> bytes of a file."""

STAMP, SIGNATURE = b"pluginkit.stamp", b"pluginkit.signature"
"""Names of the custom sections."""
CUSTOM, DATA = 0, 11
HEADER = b"\0asm\x01\0\0\0"
"""Magic number and version."""

_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, DATA)
"""Of the sections that are not custom, each of which there is at most once."""
_MOST = 4096
"""Sections; Go's linker writes about a dozen."""
_LONGEST = 5
"""Bytes of an unsigned number of 32 bits (LEB128)."""


@record
class Section:
    """One section of a module."""

    kind: int
    at: int
    """Where its identifier stands."""
    start: int
    """Where its content begins; that of a custom section, behind its name."""
    end: int
    name: bytes = b""
    """Of a custom section, as far as it can be one of ours."""


def is_module(data: bytes | bytearray | mmap.mmap) -> bool:
    """Return whether bytes begin as those of a WebAssembly module do."""
    return data[:4] == HEADER[:4]


def split(size: int, read: Read) -> tuple[int, bytes | None]:
    """Return how long the module in a file of `size` bytes is without its envelope, and that, if there is one.

    `read(at, count)` returns bytes of the file. Raises ElfError for a module that is damaged, that has two envelopes,
    or something behind its stamp or envelope.
    """
    image, envelope, stamped = size, None, False
    for one in list(_sections(size, read)):
        if envelope is not None:
            raise ElfError("it has two envelopes" if one.name == SIGNATURE else "it has a section behind its envelope")
        if one.name == SIGNATURE:
            length = one.end - one.start
            if not 0 < length <= dsse.MAX_SIZE:
                raise ElfError(f"its envelope has {length} bytes, expected 1 to {dsse.MAX_SIZE}")
            image, envelope = one.at, read(one.start, length)
            _refuse_other_spelling(one, SIGNATURE)
        elif one.name == STAMP:
            stamped = True
            _refuse_other_spelling(one, STAMP)
        elif stamped:
            raise ElfError("it has a section behind its stamp")
    return image, envelope


def find_stamps(data: bytes | bytearray | mmap.mmap) -> list[tuple[int, int]]:
    """Return where the JSON of each stamp begins and ends in a module; nothing of one that is damaged."""
    try:
        found = _sections(len(data), _reader(data))
        return [(one.start, one.end) for one in found if one.name == STAMP]
    except ElfError:
        return []


def sections(data: bytes | bytearray | mmap.mmap) -> Iterator[Section]:
    """Yield the sections of a module. Raises ElfError where it is damaged."""
    return _sections(len(data), _reader(data))


def custom(name: bytes, content: bytes) -> bytes:
    """Return a custom section; its numbers take no byte more than they need."""
    named = _shortest(len(name)) + name + content
    return bytes([CUSTOM]) + _shortest(len(named)) + named


def stamped(module: bytes, stamp: bytes) -> bytes:
    """Return what Go linked with a stamp behind it. Raises ElfError for what is damaged, or has a stamp."""
    if any(one.name in (STAMP, SIGNATURE) for one in sections(module)):
        raise ElfError("it has a stamp or an envelope already")
    return module + custom(STAMP, stamp)


def _sections(size: int, read: Read) -> Iterator[Section]:
    if read(0, len(HEADER)) != HEADER:
        raise ElfError("not a WebAssembly module of version 1")
    at, last, count = len(HEADER), -1, 0
    while at < size:
        head = read(at, 1 + _LONGEST)
        length, used = number(head, 1, f"the size of its section at {at}")
        start = at + used
        end = start + length
        if end > size:
            raise ElfError(f"its section at {at} would end at {end}, and the file ends at {size}: truncated?")
        count += 1
        if count > _MOST:
            raise ElfError(f"it has more than {_MOST} sections")
        if head[0] == CUSTOM:
            yield _custom(at, start, end, read)
        else:
            last = _in_order(head[0], at, last)
            yield Section(head[0], at, start, end)
        at = end


def _custom(at: int, start: int, end: int, read: Read) -> Section:
    length, used = number(read(start, min(_LONGEST, end - start)), 0, f"the name of its section at {at}")
    if length > end - start - used:
        raise ElfError(f"its section at {at} is shorter than its name")
    return Section(CUSTOM, at, start + used + length, end, read(start + used, min(length, len(SIGNATURE) + 1)))


def _in_order(kind: int, at: int, last: int) -> int:
    """Return the place of a section's kind in the order that they have; ElfError where it is not behind the `last`."""
    if kind not in _ORDER:
        raise ElfError(f"its section at {at} is of the unknown kind {kind}")
    if _ORDER.index(kind) <= last:
        raise ElfError(f"its section at {at}, of the kind {kind}, is there twice or out of order")
    return _ORDER.index(kind)


def _refuse_other_spelling(section: Section, name: bytes) -> None:
    """Raise ElfError where the numbers before a section's content are longer than they need to be: only one is read."""
    size = section.end - section.start
    least = len(_shortest(len(name))) + len(name)
    if section.start - section.at != 1 + len(_shortest(size + least)) + least:
        raise ElfError(f"the numbers of its section {name.decode()} are not in their shortest form")


def _reader(data: bytes | bytearray | mmap.mmap) -> Read:
    return lambda at, count: bytes(data[at : at + count])


def number(data: bytes, at: int, what: str) -> tuple[int, int]:
    """Return the unsigned number of 32 bits at an offset, and the offset behind it (LEB128).

    Raises ElfError, which says `what` it would be.
    """
    value = 0
    for place in range(_LONGEST):
        if at + place >= len(data):
            raise ElfError(f"{what} is cut off: truncated?")
        byte = data[at + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            if value >> 32:
                break
            return value, at + place + 1
    raise ElfError(f"{what} is not a number of 32 bits")


def _shortest(value: int) -> bytes:
    """Return an unsigned number in its shortest form (LEB128)."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
