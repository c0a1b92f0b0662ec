"""Installed distributions: what lies in site-packages, held against RECORD and the stamp, by reading it."""

from __future__ import annotations

import os
from functools import lru_cache

from pluginkit.backends.python.file_names import ENTRY_POINTS, STAMP_FILE
from pluginkit.backends.python.installed_files import Files, Metadata
from pluginkit.backends.python.installed_payload import REINSTALL, payload_of, read_signed
from pluginkit.backends.python.installed_record import importable, rows
from pluginkit.backends.python.regular_file import read_file
from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.distinfo import DistInfoError, expand_tags, read_entry_points, read_headers
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.backends.python.wheel.imports import absent_modules, roots_of
from pluginkit.core.digest import content_digest
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.signatures import Signed, is_withheld
from pluginkit.core.stamp import Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.verdict import Defect, Evidence, Factory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pluginkit.backends.python.distributions import Distribution
    from pluginkit.core.trust import Trust


def inspect_distribution(one: Distribution, subject: str, trust: Trust | None = None) -> Evidence:
    """Read an installed distribution, called `subject` in reports.

    What is wrong with it becomes a defect (PK1xx, PK2xx), never an exception. An `.egg-info`, which lists no hashes,
    has no stamp. With a `trust` nothing is parsed of one without a signature by its keys.
    """
    if one.metadata.endswith(".dist-info"):
        evidence = _inspect(one, subject, trust)
        return replace(evidence, leftovers=one.leftovers) if one.leftovers else evidence
    missing = Defect("PK201", f"{one.metadata} has no stamp")
    return Evidence(subject, name=one.name, defects=(missing,), leftovers=one.leftovers)


def inspect_api(one: Distribution, subject: str, trust: Trust | None = None) -> Evidence:
    """Read an installed API; of one without a stamp, as third-party ones are, only its content counts."""
    evidence = inspect_distribution(one, subject, trust if one.has_stamp else None)
    return evidence if one.has_stamp else replace(evidence, defects=(), unverified=True)


def _inspect(one: Distribution, subject: str, trust: Trust | None) -> Evidence:
    defects: list[Defect] = []
    metadata = Metadata(one.path, one.contents)
    signed = read_signed(metadata)
    if is_withheld(signed, trust):
        return _withheld(one, subject, signed)
    try:
        headers = read_headers(metadata.read("METADATA"), "METADATA")
        files = Files(metadata, defects)
        hashes = files.hashes
        name, version = normalize(_first(headers, "name")), _first(headers, "version")
        content = content_digest(f"{name}@{version}", hashes.items())
    except OSError as error:
        return Evidence(subject, defects=(Defect("PK101", f"{error.filename or metadata.name}: {error.strerror}"),))
    except DistInfoError as error:
        return Evidence(subject, defects=(Defect("PK105", str(error)),))
    except ValueError as error:
        return Evidence(subject, defects=(Defect("PK103", f"RECORD cannot be followed: {error}"),))
    stamp = _stamp(metadata, name, version, defects)
    payload = _payload(metadata, hashes, stamp, defects, signed) if stamp else ""
    promised = _promised(metadata, headers, hashes, stamp, defects)
    defects += [*files.lost(stamp), *metadata.changed()]
    return Evidence(
        subject=subject,
        name=name,
        version=version,
        defects=tuple(defects),
        stamp=stamp,
        payload=payload,
        signed=signed,
        content=content,
        files=tuple(sorted(hashes)),
        placed=metadata.placed,
        inits=files.inits,
        site=metadata.root.rstrip(os.sep),
        installed=True,
        **promised,
    )


def _withheld(one: Distribution, subject: str, signed: Signed | None) -> Evidence:
    """Return the evidence of a distribution of which nothing is parsed, since it is not signed as it should be."""
    missing = () if signed else (Defect("PK201", "there is no stamp in it that could have been signed"),)
    return Evidence(
        subject, name=one.name, version=one.version, defects=missing, signed=signed, withheld=True, installed=True
    )


def _promised(
    metadata: Metadata,
    headers: Mapping[str, list[str]],
    hashes: Mapping[str, str],
    stamp: Stamp | None,
    defects: list[Defect],
) -> dict[str, Any]:
    """Return the fields of the evidence that tell what a distribution needs, and offers to hosts."""
    requires_python = _first(headers, "requires-python")
    requires = tuple(headers.get("requires-dist", ()))
    sources = Sources({name: name for name in hashes}, lambda name: read_file(metadata.root + name), requires_python)
    factories = _factories(metadata, stamp, sources, defects)
    return {
        "factories": factories,
        "requires": requires,
        "requires_python": requires_python,
        "tags": _tags(metadata),
        "absent": absent_modules(roots_of(stamp, factories, hashes), sources, requires) if stamp else (),
    }


def content_hashes(dist_info: str) -> dict[str, str]:
    """Return (import path, sha256 hex of the bytes on disk) of the files that RECORD lists: what an API digest covers.

    Raises OSError when a listed file cannot be read.
    """
    metadata = Metadata(dist_info)
    hashes = Files(metadata, []).hashes
    listed = [path for path, _ in importable(rows(metadata.read("RECORD")))]
    for path in listed:
        if path not in hashes:
            read_file(metadata.root + path)
    return {path: hashes[path] for path in listed}


def _stamp(metadata: Metadata, name: str, version: str, defects: list[Defect]) -> Stamp | None:
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


def _payload(
    metadata: Metadata, hashes: Mapping[str, str], stamp: Stamp, defects: list[Defect], signed: Signed | None
) -> str:
    """Return the payload by the files on the disk where the stamp is signed; RECORD, which is not, says it else."""
    if signed is None or signed.envelope is None:
        return stamp.payload
    try:
        found = payload_of(metadata, hashes, stamp.payload)
    except (OSError, ValueError) as error:
        found = f"none: {getattr(error, 'strerror', None) or error}"
    if found != stamp.payload:
        defects.append(Defect("PK104", "its files are not those that were signed", found, stamp.payload, REINSTALL))
    return found


def _factories(metadata: Metadata, stamp: Stamp | None, sources: Sources, defects: list[Defect]) -> tuple[Factory, ...]:
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


def _tags(metadata: Metadata) -> tuple[str, ...]:
    try:
        return _tags_in(metadata.read("WHEEL"))
    except (DistInfoError, OSError):
        return ()


@lru_cache(maxsize=256)
def _tags_in(data: bytes) -> tuple[str, ...]:
    return expand_tags(read_headers(data, "WHEEL").get("tag", []))


def _first(headers: Mapping[str, list[str]], key: str) -> str:
    return next(iter(headers.get(key, ())), "")
