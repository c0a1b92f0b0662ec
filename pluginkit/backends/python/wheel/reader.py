"""What a wheel says of itself, read from its bytes alone: evidence, and everything that is wrong with them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pluginkit.backends.python.file_names import ENTRY_POINTS, SIGNATURE_FILE, STAMP_FILE
from pluginkit.backends.python.inits import wheel_inits
from pluginkit.backends.python.regular_file import read_file
from pluginkit.backends.python.wheel.archive import Archive, ArchiveError, read_archive
from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.distinfo import (
    DistInfoError,
    FileName,
    expand_tags,
    parse_file_name,
    read_entry_points,
    read_headers,
    same_version,
    single,
)
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.backends.python.wheel.hazards import SCRIPT_GROUPS, collisions, hazards, script_hazards
from pluginkit.backends.python.wheel.imports import absent_modules, roots_of
from pluginkit.backends.python.wheel.layout import (
    content_files,
    content_of,
    import_paths,
    metadata_directories,
    payload_digest,
    placed,
)
from pluginkit.backends.python.wheel.pieces import InMemory, Pieces, opened
from pluginkit.backends.python.wheel.record import check_record, hash_files
from pluginkit.backends.python.wheel.signed import read_signed
from pluginkit.core.digest import content_digest
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.signatures import Signed, is_withheld
from pluginkit.core.stamp import MAX_SIZE, Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.verdict import Defect, Evidence, Factory, Import

if TYPE_CHECKING:
    from pluginkit.core.ownership import Init
    from pluginkit.core.trust import Trust

__all__ = ["content_files", "inspect_bytes", "inspect_wheel", "payload_digest"]

_MAX_TEXT = 16 << 20
"""Bytes of METADATA, WHEEL or entry_points.txt."""
_MAX_HAZARDS = 20
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

T = TypeVar("T")


def inspect_wheel(path: Path, subject: str, trust: "Trust | None" = None) -> Evidence:
    """Read the wheel at `path`, called `subject` in reports; whatever is wrong becomes a defect, never an exception.

    Of a large one, only pieces are in memory. With a `trust` nothing is parsed of one without a signature by its keys.
    """
    return read_at(path, subject, lambda pieces: inspect_pieces(pieces, path.name, subject, trust))


def inspect_bytes(data: bytes, file: str, subject: str, trust: "Trust | None" = None) -> Evidence:
    """Read a wheel's bytes; `file` is its file name, which says its name, version and tags once more."""
    return inspect_pieces(InMemory(data), file, subject, trust)


def read_bytes(path: Path, subject: str) -> bytes | Evidence:
    """Return the bytes of the wheel at `path`, or the evidence of one that cannot be read."""
    try:
        return read_file(path)
    except (OSError, ValueError, MemoryError) as error:
        return _unreadable(subject, error)


def read_at(path: Path, subject: str, read: Callable[[Pieces], Evidence]) -> Evidence:
    """Return what `read` makes of a file, or the evidence of one that cannot be read."""
    try:
        with opened(path) as pieces:
            return read(pieces)
    except (OSError, MemoryError) as error:
        return _unreadable(subject, error)


def _unreadable(subject: str, error: Exception) -> Evidence:
    reason = getattr(error, "strerror", None) or str(error) or "it does not fit into memory"
    return Evidence(subject, defects=(Defect("PK101", f"cannot be read: {reason}"),))


def inspect_pieces(pieces: Pieces, file: str, subject: str, trust: "Trust | None") -> Evidence:
    """Read a wheel as `inspect_wheel` does. Raises OSError for what cannot be read of a file."""
    try:
        archive = read_archive(pieces)
        hashes = hash_files(archive)
    except ArchiveError as error:
        return Evidence(subject, defects=(Defect(error.code, str(error), hint=error.hint),))
    except MemoryError as error:
        return _unreadable(subject, error)
    return Reading(archive, hashes, file).evidence(subject, trust)


class Reading:
    """One wheel being read; collects what is wrong as it goes."""

    def __init__(self, archive: Archive, hashes: Mapping[str, str], file: str) -> None:
        self.archive = archive
        self.hashes = hashes
        self.file = file
        self.defects: list[Defect] = []
        self.scripts: list[str] = []

    def evidence(self, subject: str, trust: "Trust | None") -> Evidence:
        named = self._claim(lambda: parse_file_name(self.file), FileName("", "", ()))
        dist_info = self._dist_info(named)
        if dist_info is None:
            self._refuse(hazards(self.hashes, ".dist-info"))
            return Evidence(subject, name=normalize(named.name), version=named.version, defects=tuple(self.defects))
        signed = read_signed(self.archive, dist_info)
        if is_withheld(signed, trust):
            return self._withheld(subject, named, signed)
        self._check_places(dist_info)
        self.defects += check_record(self.archive, self.hashes, dist_info)
        headers = self._headers(dist_info, "METADATA")
        name, version = self._identity(headers, named, dist_info)
        payload = payload_digest(self.hashes, dist_info)
        stamp = self._stamp(dist_info, name, version, payload)
        paths = import_paths(self.hashes, dist_info)
        requires_python = (headers.get("requires-python") or [""])[0]
        requires = tuple(headers.get("requires-dist", ()))
        sources = Sources(paths, self.archive.read, requires_python)
        factories = self._factories(dist_info, stamp, sources)
        return Evidence(
            subject,
            name=name,
            version=version,
            stamp=stamp,
            payload=payload,
            content=self._content(name, version, paths),
            files=tuple(sorted(paths)),
            placed=placed(self.hashes, dist_info, self.scripts),
            inits=self._inits(paths),
            factories=factories,
            requires=requires,
            requires_python=requires_python,
            tags=self._tags(dist_info, named),
            absent=self._absent(stamp, factories, sources, requires),
            defects=tuple(self.defects),
            signed=signed,
        )

    def _withheld(self, subject: str, named: FileName, signed: Signed | None) -> Evidence:
        """Return the evidence of a wheel of which nothing but its names was looked at."""
        if signed is None:
            self.defects.append(Defect("PK201", "there is no stamp in it that could have been signed"))
        name, defects = normalize(named.name), tuple(self.defects)
        return Evidence(subject, name=name, version=named.version, defects=defects, signed=signed, withheld=True)

    def _claim(self, read: Callable[[], T], otherwise: T) -> T:
        """Return what `read` returns; where it finds a text of no clear meaning, note that and go on."""
        try:
            return read()
        except DistInfoError as error:
            self.defects.append(Defect("PK105", str(error)))
            return otherwise

    def _refuse(self, defects: Iterable[Defect]) -> None:
        """Note what is wrong; of each kind only the first ones, and how many more there are."""
        found: dict[str, list[Defect]] = {}
        for defect in defects:
            found.setdefault(defect.hint, []).append(defect)
        for alike in found.values():
            self.defects += alike[:_MAX_HAZARDS]
            if len(alike) > _MAX_HAZARDS:
                more = f"and {len(alike) - _MAX_HAZARDS} more of this kind"
                self.defects.append(replace(alike[0], message=more))

    def _headers(self, dist_info: str, file: str) -> Mapping[str, list[str]]:
        nothing: Mapping[str, list[str]] = {}
        return self._claim(lambda: read_headers(self._text(f"{dist_info}/{file}"), file), nothing)

    def _text(self, name: str) -> bytes:
        entry = self.archive.entries.get(name)
        if entry is None:
            raise DistInfoError(f"there is no {name}")
        if entry.size > _MAX_TEXT:
            raise DistInfoError(f"{name} has {entry.size} bytes, at most {_MAX_TEXT} are read")
        return self.archive.read(name)

    def _dist_info(self, named: FileName) -> str | None:
        """Return the one metadata directory; where there are others too, the one of the file name."""
        found = metadata_directories((*self.hashes, *self.archive.directories))
        if len(found) != 1 or not found[0].endswith(".dist-info"):
            listed = ", ".join(map(ascii, found[:5])) or "none"
            self.defects.append(Defect("PK105", "expected one .dist-info directory", found=listed, expected="one"))
        wanted = f"{named.name}-{named.version}.dist-info"
        exact = [top for top in found if top.endswith(".dist-info")]
        return wanted if wanted in exact else exact[0] if len(exact) == 1 else None

    def _check_places(self, dist_info: str) -> None:
        """Refuse files that act by merely being installed, or that would be installed over others."""
        self._refuse(hazards(self.hashes, dist_info))
        self.defects += collisions(self.hashes, dist_info)

    def _identity(self, headers: Mapping[str, list[str]], named: FileName, dist_info: str) -> tuple[str, str]:
        """Return normalized name and version by METADATA, held against the file name and the directory."""
        name = self._claim(lambda: single(headers, "Name", "METADATA"), "") if headers else ""
        version = self._claim(lambda: single(headers, "Version", "METADATA"), "") if headers else ""
        if len(headers.get("requires-python", [])) > 1:
            self._mismatch("Requires-Python stands twice in METADATA")
        if name and not _NAME.fullmatch(name):
            self._mismatch(f"the name {name[:80]!a} is not a distribution's name in ASCII")
        if version and not same_version(version, version):
            self._mismatch(f"the version {version[:80]!a} is not one (PEP 440)")
        stem_name, _, stem_version = dist_info.removesuffix(".dist-info").partition("-")
        for where, other_name, other_version in (
            ("the file name", named.name, named.version),
            ("the .dist-info directory", stem_name, stem_version),
        ):
            if name and other_name and normalize(name) != normalize(other_name):
                self._mismatch(f"METADATA and {where} name two distributions", other_name, name)
            if version and other_version and not same_version(version, other_version):
                self._mismatch(f"METADATA and {where} have two versions", other_version, version)
        return normalize(name or named.name), version or named.version

    def _mismatch(self, message: str, found: str = "", expected: str = "") -> None:
        self.defects.append(Defect("PK105", message, found=found[:120], expected=expected[:120]))

    def _tags(self, dist_info: str, named: FileName) -> tuple[str, ...]:
        headers = self._headers(dist_info, "WHEEL")
        if not headers:
            return named.tags
        format_version = self._claim(lambda: single(headers, "Wheel-Version", "WHEEL"), "1.0")
        if format_version.partition(".")[0] != "1":
            self._mismatch("WHEEL speaks of another format", format_version, "Wheel-Version 1.x")
        tags = self._claim(lambda: expand_tags(headers.get("tag", [])), tuple[str, ...]())
        if named.tags and tags != named.tags:
            self._mismatch("WHEEL and the file name have other tags", ", ".join(tags), ", ".join(named.tags))
        return tags

    def _stamp(self, dist_info: str, name: str, version: str, payload: str) -> Stamp | None:
        entry = self.archive.entries.get(f"{dist_info}/{STAMP_FILE}")
        if entry is None:
            beside = ", though there is a signature of one" if f"{dist_info}/{SIGNATURE_FILE}" in self.hashes else ""
            self.defects.append(Defect("PK201", f"there is no {dist_info}/{STAMP_FILE}{beside}"))
            return None
        try:
            if entry.size > MAX_SIZE:
                raise StampError(f"the stamp has {entry.size} bytes, at most {MAX_SIZE} are read")
            stamp = parse_stamp(self.archive.read(entry.name))
        except StampError as error:
            self.defects.append(Defect(error.code, str(error)))
            return None
        if (normalize(stamp.name), stamp.version) != (name, version):
            self._mismatch("the stamp is another's", f"{stamp.name} {stamp.version}", f"{name} {version}")
        if stamp.payload != payload:
            message = "its files are not those that were stamped"
            self.defects.append(Defect("PK104", message, found=payload, expected=stamp.payload))
        return stamp

    def _inits(self, paths: Mapping[str, str]) -> "Mapping[str, Init]":
        return wheel_inits(paths, self.archive)

    def _absent(
        self, stamp: Stamp | None, factories: tuple[Factory, ...], sources: Sources, requires: Sequence[str]
    ) -> tuple[Import, ...]:
        return absent_modules(roots_of(stamp, factories, sources.paths), sources, requires)

    def _content(self, name: str, version: str, paths: Mapping[str, str]) -> str:
        try:
            return content_digest(f"{name}@{version}", content_of(paths, self.hashes))
        except ValueError as error:
            self.defects.append(Defect("PK102", str(error)))
            return ""

    def _factories(self, dist_info: str, stamp: Stamp | None, sources: Sources) -> tuple[Factory, ...]:
        """Return the entry points in the stamp's group, and refuse scripts that would be written elsewhere."""
        name = f"{dist_info}/{ENTRY_POINTS}"
        if name not in self.archive.entries:
            return ()
        points = self._claim(lambda: list(read_entry_points(self._text(name))), list[tuple[str, str, str]]())
        self._refuse(script_hazards(points))
        self.scripts += (point for group, point, _ in points if group in SCRIPT_GROUPS)
        if stamp is None or not stamp.contract.group:
            return ()
        references = [(point, reference) for group, point, reference in points if group == stamp.contract.group]
        return read_factories(references, stamp.contract.factory, sources)
