"""Installed distributions: what lies in site-packages, held against RECORD and the stamp, by reading it."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import sha256

from pluginkit.backends.python.file_names import ENTRY_POINTS, STAMP_FILE
from pluginkit.backends.python.installed_record import importable, rows
from pluginkit.backends.python.regular_file import read_file
from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.distinfo import DistInfoError, expand_tags, read_entry_points, read_headers
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.backends.python.wheel.imports import absent_modules, roots_of
from pluginkit.backends.python.wheel.layout import encode_hash, module_name, modules
from pluginkit.core.digest import content_digest
from pluginkit.core.frozen import EMPTY, replace
from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.verdict import Defect, Evidence, Factory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pluginkit.backends.python.distributions import Distribution


def inspect_distribution(one: Distribution, subject: str) -> Evidence:
    """Read an installed distribution, called `subject` in reports.

    What is wrong with it becomes a defect (PK1xx, PK2xx), never an exception. An `.egg-info`, which lists no hashes,
    has no stamp.
    """
    if one.metadata.endswith(".dist-info"):
        evidence = _inspect(_Metadata(one.path, one.contents), subject)
        return replace(evidence, leftovers=one.leftovers) if one.leftovers else evidence
    missing = Defect("PK201", f"{one.metadata} has no stamp")
    return Evidence(subject, name=one.name, defects=(missing,), leftovers=one.leftovers)


def inspect_api(one: Distribution, subject: str) -> Evidence:
    """Read an installed API; of one without a stamp, as third-party ones are, only its content counts."""
    evidence = inspect_distribution(one, subject)
    return evidence if one.has_stamp else replace(evidence, defects=(), unverified=True)


def _inspect(metadata: _Metadata, subject: str) -> Evidence:
    defects: list[Defect] = []
    try:
        headers = read_headers(metadata.read("METADATA"), "METADATA")
        hashes = _hashes(metadata, defects)
        name, version = normalize(_first(headers, "name")), _first(headers, "version")
        content = content_digest(f"{name}@{version}", hashes.items())
    except OSError as error:
        return Evidence(subject, defects=(Defect("PK101", f"{error.filename or metadata.name}: {error.strerror}"),))
    except DistInfoError as error:
        return Evidence(subject, defects=(Defect("PK105", str(error)),))
    except ValueError as error:
        return Evidence(subject, defects=(Defect("PK103", f"RECORD cannot be followed: {error}"),))
    stamp = _stamp(metadata, name, version, defects)
    requires_python = _first(headers, "requires-python")
    requires = tuple(headers.get("requires-dist", ()))
    sources = Sources({name: name for name in hashes}, lambda name: read_file(metadata.root + name), requires_python)
    factories = _factories(metadata, stamp, sources, defects)
    tags = _tags(metadata)
    defects += metadata.changed()
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
        requires=requires,
        requires_python=requires_python,
        tags=tags,
        absent=absent_modules(roots_of(stamp, factories, hashes), sources, requires) if stamp else (),
    )


def content_hashes(dist_info: str) -> dict[str, str]:
    """Return (import path, sha256 hex of the bytes on disk) of the files that RECORD lists: what an API digest covers.

    Raises OSError when a listed file cannot be read.
    """
    metadata = _Metadata(dist_info)
    listed = importable(rows(metadata.read("RECORD")))
    return {path: sha256(read_file(metadata.root + path)).hexdigest() for path, _ in listed}


class _Metadata:
    """The files of a `.dist-info` directory, read when they are asked for."""

    def __init__(self, directory: str, contents: Mapping[str, bytes] = EMPTY) -> None:
        self.name = directory.replace(os.sep, "/").rpartition("/")[2]
        self.root = directory[: -len(self.name)]
        """The import root, with the separator that follows it."""
        self._contents = contents
        self._read: dict[str, bytes] = {}
        self._recorded: dict[str, str] = {}

    def read(self, name: str) -> bytes:
        """Return a file's bytes. Raises OSError."""
        data = self._contents.get(name)
        if data is None:
            data = read_file(f"{self.root}{self.name}/{name}")
        self._read[name] = data
        return data

    def listed(self) -> list[tuple[str, str]]:
        """Return (import path, recorded hash) of the importable files in RECORD. Raises OSError and ValueError."""
        listed = rows(self.read("RECORD"))
        own = f"{self.name}/"
        self._recorded = {row[0][len(own) :]: row[1] for row in listed if row[0].startswith(own)}
        return importable(listed)

    def changed(self) -> Iterator[Defect]:
        """Yield what is wrong with the files that were read, which RECORD lists as all others; itself it cannot."""
        for name, data in self._read.items():
            if name == "RECORD":
                continue
            found = encode_hash(sha256(data).digest())
            recorded = self._recorded.get(name, "")
            if recorded != found:
                what = "is not the file that was installed" if recorded else "has no hash in RECORD"
                yield Defect("PK103", f"{f'{self.name}/{name}'!a} {what}", found, recorded[:160])


def _hashes(metadata: _Metadata, defects: list[Defect]) -> dict[str, str]:
    root, hashes = metadata.root, {}
    for path, recorded in metadata.listed():
        try:
            digest = sha256(read_file(root + path))
        except OSError:
            defects.append(Defect("PK103", f"{path!a} is listed in RECORD and cannot be read"))
            continue
        hashes[path] = digest.hexdigest()
        found = encode_hash(digest.digest())
        if recorded != found:
            defects.append(Defect("PK103", f"{path!a} is not the file that was installed", found, recorded[:160]))
    for path in _unlisted(root, hashes):
        hashes[path] = sha256(read_file(root + path)).hexdigest()
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


def _stamp(metadata: _Metadata, name: str, version: str, defects: list[Defect]) -> Stamp | None:
    try:
        stamp = parse_stamp(metadata.read(STAMP_FILE))
    except FileNotFoundError:
        defects.append(Defect("PK201", f"there is no {metadata.name}/{STAMP_FILE}"))
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
    metadata: _Metadata, stamp: Stamp | None, sources: Sources, defects: list[Defect]
) -> tuple[Factory, ...]:
    if stamp is None or not stamp.contract.group:
        return ()
    try:
        entries = list(read_entry_points(metadata.read(ENTRY_POINTS)))
    except FileNotFoundError:
        return ()
    except DistInfoError as error:
        defects.append(Defect("PK105", str(error)))
        return ()
    mine = [(name, reference) for group, name, reference in entries if group == stamp.contract.group]
    return read_factories(mine, stamp.contract.factory, sources)


def _tags(metadata: _Metadata) -> tuple[str, ...]:
    try:
        return _tags_in(metadata.read("WHEEL"))
    except (DistInfoError, OSError):
        return ()


@lru_cache(maxsize=256)
def _tags_in(data: bytes) -> tuple[str, ...]:
    return expand_tags(read_headers(data, "WHEEL").get("tag", []))


def _first(headers: Mapping[str, list[str]], key: str) -> str:
    return next(iter(headers.get(key, ())), "")
