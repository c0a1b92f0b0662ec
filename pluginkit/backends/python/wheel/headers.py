"""The headers of a zip archive, read strictly: a local one is the twin of its central one, or says the same longer.

Writers differ in what they add: extra fields with times or owners, the sizes once more in 64 bits, or after the data
where they wrote to a pipe. What adds no second meaning is read; what could be taken for another name, size or end is
refused.
"""

import stat
from collections.abc import Callable
from struct import Struct, unpack_from
from typing import Any, NamedTuple

_SMALL = 16 << 20
MAX_RATIO = 200
"""Declared over packed size, of an entry or of all, past `_SMALL` bytes; real wheels stay below 30, or small."""
_LARGE, _LARGE_RATIO = 1 << 30, 50

CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_DESCRIPTOR = Struct("<4s3L")
STORED, DEFLATED = 0, 8
_UTF8, _STREAMED = 0x800, 0x8
_KNOWN_FLAGS = _UTF8 | _STREAMED | 0x6  # bits 1 and 2 only tell how hard the writer tried to compress
_NEWEST = 45
_SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
_DOS_DIRECTORY = 0x10
_USUAL_ATTRIBUTES = frozenset((stat.S_IFREG | mode) << 16 for mode in (0o644, 0o664, 0o755))
_ANEW = "; stamping writes a wheel anew, without it"
_COPY = "ship a copy of what it leads to, or leave it out, and rebuild it: {rebuild}"
_FLAGS = {0x1: "is encrypted", 0x40: "is encrypted", 0x2000: "is encrypted"}
_SENTINEL = 0xFFFFFFFF
"""Of a size that stands in 64 bits elsewhere."""
_ZIP64, _TIMES, _NTFS, _OWNER, _JAR = 0x0001, 0x5455, 0x000A, 0x7875, 0xCAFE


class ArchiveError(ValueError):
    """Bytes that are no archive of one meaning; `code` is the rule that refuses them, `hint` as that of a Defect."""

    code = "PK102"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Entry(NamedTuple):
    """One file of an archive; a tuple, because a dataclass costs three times as much to make."""

    name: str
    method: int
    """0 stored, 8 deflate."""
    crc: int
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes once unpacked, as declared; held to be true at reading."""
    start: int
    """Offset of its first byte."""


def read_entry(
    directory: bytes, position: int, local: int, header: Callable[[int, int], bytes], *, believed: bool = False
) -> tuple[Entry, int, int]:
    """Read the entry at `position` of the central directory, whose local header must be at `local`.

    `header` returns bytes of the archive. Returns the entry, and where the next one's two headers start. Where it is
    `believed`, the local header of an entry without an extra field is not looked at, but taken for its twin.
    """
    if position + CENTRAL.size > len(directory):
        raise ArchiveError("its central directory is shorter than its entries")
    fields = CENTRAL.unpack_from(directory, position)
    names = position + CENTRAL.size
    extras = names + fields[10]
    raw = directory[names:extras]
    name = _check_header(fields, raw)
    if fields[16] != local:
        raise ArchiveError(
            f"{name!a} starts at byte {fields[16]}, not at {local}: entries overlap, or a gap lies between"
        )
    # A local header holds the same fields in the same order, from the version needed to the name.
    start = local + _LOCAL.size + len(raw)
    twin = b"PK\x03\x04" + directory[position + 6 : position + 32] + raw
    if not fields[11] and not fields[3] & _STREAMED and (believed or header(local, start) == twin):
        return Entry(name, fields[4], fields[7], fields[8], fields[9], start), extras, start + fields[8]
    entry = Entry(name, fields[4], fields[7], fields[8], fields[9], start)
    _check_extra(entry, directory[extras : extras + fields[11]])
    entry = _local(entry, fields, header(local, start), raw, header)
    after = entry.start + entry.packed
    return entry, extras + fields[11], _after_descriptor(entry, after, header) if fields[3] & _STREAMED else after


def implausible(size: int, packed: int) -> bool:
    """Return whether `packed` bytes that claim to unpack to `size` are taken for a bomb."""
    return size > _SMALL and size > (MAX_RATIO if size <= _LARGE else _LARGE_RATIO) * packed


def _local(
    entry: Entry, central: tuple[Any, ...], local: bytes, raw: bytes, header: Callable[[int, int], bytes]
) -> Entry:
    """Return the entry with its true start, when its local header says what the central one says.

    Sizes and CRC may be left to the data descriptor, and sizes to the extra field.
    """
    differs = ArchiveError(f"the local header of {entry.name!a} is missing or differs from the central directory")
    if len(local) != _LOCAL.size + len(raw) or local[_LOCAL.size :] != raw:
        raise differs
    signature, need, flags, method, time, date, crc, packed, size, named, length = _LOCAL.unpack_from(local)
    if (signature, named) != (b"PK\x03\x04", len(raw)) or need > _NEWEST or (flags, method, time, date) != central[3:7]:
        raise differs
    extra = header(entry.start, entry.start + length)
    _check_extra(entry, extra)
    left_open = flags & _STREAMED and not (crc or packed or size)
    elsewhere = (_SENTINEL,) if _ZIP64 in dict(_extra_fields(entry, extra)) else ()
    same = crc == entry.crc and packed in (entry.packed, *elsewhere) and size in (entry.size, *elsewhere)
    if not same and not left_open:
        raise differs
    return entry._replace(start=entry.start + length)


def _after_descriptor(entry: Entry, position: int, header: Callable[[int, int], bytes]) -> int:
    """Return where the data descriptor ends, which must repeat the central directory.

    Who reads the archive as a stream finds it where the deflate stream ends; behind stored data, nobody can for sure.
    """
    found = header(position, position + _DESCRIPTOR.size)
    expected = _DESCRIPTOR.pack(b"PK\x07\x08", entry.crc, entry.packed, entry.size)
    if found != expected or (entry.method == STORED and entry.size):
        raise ArchiveError(f"{entry.name!a} has a data descriptor that not all readers find{_ANEW}")
    return position + _DESCRIPTOR.size


def _extra_fields(entry: Entry, extra: bytes) -> list[tuple[int, bytes]]:
    """Split an extra field into (id, data)."""
    found, position = [], 0
    while position < len(extra):
        if position + 4 > len(extra):
            raise ArchiveError(f"{entry.name!a} has an extra field that is cut short")
        kind, length = unpack_from("<2H", extra, position)
        found.append((kind, extra[position + 4 : position + 4 + length]))
        position += 4 + length
    if position != len(extra) or len(dict(found)) != len(found):
        raise ArchiveError(f"{entry.name!a} has an extra field that is cut short, or twice")
    return found


def _check_extra(entry: Entry, extra: bytes) -> None:
    """Refuse extra fields but those that tell times and owners, and sizes that are the same in 64 bits."""
    for kind, data in _extra_fields(entry, extra):
        if kind == _ZIP64:
            harmless = data == entry.size.to_bytes(8, "little") + entry.packed.to_bytes(8, "little")
        elif kind == _TIMES:
            harmless = len(data) in (1, 5, 9, 13) and data[0] < 8
        elif kind == _OWNER:
            harmless = not data or (len(data) == 11 and data[:2] == b"\x01\x04" and data[6] == 4)
        elif kind == _NTFS:
            harmless = len(data) == 32 and data[4:8] == b"\x01\x00\x18\x00"
        else:
            harmless = kind == _JAR and not data
        if not harmless:
            raise ArchiveError(f"{entry.name!a} has an extra field ({kind:#06x}) that may change its meaning{_ANEW}")


def _check_header(header: tuple[Any, ...], raw: bytes) -> str:
    """Return the name of a central header (see `CENTRAL`) that has nothing but plain files' features."""
    signature, _, need, flags, method, _, _, _, packed, size, _, _, comment, disk, _, attributes, _ = header
    name = _name(raw, flags)
    if signature != b"PK\x01\x02":
        raise ArchiveError("its central directory holds something else than entries")
    if flags & ~_KNOWN_FLAGS or need > _NEWEST:
        raise ArchiveError(f"{name!a} {_flag(flags & ~_KNOWN_FLAGS)}{_ANEW}")
    if method not in (STORED, DEFLATED):
        raise ArchiveError(f"{name!a} is packed by method {method}; only stored and deflate are read{_ANEW}")
    if comment or disk:
        raise ArchiveError(f"{name!a} has a comment or a disk number{_ANEW}")
    if method == STORED and packed != size:
        raise ArchiveError(f"{name!a} is stored, but its two sizes differ")
    if implausible(size, packed):
        raise ArchiveError(f"{name!a} declares {size} bytes packed into {packed}")
    if attributes not in _USUAL_ATTRIBUTES or raw.endswith(b"/"):
        _check_mode(name, size, attributes)
    return name


def _flag(unknown: int) -> str:
    return next((text for bit, text in _FLAGS.items() if unknown & bit), "needs a newer zip reader")


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ArchiveError(f"the name {raw[:80]!r} is not UTF-8") from None
    if not flags & _UTF8 and not name.isascii():
        raise ArchiveError(f"the name {name!a} is not ASCII, and not marked as UTF-8")
    return name


def _check_mode(name: str, size: int, attributes: int) -> None:
    mode = attributes >> 16
    directory = name.endswith("/")
    if stat.S_IFMT(mode) not in (0, stat.S_IFDIR if directory else stat.S_IFREG):
        what = "a link, in whose place pip writes a text file" if stat.S_ISLNK(mode) else "a special file"
        raise ArchiveError(f"{name!a} is {what} (mode {mode:o})", hint=_COPY)
    if mode & _SPECIAL_BITS:
        raise ArchiveError(f"{name!a} has a set-user-id, set-group-id or sticky bit (mode {mode:o})")
    if (directory and size) or (not directory and attributes & _DOS_DIRECTORY):
        raise ArchiveError(f"{name!a} is both a file and a directory")
