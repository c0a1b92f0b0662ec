"""A directory whose files are known by digest: sealed when it is made, checked by stat each time before it is used.

Code comes from it, so a file that changed, appeared or went, and one that others can write to, makes it damaged. What
only has another stat, as after a copy, is compared by digest once, and then sealed anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pluginkit.core import files
from pluginkit.core.ours import is_private
from pluginkit.incremental import file_stat

SEAL = ".complete"
"""Lies in the directory: what is in it, then the sha256 of that."""
_MARK = 64


def seal(place: Path) -> Mapping[str, str]:
    """Take from others what right to write they have to anything in `place`, and write down what is in it.

    Returns that: by path relative to `place`, the kind and the sha256 of each file, link and directory.
    """
    found = dict(_walk(place))
    for path in found:
        _withdraw(place / path)
    _write(place, list(found), list(found.values()))
    return found


def is_sealed(place: Path) -> bool:
    """Return whether somebody finished what lies at `place`; not whether it is still what it was."""
    try:
        return (place / SEAL).stat().st_size > 0  # earlier versions left an empty one
    except OSError:
        return False


def damage(place: Path, *, whole: bool = False) -> str:
    """Return the first thing in `place` that is not as it was sealed, and how; empty where there is none.

    With `whole` everything is compared by digest, whatever its stat says.
    """
    try:
        paths, known, signed = _read(place)
        if _names(str(place), top=True) != known[0]:
            return "it has other files"
    except (OSError, ValueError, TypeError):
        return f"{SEAL} is damaged"
    found = file_stat.signatures([f"{place}/{path}" for path in paths])
    if found[1:] == signed[1:] and not whole:  # that of the directory itself changes with the seal
        return ""
    pairs = list(zip(paths, known, signed, found, strict=True))[1:]
    for path, was, before, now in pairs:
        if (whole or before != now) and (how := _change(f"{place}/{path}", was)):
            return f"{path} {how}"
    with suppress(OSError):  # the next check takes as long
        _write(place, paths, known)
    return ""


def _change(path: str, was: str) -> str:
    try:
        if not is_private(os.lstat(path)) and not os.path.islink(path):  # noqa: PTH114
            return "can be written to by others"
        if _entry(path) == was:
            return ""
        return "has other files" if was.startswith("directory") else "changed"
    except FileNotFoundError:
        return "is missing"
    except OSError:
        return "cannot be read"


def _walk(place: Path) -> Iterator[tuple[str, str]]:
    """Yield relative paths, the directory's own first, and what lies there."""
    top = str(place)
    for directory, inside, names in os.walk(top):
        prefix = "" if directory == top else f"{os.path.relpath(directory, top)}/"
        yield prefix.rstrip("/") or ".", _names(directory, top=not prefix)
        links = [name for name in inside if os.path.islink(f"{directory}/{name}")]  # noqa: PTH114
        for name in (*names, *links):
            if prefix or SEAL not in name:
                yield f"{prefix}{name}", _entry(f"{directory}/{name}")


def _entry(path: str) -> str:
    if os.path.islink(path):  # noqa: PTH114 - there are many
        return f"link {os.readlink(path)}"  # noqa: PTH115
    if os.path.isdir(path):  # noqa: PTH112
        return _names(path)
    return f"file {files.digest(Path(path))}"


def _names(directory: str, *, top: bool = False) -> str:
    """Return what stands for the names in a directory, those of seals in the `top` one left out."""
    names = sorted(name for name in os.listdir(directory) if not (top and SEAL in name))  # noqa: PTH208
    return "directory " + hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()


def _withdraw(path: Path) -> None:
    found = path.lstat()
    if not path.is_symlink() and found.st_mode & 0o022:
        path.chmod(found.st_mode & 0o7755)


def _write(place: Path, paths: Sequence[str], known: Sequence[str]) -> None:
    fresh = files.beside(place / SEAL)
    files.create(fresh, b"")
    since = fresh.stat().st_mtime_ns  # by the clock of this file system
    signed = [file_stat.settled(one, since) for one in file_stat.signatures([f"{place}/{path}" for path in paths])]
    data = json.dumps([paths, known, signed], separators=(",", ":")).encode()
    try:
        fresh.write_bytes(data + hashlib.sha256(data).hexdigest().encode())
        files.rename(fresh, place / SEAL)
    except OSError:
        files.discard(fresh)
        raise


def _read(place: Path) -> tuple[list[str], list[str], list[str]]:
    """Return paths, what they were, and their stats. Raises ValueError or TypeError for what is none, or damaged."""
    stored = (place / SEAL).read_bytes()
    data, mark = stored[:-_MARK], stored[-_MARK:]
    if hashlib.sha256(data).hexdigest().encode() != mark:
        raise ValueError("torn")
    paths, known, signed = json.loads(data)
    if not len(paths) == len(known) == len(signed) > 0:
        raise ValueError("not a list of files")
    return paths, known, signed
