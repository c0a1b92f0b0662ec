"""Which paths an archive may carry: those that mean one file on every system, and only one."""

import re
import unicodedata
from collections.abc import Collection, Iterable

_DEVICE = r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])"
_PART = rf"(?!{_DEVICE}(?:[./]|\Z))[A-Za-z0-9_.+-]*[A-Za-z0-9_+-]"
_DEVICE_PART = re.compile(rf"{_DEVICE}[ ]*(?:\..*)?", re.DOTALL)
_ORDINARY = re.compile(f"(?:{_PART}/)*{_PART}/?")
_MAX_LENGTH = 255
"""Bytes of one component on every file system in use."""
_MAX_PATH, _MAX_DEPTH = 1000, 64
"""Characters and components of one path; those of real wheels have less than a third of either."""
_MAX_DIRECTORIES = 50_000
"""Above all paths."""


def check_paths(paths: Collection[str]) -> str:
    """Return why these paths (POSIX, directories with a trailing slash) cannot be told apart everywhere, or nothing.

    Refused are climbing, absolute and drive paths, backslashes, control and direction characters, device
    names of Windows, trailing dots and spaces, names that are not in Unicode normal form C, twins by case or
    normal form, and a file that is also a directory.
    """
    ordinary = _ORDINARY.fullmatch
    for path in paths:
        if len(path) > _MAX_PATH or path.count("/") > _MAX_DEPTH:
            return f"the name {_shown(path)} has {len(path)} characters and {path.count('/')} directories: too many"
        if len(path) > _MAX_LENGTH or not ordinary(path):
            refusal = _refusal(path)
            if refusal:
                return f"the name {_shown(path)} {refusal}"
    return _twins(paths)


def _refusal(path: str) -> str:
    """Return what is wrong with one path; only odd ones come here."""
    if path.startswith(("/", "\\")) or re.match("[A-Za-z]:", path):
        return "is absolute"
    if "\\" in path or ":" in path:
        return "has a backslash or a colon"
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in path):
        return "has a control character or one that changes the direction of writing"
    for part in path.removesuffix("/").split("/"):
        if part in ("", ".", ".."):
            return "has an empty, '.' or '..' component"
        if part[-1] in ". ":
            return "has a component that ends in a dot or a space"
        if _DEVICE_PART.fullmatch(part):
            return "is a device on Windows"
        if len(part.encode()) > _MAX_LENGTH:
            return f"has a component longer than {_MAX_LENGTH} bytes"
    return "" if unicodedata.is_normalized("NFC", path) else "is not in Unicode normal form C"


def _twins(paths: Collection[str]) -> str:
    files = [path for path in paths if not path.endswith("/")]
    directories = _parents(paths)
    if len(directories) > _MAX_DIRECTORIES:
        return f"its names are those of more than {_MAX_DIRECTORIES} directories"
    folded = {_fold(path) for path in files}
    parents = {_fold(path) for path in directories}
    once = len(files) == len(paths) or len(set(paths)) == len(paths)
    if once and len(folded) == len(files) and len(parents) == len(directories) and folded.isdisjoint(parents):
        return ""
    return _first_twin(paths, directories)


def _first_twin(paths: Iterable[str], directories: Collection[str]) -> str:
    seen = {_fold(path): path + "/" for path in sorted(directories)}
    for path in directories:
        if seen[_fold(path)] != path + "/":
            return f"{_shown(path)} and {_shown(seen[_fold(path)])} differ only in case"
    listed = set()
    for path in paths:
        if path in listed:
            return f"{_shown(path)} is there twice"
        listed.add(path)
        if path.endswith("/"):
            continue
        twin = seen.setdefault(_fold(path), path)
        if twin != path:
            how = "is also a directory" if twin.endswith("/") else f"and {_shown(twin)} differ only in case"
            return f"{_shown(path)} {how}"
    return ""


def _parents(files: Iterable[str]) -> set[str]:
    """Return every directory above `files`, without trailing slash; of a directory that ends in one itself too.

    Not all are looked for where there are too many.
    """
    found: set[str] = set()
    for parent in {path.rpartition("/")[0] for path in files}:
        if len(found) > _MAX_DIRECTORIES:
            break
        current = parent
        while current and current not in found:
            found.add(current)
            current = current.rpartition("/")[0]
    return found


def _fold(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())


def _shown(path: str) -> str:
    """Return a path as a message may carry it: escaped, and not for pages."""
    return ascii(path) if len(path) <= 120 else f"{path[:120]!a}..."
