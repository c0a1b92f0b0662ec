"""The files of a wheel that any build backend may have written: read with the standard library, which is lenient."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.core.errors import PluginkitError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_LARGE = 16 << 20
"""Bytes that all files together may have to be unpacked at once."""
_PIECE = 256 << 10
_SOURCES = (".py", ".pyi")


class Zipped(Mapping[str, bytes]):
    """Files that stay in their archive, and are unpacked each time they are asked for."""

    def __init__(self, archive: "ZipFile", entries: Mapping[str, "ZipInfo"], file: str) -> None:
        self._archive, self._entries, self._file = archive, entries, file

    def __getitem__(self, name: str) -> bytes:
        with readable(self._file):
            return self._archive.read(self._entries[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def size(self, name: str) -> int:
        """Return how many bytes a file has."""
        return self._entries[name].file_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file in pieces. Raises PluginkitError for what cannot be unpacked."""
        with readable(self._file), self._archive.open(self._entries[name]) as entry:
            while chunk := entry.read(_PIECE):
                yield chunk

    def sources(self, paths: Mapping[str, str]) -> "Zipped":
        """Return the files under other names, `paths` to names; only Python sources have their bytes, others none."""
        return _Sources(self._archive, {path: self._entries[name] for path, name in paths.items()}, self._file)


class _Sources(Zipped):
    def __getitem__(self, name: str) -> bytes:
        return super().__getitem__(name) if name.endswith(_SOURCES) else b""


def opened(wheel: bytes | Path, file: str) -> "ZipFile":
    """Open the archive; `file` names it in errors. Raises PluginkitError for what is not one."""
    from zipfile import ZipFile

    with readable(file):
        return ZipFile(BytesIO(wheel) if isinstance(wheel, bytes) else wheel)


def unpacked(archive: "ZipFile", entries: list["ZipInfo"], file: str) -> Mapping[str, bytes]:
    """Return the files of these entries by name; many bytes are left where they are."""
    zipped = Zipped(archive, {entry.filename: entry for entry in entries}, file)
    return zipped if sum(entry.file_size for entry in entries) > _LARGE else dict(zipped)


def size_of(files: Mapping[str, bytes], name: str) -> int:
    """Return how many bytes a file has."""
    return files.size(name) if isinstance(files, Zipped) else len(files[name])


def chunks_of(files: Mapping[str, bytes], name: str) -> Iterator[bytes]:
    """Yield the bytes of a file, in pieces where it is still packed."""
    return files.chunks(name) if isinstance(files, Zipped) else iter((files[name],))


@contextmanager
def readable(file: str) -> Iterator[None]:
    """Raise PluginkitError, which names `file`, where an archive turns out not to be one."""
    import struct
    import zlib
    from zipfile import BadZipFile

    try:
        yield
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
        raise PluginkitError(f"{file}: not a zip archive that can be read: {error}") from None
