"""Verified wheel bytes -> a private directory that Python imports from: what was verified is what runs."""

from __future__ import annotations

import atexit
import io
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.ours import is_ours
from pluginkit.runtime.discovery import Candidate
from pluginkit.store.directory import cache_directory

_LIBRARY = "lib"


def unpack(candidate: Candidate) -> str:
    """Return the import root of a verified wheel, unpacked into a directory that only this user can write.

    It is named by the digest of the bytes and used again by the next start, when all its files are still the wheel's.
    """
    place = _store() / candidate.digest.replace(":", "-")
    if _holds(place, candidate):
        return str(place / _LIBRARY)
    fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=".new-"))
    _install(candidate, fresh)
    try:
        fresh.rename(place)
    except OSError:  # another start was first, or what lies there is spoiled and may still be in use
        if _holds(place, candidate):
            shutil.rmtree(fresh, ignore_errors=True)
            return str(place / _LIBRARY)
        atexit.register(shutil.rmtree, fresh, ignore_errors=True)
        return str(fresh / _LIBRARY)
    return str(place / _LIBRARY)


def _store() -> Path:
    """Return where wheels are unpacked: beneath the user's cache, or where that cannot be, until the process ends."""
    try:
        top = cache_directory().absolute()  # plugins may change the working directory
        store = top / "unpacked"
        top.mkdir(parents=True, exist_ok=True, mode=0o700)
        store.mkdir(exist_ok=True, mode=0o700)
        if is_ours(str(store), str(top)):
            return store
    except (OSError, PluginkitError):  # there is no home directory
        pass
    store = Path(tempfile.mkdtemp(prefix="pluginkit-"))
    atexit.register(shutil.rmtree, store, ignore_errors=True)
    return store


def _install(candidate: Candidate, place: Path) -> None:
    from installer import install
    from installer.destinations import SchemeDictionaryDestination
    from installer.sources import WheelFile

    archive = zipfile.ZipFile(io.BytesIO(candidate.wheel or b""))
    archive.filename = Path(candidate.evidence.subject).name
    schemes = {"purelib": _LIBRARY, "platlib": _LIBRARY, "headers": "include", "scripts": "bin", "data": "data"}
    destination = SchemeDictionaryDestination(
        {scheme: str(place / name) for scheme, name in schemes.items()}, interpreter=sys.executable, script_kind="posix"
    )
    install(WheelFile(archive), destination, additional_metadata={})


def _holds(place: Path, candidate: Candidate) -> bool:
    """Return whether an unpacked directory still has exactly the importable files of the verified bytes."""
    from pluginkit.backends.python.wheel.archive import read_archive
    from pluginkit.backends.python.wheel.layout import import_paths

    library = place / _LIBRARY
    if candidate.wheel is None or not library.is_dir() or not is_ours(str(library), str(place)):
        return False
    archive = read_archive(candidate.wheel)
    dist_info = next(name.partition("/")[0] for name in archive.entries if name.endswith(".dist-info/METADATA"))
    wanted = {path: archive.hash(name) for path, name in import_paths(archive.entries, dist_info).items()}
    return wanted == dict(_hashes(library, dist_info))


def _hashes(library: Path, dist_info: str) -> list[tuple[str, str]]:
    from pluginkit.backends.python.regular_file import hash_file

    paths = (path.relative_to(library) for path in library.rglob("*") if path.is_file())
    wanted = [path for path in paths if path.parts[0] != dist_info and "__pycache__" not in path.parts]
    return [(path.as_posix(), hash_file(library / path).hexdigest()) for path in wanted]
