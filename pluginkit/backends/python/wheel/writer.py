"""Archives written in canonical form: equal files give equal bytes, whatever their order, times or umask were."""

import struct
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import BinaryIO

from pluginkit.backends.python.wheel.archive import MAX_ENTRIES, implausible
from pluginkit.core.errors import PluginkitError

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UNIX, _VERSION = 3 << 8, 20
_TIME, _DATE = 0, 1 << 5 | 1  # 1980-01-01 00:00, the first moment of the format
_REGULAR, _EXECUTABLE = 0o100644 << 16, 0o100755 << 16
_MAX_SIZE = 0xFFFFFFFE
"""Bytes; what is larger needs zip64."""
_AT_ONCE = 1 << 20
_LEVEL = 6


class ArchiveWriter:
    """Writes entries in the order given, with fixed time and modes, no directories and no extra fields.

    Each is deflated where that is smaller than storing and no reader takes it for a bomb. Raises PluginkitError for
    what would need zip64.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._directory: list[bytes] = []
        self._offset, self._count = 0, 0

    def add(self, name: str, size: int, chunks: Callable[[], Iterable[bytes]], *, executable: bool = False) -> None:
        """Write an entry of `size` bytes, which `chunks` gives, twice if need be."""
        _refuse_zip64(size)
        path = name.encode()
        if size <= _AT_ONCE:
            fields, packed = _small(path, b"".join(chunks()))
            self._target.write(_local(path, fields) + path + packed)
        else:
            fields = self._large(path, size, chunks)
        _refuse_zip64(self._offset + fields[6])
        attributes = _EXECUTABLE if executable else _REGULAR
        lengths = (len(path), 0, 0, 0, 0, attributes, self._offset)
        self._directory += [_CENTRAL.pack(b"PK\x01\x02", _UNIX | _VERSION, *fields, *lengths), path]
        self._offset += _LOCAL.size + len(path) + fields[6]
        self._count += 1

    def end(self) -> None:
        """Write the central directory."""
        if self._count > MAX_ENTRIES:
            raise PluginkitError(f"a wheel of more than {MAX_ENTRIES} files cannot be stamped")
        index = b"".join(self._directory)
        end = _END.pack(b"PK\x05\x06", 0, 0, self._count, self._count, len(index), self._offset, 0)
        self._target.write(index + end)

    def _large(self, path: bytes, size: int, chunks: Callable[[], Iterable[bytes]]) -> tuple[int, ...]:
        """Write an entry piece by piece, and its header once the sizes are known."""
        start = self._offset + _LOCAL.size + len(path)
        self._target.seek(start)
        stream, crc, packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS), 0, 0
        for chunk in chunks():
            crc = zlib.crc32(chunk, crc)
            packed += self._target.write(stream.compress(chunk))
        packed += self._target.write(stream.flush())
        fields = _fields(path, crc, size, packed)
        if fields[2] == 0:
            self._target.seek(start)
            self._target.truncate()
            self._target.writelines(chunks())
        self._target.seek(self._offset)
        self._target.write(_local(path, fields) + path)
        self._target.seek(start + fields[6])
        return fields


def write_archive(files: Iterable[tuple[str, bytes, bool]]) -> bytes:
    """Return an archive of (name, bytes, whether executable) in canonical form."""
    target = BytesIO()
    writer = ArchiveWriter(target)
    for name, data, executable in files:
        writer.add(name, len(data), lambda data=data: (data,), executable=executable)  # type: ignore[misc]
    writer.end()
    return target.getvalue()


def _refuse_zip64(size: int) -> None:
    if size > _MAX_SIZE:
        raise PluginkitError(f"a wheel of more than {_MAX_SIZE} bytes cannot be stamped")


def _small(path: bytes, data: bytes) -> tuple[tuple[int, ...], bytes]:
    packed = zlib.compress(data, _LEVEL, -zlib.MAX_WBITS)
    fields = _fields(path, zlib.crc32(data), len(data), len(packed))
    return fields, packed if fields[2] else data


def _fields(path: bytes, crc: int, size: int, packed: int) -> tuple[int, ...]:
    """Return what both headers of an entry have, from the version needed to the size."""
    stored = packed >= size or implausible(size, packed)
    flags, method = 0 if path.isascii() else 0x800, 0 if stored else 8
    return _VERSION, flags, method, _TIME, _DATE, crc, size if stored else packed, size


def _local(path: bytes, fields: tuple[int, ...]) -> bytes:
    return _LOCAL.pack(b"PK\x03\x04", *fields, len(path), 0)
