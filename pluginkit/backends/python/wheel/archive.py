"""Zip archives read strictly: one meaning for one file, or none.

A wheel must be exactly `(local header, data)* central directory, end record` (PKWARE APPNOTE 6.3.10),
byte for byte, every local header the twin of its central entry. What lenient readers guess at (gaps,
comments, zip64, second headers) is where two readers of one file come to see two different archives, and so is
refused. `headers` says what of headers is read, `paths` which names are accepted.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct

from pluginkit.backends.python.wheel.headers import STORED, ArchiveError, Entry, implausible, read_entry
from pluginkit.backends.python.wheel.paths import check_paths
from pluginkit.backends.python.wheel.pieces import PIECE, InMemory, Pieces

__all__ = ["MAX_ENTRIES", "Archive", "ArchiveError", "Entry", "implausible", "read_archive"]

MAX_ENTRIES = 50_000
_MAX_DIRECTORY = 16 << 20
"""Bytes of the central directory, which holds all names."""
MAX_TOTAL = 4 << 30
"""Bytes that all entries together may declare."""

_END = Struct("<4s4H2LH")
_AT_ONCE = 1 << 20
_SMALL_ENOUGH_TO_KEEP, _MAX_KEPT = 64 << 10, 512
_RENAME = "give every file a name of its own that all systems have, and rebuild it: {rebuild}"
_COMMENTS = (b"zip-rs",)
"""What writers leave behind the end record of each archive: maturin's, in old versions."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A framed archive."""

    pieces: Pieces
    entries: Mapping[str, Entry]
    """By name, without directories."""
    directories: tuple[str, ...] = ()
    """Names of directories that have entries of their own, with the trailing slash."""
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Small files read so far: most are wanted twice, for their hash and for what they say."""

    def read(self, name: str) -> bytes:
        """Return the bytes of an entry.

        Raises ArchiveError when they have not the declared size and CRC, KeyError for an absent name, OSError.
        """
        if name in self._kept:
            return self._kept[name]
        entry = self.entries[name]
        packed = self.pieces.body(entry.start, entry.start + entry.packed)
        data = bytes(packed) if entry.method == STORED else _inflate(entry, packed)
        if zlib.crc32(data) != entry.crc:
            raise _wrong_crc(entry)
        if entry.size <= _SMALL_ENOUGH_TO_KEEP and len(self._kept) < _MAX_KEPT:
            self._kept[name] = data
        return data

    def hash(self, name: str, algorithm: str = "sha256") -> str:
        """Return the hexadecimal digest of an entry, without holding a large one in memory; raises as `read` does."""
        entry = self.entries[name]
        if entry.size <= _AT_ONCE:
            return str(getattr(hashlib, algorithm)(self.read(name)).hexdigest())
        total, crc = hashlib.new(algorithm), 0
        for chunk in _chunks(entry, self.pieces):
            total.update(chunk)
            crc = zlib.crc32(chunk, crc)
        if crc != entry.crc:
            raise _wrong_crc(entry)
        return total.hexdigest()


def read_archive(data: bytes | Pieces, *, believed: bool = False) -> Archive:
    """Frame `data` and check every header and name; contents are checked as they are read.

    With `believed`, local headers are not looked at: of a file that is fetched in parts they would be most of them.
    Raises ArchiveError for the first thing that is not as it must be, OSError when `data` lies in a file.
    """
    pieces = InMemory(data) if isinstance(data, bytes) else data
    header = pieces.header
    count, start, end = _end_record(pieces)
    directory = bytes(pieces.body(start, end))
    entries: dict[str, Entry] = {}
    names: list[str] = []
    position, local, total = 0, 0, 0
    for _ in range(count):
        entry, position, local = read_entry(directory, position, local, header, believed=believed)
        names.append(entry.name)
        total += entry.size
        if not entry.name.endswith("/"):
            entries[entry.name] = entry
    if position != len(directory) or local != start:
        raise ArchiveError("bytes lie between its entries, its central directory and its end record")
    if total > MAX_TOTAL or implausible(total, pieces.size):
        raise ArchiveError(f"its entries declare {total} bytes in an archive of {pieces.size}: too many to unpack")
    if refusal := check_paths(names):
        raise ArchiveError(
            refusal, hint="give every file a name of its own that all systems have, and rebuild it: {rebuild}"
        )
    listed = tuple(name for name in names if name.endswith("/")) if len(names) > len(entries) else ()
    return Archive(pieces, entries, listed)


def _end_record(pieces: Pieces) -> tuple[int, int, int]:
    """Return the number of entries, and where the central directory starts and ends."""
    if not pieces.size:
        raise ArchiveError("it is empty")
    tail = pieces.header(max(pieces.size - _END.size - pieces.longest_comment, 0), pieces.size)
    left = next((text for text in _COMMENTS if tail.endswith(text)), b"")
    end = len(tail) - _END.size - len(left)
    if end < 0 or tail[end : end + 4] != b"PK\x05\x06":
        found = tail.rfind(b"PK\x05\x06") + pieces.size - len(tail)
        raise ArchiveError(
            "it has no end record: it is truncated, or not a zip archive"
            if b"PK\x05\x06" not in tail
            else f"its last bytes are not an end record (one is at byte {found}): a comment or other bytes follow it"
        )
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, end)
    if (
        0xFFFF in (disk, first_disk, here, count)
        or 0xFFFFFFFF in (size, start)
        or tail[max(end - 20, 0) : max(end - 16, 0)] == b"PK\x06\x07"
    ):
        raise ArchiveError("it is a zip64 archive; stamping writes a wheel anew, without it")
    if disk or first_disk or here != count or comment != len(left):
        raise ArchiveError("its end record speaks of several disks or of a comment")
    if count > MAX_ENTRIES:
        raise ArchiveError(f"it has {count} entries, at most {MAX_ENTRIES} are read")
    if size > _MAX_DIRECTORY:
        raise ArchiveError(f"its central directory has {size} bytes, at most {_MAX_DIRECTORY} are read")
    end += pieces.size - len(tail)
    if start + size != end:
        raise ArchiveError(
            "its central directory does not end where its end record begins: it has a prefix, a gap or two ends"
        )
    return count, start, end


def _inflate(entry: Entry, packed: bytes | memoryview) -> bytes:
    """Unpack a deflate stream (RFC 1951) that must end where the entry ends; never unpacks more than declared."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise _not_deflate(entry, error) from None
    if len(data) != entry.size or not stream.eof or stream.unused_data:
        raise _wrong_size(entry)
    return data


def _chunks(entry: Entry, pieces: Pieces) -> Iterator[bytes | memoryview]:
    """Yield the bytes of a large entry piece by piece, and hold its size to what it declares."""
    end, done = entry.start + entry.packed, 0
    packed = (pieces.body(start, min(start + PIECE, end)) for start in range(entry.start, end, PIECE))
    for chunk in packed if entry.method == STORED else _inflated(entry, packed):
        done += len(chunk)
        if done > entry.size:
            raise _wrong_size(entry)
        yield chunk
    if done != entry.size:
        raise _wrong_size(entry)


def _inflated(entry: Entry, packed: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Unpack a deflate stream given in pieces, into pieces."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            rest: bytes | memoryview = piece
            while rest:
                if stream.eof:
                    raise _wrong_size(entry)
                yield stream.decompress(rest, PIECE)
                rest = stream.unconsumed_tail or stream.unused_data
        while not stream.eof and (chunk := stream.decompress(b"", PIECE)):
            yield chunk
    except zlib.error as error:
        raise _not_deflate(entry, error) from None
    if not stream.eof:
        raise _wrong_size(entry)


def _not_deflate(entry: Entry, error: zlib.error) -> ArchiveError:
    return ArchiveError(f"{entry.name!a} cannot be unpacked: {error}")


def _wrong_size(entry: Entry) -> ArchiveError:
    return ArchiveError(f"{entry.name!a} unpacks to another size than the {entry.size} bytes it declares")


def _wrong_crc(entry: Entry) -> ArchiveError:
    return ArchiveError(f"{entry.name!a} has another CRC-32 than its header")
