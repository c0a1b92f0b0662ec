"""Installed distributions: what lies in site-packages, held against RECORD and the stamp, by reading it."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from pluginkit.backends.python.wheel.contract import Sources, read_factories
from pluginkit.backends.python.wheel.distinfo import DistInfoError, expand_tags, read_entry_points, read_headers
from pluginkit.backends.python.wheel.layout import STAMP_FILE, module_name, modules
from pluginkit.backends.python.wheel.reading import read_file
from pluginkit.backends.python.wheel.record import encode
from pluginkit.core.digest import content_digest
from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp, StampError, parse_stamp
from pluginkit.core.verdict import Defect, Evidence, Factory


def site_packages(place: Path) -> Path | None:
    """Return the import root of an environment: of a virtual environment, or `place` itself if it is one."""
    if (place / "pyvenv.cfg").is_file():
        return next((path for path in (*place.glob("lib/python3*/site-packages"), place / "Lib/site-packages")), None)
    return place if any(place.glob("*.dist-info/METADATA")) else None


def distributions(root: Path) -> Iterator[Path]:
    """Yield the `.dist-info` directories in an import root, sorted."""
    yield from sorted(path for path in root.glob("*.dist-info") if (path / "METADATA").is_file())


def inspect_installed(dist_info: Path, subject: str) -> Evidence:
    """Read one installed distribution. What is wrong with it becomes a defect (PK1xx, PK2xx), never an exception."""
    defects: list[Defect] = []
    try:
        headers = read_headers(read_file(dist_info / "METADATA"), "METADATA")
        hashes = _hashes(dist_info, defects)
        name, version = normalize(_first(headers, "name")), _first(headers, "version")
        content = content_digest(f"{name}@{version}", hashes.items())
    except OSError as error:
        return Evidence(subject, defects=(Defect("PK101", f"{error.filename or dist_info.name}: {error.strerror}"),))
    except DistInfoError as error:
        return Evidence(subject, defects=(Defect("PK105", str(error)),))
    except (ValueError, csv.Error) as error:
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


def content_hashes(dist_info: Path) -> dict[str, str]:
    """Return (import path, sha256 hex of the bytes on disk) of the files that RECORD lists: what an API digest covers.

    Raises OSError when a listed file cannot be read.
    """
    root = dist_info.parent
    return {path: hashlib.sha256(read_file(root / path)).hexdigest() for path, _ in _listed(dist_info)}


def _hashes(dist_info: Path, defects: list[Defect]) -> dict[str, str]:
    hashes = {}
    for path, recorded in _listed(dist_info):
        try:
            digest = hashlib.sha256(read_file(dist_info.parent / path)).hexdigest()
        except OSError:
            defects.append(Defect("PK103", f"{path!a} is listed in RECORD and cannot be read"))
            continue
        hashes[path] = digest
        if recorded != f"sha256={encode(digest)}":
            found = f"sha256={encode(digest)}"
            defects.append(Defect("PK103", f"{path!a} is not the file that was installed", found, recorded[:160]))
    for path in _unlisted(dist_info.parent, hashes):
        hashes[path] = hashlib.sha256(read_file(dist_info.parent / path)).hexdigest()
        defects.append(Defect("PK103", f"{path!a} lies in the package and is not listed in RECORD"))
    return hashes


def _unlisted(root: Path, listed: Mapping[str, str]) -> list[str]:
    """Return what could be imported from the packages of a distribution though it did not come with it."""
    packages = [root / module.replace(".", "/") for module in modules(listed)]
    found = (path for package in packages if package.is_dir() for path in package.rglob("*") if module_name(path.name))
    return sorted(name for name in (path.relative_to(root).as_posix() for path in found) if name not in listed)


def _listed(dist_info: Path) -> Iterator[tuple[str, str]]:
    """Yield (import path, recorded hash) of RECORD's rows for importable files: no metadata, scripts or bytecode."""
    text = read_file(dist_info / "RECORD").decode("utf-8")
    for row in csv.reader(io.StringIO(text)):
        parts = row[0].split("/") if row else []
        inside = parts and ".." not in parts and not row[0].startswith("/") and not parts[0].endswith(".dist-info")
        if inside and "__pycache__" not in parts and len(row) > 1:
            yield row[0], row[1]


def _stamp(dist_info: Path, name: str, version: str, defects: list[Defect]) -> Stamp | None:
    path = dist_info / STAMP_FILE
    if not path.is_file():
        defects.append(Defect("PK201", f"there is no {dist_info.name}/{STAMP_FILE}"))
        return None
    try:
        stamp = parse_stamp(read_file(path))
    except (StampError, OSError) as error:
        defects.append(Defect(getattr(error, "code", "PK202"), str(error)))
        return None
    if (normalize(stamp.name), stamp.version) != (name, version):
        found, expected = f"{stamp.name} {stamp.version}", f"{name} {version}"
        defects.append(Defect("PK105", "the stamp is another's", found, expected))
    return stamp


def _factories(
    dist_info: Path, hashes: Mapping[str, str], stamp: Stamp | None, requires_python: str, defects: list[Defect]
) -> tuple[Factory, ...]:
    path = dist_info / "entry_points.txt"
    if stamp is None or not stamp.contract.group or not path.is_file():
        return ()
    root = dist_info.parent
    sources = Sources({name: name for name in hashes}, lambda name: read_file(root / name), requires_python)
    try:
        entries = list(read_entry_points(read_file(path)))
    except DistInfoError as error:
        defects.append(Defect("PK105", str(error)))
        return ()
    mine = [(name, reference) for group, name, reference in entries if group == stamp.contract.group]
    return read_factories(mine, stamp.contract.factory, sources)


def _tags(dist_info: Path) -> tuple[str, ...]:
    try:
        return expand_tags(read_headers(read_file(dist_info / "WHEEL"), "WHEEL").get("tag", []))
    except (DistInfoError, OSError):
        return ()


def _first(headers: Mapping[str, list[str]], key: str) -> str:
    return next(iter(headers.get(key, ())), "")
