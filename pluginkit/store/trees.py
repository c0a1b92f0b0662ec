"""A workspace's sources as one blob, so that another machine can build from just them."""

import gzip
import tarfile
from collections.abc import Iterable
from pathlib import Path

from pluginkit.core.errors import PluginkitError


def pack(base: Path, names: Iterable[str], target: Path) -> None:
    """Write the files, symlinks and empty directories named, which lie beneath `base`, into an archive at `target`.

    The same files give the same bytes, wherever and whenever they are packed.
    """
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(set(names)):
            archive.add(base / name, name, recursive=False, filter=_plain)


def unpack(archive: Path, target: Path) -> None:
    """Write what an archive holds beneath `target`, and nothing elsewhere. Raises PluginkitError."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            packed.extractall(target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PluginkitError(f"a workspace's sources cannot be unpacked: {error}") from None


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave of an entry what counts as an input: name, kind, bytes and the executable bit."""
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    info.pax_headers = {}
    return info
