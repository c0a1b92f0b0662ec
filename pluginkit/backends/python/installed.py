"""Installed distributions: what lies in site-packages, held against RECORD and the stamp, by reading it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from pluginkit.backends.python.files import read_file
from pluginkit.backends.python.wheel.contract import Sources, read_factories
from pluginkit.backends.python.wheel.distinfo import DistInfoError, expand_tags, read_entry_points, read_headers
from pluginkit.backends.python.wheel.layout import STAMP_FILE, encode, module_name, modules
from pluginkit.core.digest import content_digest
from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp, StampError, parse_stamp
from pluginkit.core.verdict import Defect, Evidence, Factory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_ROW = 128 << 10
"""Characters; what Python's csv takes for one field."""


def site_packages(place: Path) -> Path | None:
    """Return the import root of an environment: of a virtual environment, or `place` itself if it is one."""
    if (place / "pyvenv.cfg").is_file():
        return next((path for path in (*place.glob("lib/python3*/site-packages"), place / "Lib/site-packages")), None)
    return place if any(place.glob("*.dist-info/METADATA")) else None


def distributions(root: Path) -> Iterator[Path]:
    """Yield the `.dist-info` directories in an import root, sorted."""
    yield from sorted(path for path in root.glob("*.dist-info") if (path / "METADATA").is_file())


def inspect_installed(dist_info: str, subject: str) -> Evidence:
    """Read the installed distribution of a `.dist-info` directory.

    What is wrong with it becomes a defect (PK1xx, PK2xx), never an exception.
    """
    defects: list[Defect] = []
    try:
        headers = read_headers(read_file(f"{dist_info}/METADATA"), "METADATA")
        hashes = _hashes(dist_info, defects)
        name, version = normalize(_first(headers, "name")), _first(headers, "version")
        content = content_digest(f"{name}@{version}", hashes.items())
    except OSError as error:
        return Evidence(subject, defects=(Defect("PK101", f"{error.filename or _name(dist_info)}: {error.strerror}"),))
    except DistInfoError as error:
        return Evidence(subject, defects=(Defect("PK105", str(error)),))
    except ValueError as error:
        return Evidence(subject, defects=(Defect("PK103", f"RECORD cannot be followed: {error}"),))
    stamp = _stamp(dist_info, name, version, defects)
    requires_python = _first(headers, "requires-python")
    factories = _factories(dist_info, hashes, stamp, requires_python, defects)
    return Evidence(
        subject=subject,
        name=name,
        version=version,
        defects=tuple(defects),
        stamp=stamp,
        payload=stamp.payload if stamp else "",
        content=content,
        files=tuple(sorted(hashes)),
        factories=factories,
        requires=tuple(headers.get("requires-dist", ())),
        requires_python=requires_python,
        tags=_tags(dist_info),
    )


def content_hashes(dist_info: str) -> dict[str, str]:
    """Return (import path, sha256 hex of the bytes on disk) of the files that RECORD lists: what an API digest covers.

    Raises OSError when a listed file cannot be read.
    """
    root = _root(dist_info)
    return {path: hashlib.sha256(read_file(root + path)).hexdigest() for path, _ in _listed(dist_info)}


def _hashes(dist_info: str, defects: list[Defect]) -> dict[str, str]:
    root, hashes = _root(dist_info), {}
    for path, recorded in _listed(dist_info):
        try:
            digest = hashlib.sha256(read_file(root + path)).hexdigest()
        except OSError:
            defects.append(Defect("PK103", f"{path!a} is listed in RECORD and cannot be read"))
            continue
        hashes[path] = digest
        if recorded != f"sha256={encode(digest)}":
            found = f"sha256={encode(digest)}"
            defects.append(Defect("PK103", f"{path!a} is not the file that was installed", found, recorded[:160]))
    for path in _unlisted(root, hashes):
        hashes[path] = hashlib.sha256(read_file(root + path)).hexdigest()
        defects.append(Defect("PK103", f"{path!a} lies in the package and is not listed in RECORD"))
    return hashes


def _unlisted(root: str, listed: Mapping[str, str]) -> list[str]:
    """Return what could be imported from the packages of a distribution though it did not come with it."""
    found, waiting = [], [module.replace(".", "/") for module in modules(listed)]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(root + inside))
        except OSError:  # a module, not a package
            continue
        for entry in entries:
            path = f"{inside}/{entry.name}"
            if path in listed:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif module_name(entry.name) and entry.is_file():
                found.append(path)
    return sorted(found)


def _listed(dist_info: str) -> Iterator[tuple[str, str]]:
    """Yield (import path, recorded hash) of RECORD's rows for importable files: no metadata, scripts or bytecode."""
    text = read_file(f"{dist_info}/RECORD").decode("utf-8")
    for row in _rows(text):
        path = row[0] if len(row) > 1 else ""
        parts = path.split("/")
        inside = parts[0] and ".." not in parts and not parts[0].endswith(".dist-info")
        if inside and "__pycache__" not in parts:
            yield path, row[1]


def _rows(text: str) -> Iterable[list[str]]:
    """Return the rows of a RECORD, which is CSV, and hardly ever more than commas and line ends."""
    if '"' not in text and "\r" not in text:
        lines = text.split("\n")
        if max(map(len, lines)) > _LONGEST_ROW:
            raise ValueError("a row is too long")
        return (line.split(",") for line in lines)
    import csv
    import io

    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _stamp(dist_info: str, name: str, version: str, defects: list[Defect]) -> Stamp | None:
    try:
        stamp = parse_stamp(read_file(f"{dist_info}/{STAMP_FILE}"))
    except FileNotFoundError:
        defects.append(Defect("PK201", f"there is no {_name(dist_info)}/{STAMP_FILE}"))
        return None
    except (StampError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        defects.append(Defect(getattr(error, "code", "PK202"), reason))
        return None
    if (normalize(stamp.name), stamp.version) != (name, version):
        found, expected = f"{stamp.name} {stamp.version}", f"{name} {version}"
        defects.append(Defect("PK105", "the stamp is another's", found, expected))
    return stamp


def _factories(
    dist_info: str, hashes: Mapping[str, str], stamp: Stamp | None, requires_python: str, defects: list[Defect]
) -> tuple[Factory, ...]:
    if stamp is None or not stamp.contract.group:
        return ()
    root = _root(dist_info)
    sources = Sources({name: name for name in hashes}, lambda name: read_file(root + name), requires_python)
    try:
        entries = list(read_entry_points(read_file(f"{dist_info}/entry_points.txt")))
    except FileNotFoundError:
        return ()
    except DistInfoError as error:
        defects.append(Defect("PK105", str(error)))
        return ()
    mine = [(name, reference) for group, name, reference in entries if group == stamp.contract.group]
    return read_factories(mine, stamp.contract.factory, sources)


def _tags(dist_info: str) -> tuple[str, ...]:
    try:
        return _tags_in(read_file(f"{dist_info}/WHEEL"))
    except (DistInfoError, OSError):
        return ()


@lru_cache(maxsize=256)
def _tags_in(data: bytes) -> tuple[str, ...]:
    return expand_tags(read_headers(data, "WHEEL").get("tag", []))


def _first(headers: Mapping[str, list[str]], key: str) -> str:
    return next(iter(headers.get(key, ())), "")


def _root(dist_info: str) -> str:
    """Return the import root, with the separator that follows it."""
    return dist_info[: -len(_name(dist_info))]


def _name(dist_info: str) -> str:
    return dist_info.replace(os.sep, "/").rpartition("/")[2]
