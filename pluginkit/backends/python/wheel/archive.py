"""Zip archives read strictly: one meaning for one file, or none.

A wheel must be exactly `(local header, data)* central directory, end record` (PKWARE APPNOTE 6.3.10),
byte for byte, every local header the twin of its central entry. What lenient readers guess at (gaps,
comments, zip64, data descriptors, extra fields, second headers) is where two readers of one file come to
see two different archives, and so is refused. `paths` says which names are accepted.
"""

import hashlib
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, NamedTuple

from pluginkit.backends.python.wheel.paths import check_paths

MAX_ENTRIES = 50_000
MAX_TOTAL = 4 << 30
"""Bytes that all entries together may declare."""
MAX_RATIO = 200
"""Declared over packed size, of an entry or of all, past `_SMALL` bytes; real wheels stay below 30, or small."""
_SMALL = 16 << 20

_CENTRAL = Struct("<4s6H3L5H2L")
_END = Struct("<4s4H2LH")
_CHUNK = 1 << 20
_SMALL_ENOUGH_TO_KEEP = 64 << 10
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x800
_KNOWN_FLAGS = _UTF8 | 0x6  # bits 1 and 2 only tell how hard the writer tried to compress
_SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
_DOS_DIRECTORY = 0x10
_USUAL_ATTRIBUTES = frozenset((stat.S_IFREG | mode) << 16 for mode in (0o644, 0o664, 0o755))
_ANEW = "; stamping writes a wheel anew, without it"
_FLAGS = {
    0x1: "is encrypted",
    0x8: "has a data descriptor, as archives written to a pipe have",
    0x40: "is encrypted",
    0x2000: "is encrypted",
}


class ArchiveError(ValueError):
    """Bytes that are no archive of one meaning; `code` is the rule that refuses them."""

    code = "PK102"


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


@dataclass(frozen=True, slots=True)
class Archive:
    """A framed archive; directory entries are checked and left out."""

    data: memoryview
    entries: Mapping[str, Entry]
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Small files read so far: most are wanted twice, for their hash and for what they say."""

    def read(self, name: str) -> bytes:
        """Return the bytes of an entry.

        Raises ArchiveError when they have not the declared size and CRC, KeyError for an absent name.
        """
        if name in self._kept:
            return self._kept[name]
        entry = self.entries[name]
        packed = self.data[entry.start : entry.start + entry.packed]
        data = bytes(packed) if entry.method == _STORED else _inflate(entry, packed)
        if zlib.crc32(data) != entry.crc:
            raise _wrong_crc(entry)
        if entry.size <= _SMALL_ENOUGH_TO_KEEP:
            self._kept[name] = data
        return data

    def hash(self, name: str, algorithm: str = "sha256") -> str:
        """Return the hexadecimal digest of an entry, without holding a large one in memory; raises as `read` does."""
        entry = self.entries[name]
        if entry.size <= _CHUNK:
            return str(getattr(hashlib, algorithm)(self.read(name)).hexdigest())
        total, crc = hashlib.new(algorithm), 0
        for chunk in _chunks(entry, self.data[entry.start : entry.start + entry.packed]):
            total.update(chunk)
            crc = zlib.crc32(chunk, crc)
        if crc != entry.crc:
            raise _wrong_crc(entry)
        return total.hexdigest()


def read_archive(data: bytes) -> Archive:
    """Frame `data` and check every header and name; contents are checked as they are read.

    Raises ArchiveError for the first thing that is not as it must be.
    """
    count, directory, end = _end_record(data)
    entries: dict[str, Entry] = {}
    names: list[str] = []
    position, local, total = directory, 0, 0
    for _ in range(count):
        entry, position, local = _entry(data, position, local, end)
        names.append(entry.name)
        total += entry.size
        if not entry.name.endswith("/"):
            entries[entry.name] = entry
    if position != end or local != directory:
        raise ArchiveError("bytes lie between its entries, its central directory and its end record")
    if total > MAX_TOTAL or implausible(total, len(data)):
        raise ArchiveError(f"its entries declare {total} bytes in an archive of {len(data)}: too many to unpack")
    if refusal := check_paths(names):
        raise ArchiveError(refusal)
    return Archive(memoryview(data), entries)


def implausible(size: int, packed: int) -> bool:
    """Return whether `packed` bytes that claim to unpack to `size` are taken for a bomb."""
    return size > _SMALL and size > MAX_RATIO * packed


def _end_record(data: bytes) -> tuple[int, int, int]:
    """Return the number of entries, and where the central directory starts and ends."""
    end = len(data) - _END.size
    if not data:
        raise ArchiveError("it is empty")
    if end < 0 or data[end : end + 4] != b"PK\x05\x06":
        found = data.rfind(b"PK\x05\x06")
        raise ArchiveError(
            "it has no end record: it is truncated, or not a zip archive"
            if found < 0
            else f"its last bytes are no end record (one is at byte {found}): a comment or other bytes follow it"
        )
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(data, end)
    if (
        0xFFFF in (disk, first_disk, here, count)
        or 0xFFFFFFFF in (size, start)
        or data[end - 20 : end - 16] == b"PK\x06\x07"
    ):
        raise ArchiveError(f"it is a zip64 archive{_ANEW}")
    if disk or first_disk or here != count or comment:
        raise ArchiveError("its end record speaks of several disks or of a comment")
    if count > MAX_ENTRIES:
        raise ArchiveError(f"it has {count} entries, at most {MAX_ENTRIES} are read")
    if start + size != end:
        raise ArchiveError(
            "its central directory does not end where its end record begins: it has a prefix, a gap or two ends"
        )
    return count, start, end


def _entry(data: bytes, position: int, local: int, end: int) -> tuple[Entry, int, int]:
    """Read the central entry at `position`, whose local header must be at `local`; return where the next ones start."""
    if position + _CENTRAL.size > end:
        raise ArchiveError("its central directory is shorter than its entries")
    header = _CENTRAL.unpack_from(data, position)
    after = position + _CENTRAL.size + header[10]
    raw = data[position + _CENTRAL.size : after]
    name = _check_header(header, raw)
    if header[16] != local:
        raise ArchiveError(
            f"{name!a} starts at byte {header[16]}, not at {local}: entries overlap, or a gap lies between"
        )
    # A local header holds the same fields in the same order, from the version needed to the name.
    start = local + 30 + len(raw)
    twin = b"PK\x03\x04" + data[position + 6 : position + 32] + raw
    if data[local:start] != twin:
        raise ArchiveError(f"the local header of {name!a} is missing or differs from the central directory")
    return Entry(name, header[4], header[7], header[8], header[9], start), after, start + header[8]


def _check_header(header: tuple[Any, ...], raw: bytes) -> str:
    """Return the name of a central header (see `_CENTRAL`) that has nothing but plain files' features."""
    signature, _, need, flags, method, _, _, _, packed, size, _, extra, comment, disk, _, attributes, _ = header
    name = _name(raw, flags)
    if signature != b"PK\x01\x02":
        raise ArchiveError("its central directory holds something else than entries")
    if flags & ~_KNOWN_FLAGS or need > 45:
        raise ArchiveError(f"{name!a} {_flag(flags & ~_KNOWN_FLAGS)}{_ANEW}")
    if method not in (_STORED, _DEFLATED):
        raise ArchiveError(f"{name!a} is packed by method {method}; only stored and deflate are read{_ANEW}")
    if extra or comment or disk:
        raise ArchiveError(f"{name!a} has an extra field, a comment or a disk number{_ANEW}")
    if method == _STORED and packed != size:
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
        raise ArchiveError(f"{name!a} is no regular file (mode {mode:o}): a link or a special file")
    if mode & _SPECIAL_BITS:
        raise ArchiveError(f"{name!a} has a set-user-id, set-group-id or sticky bit (mode {mode:o})")
    if (directory and size) or (not directory and attributes & _DOS_DIRECTORY):
        raise ArchiveError(f"{name!a} is both a file and a directory")


def _inflate(entry: Entry, packed: memoryview) -> bytes:
    """Unpack a deflate stream (RFC 1951) that must end where the entry ends; never unpacks more than declared."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise ArchiveError(f"{entry.name!a} cannot be unpacked: {error}") from None
    if len(data) != entry.size or not stream.eof or stream.unused_data:
        raise _wrong_size(entry)
    return data


def _chunks(entry: Entry, packed: memoryview) -> Iterator[bytes | memoryview]:
    """Yield the bytes of a large entry piece by piece, and hold its size to what it declares."""
    if entry.method == _STORED:
        yield packed
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    done, rest = 0, packed
    try:
        while not stream.eof and done <= entry.size:
            chunk = stream.decompress(rest[:_CHUNK], _CHUNK)
            rest = rest[min(_CHUNK, len(rest)) - len(stream.unconsumed_tail) :]
            if not chunk and not rest:
                break
            done += len(chunk)
            yield chunk
    except zlib.error as error:
        raise ArchiveError(f"{entry.name!a} cannot be unpacked: {error}") from None
    if done != entry.size or not stream.eof or stream.unused_data or rest:
        raise _wrong_size(entry)


def _wrong_size(entry: Entry) -> ArchiveError:
    return ArchiveError(f"{entry.name!a} unpacks to another size than the {entry.size} bytes it declares")


def _wrong_crc(entry: Entry) -> ArchiveError:
    return ArchiveError(f"{entry.name!a} has another CRC-32 than its header")
