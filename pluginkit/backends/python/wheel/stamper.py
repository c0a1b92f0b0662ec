"""A stamp put into a freshly built wheel, and the wheel written anew in canonical form.

Any build backend may have written it, so it is read with the standard library, which is lenient; what is
written is what `archive` accepts. Equal files give equal bytes, whatever their order, times or umask.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pluginkit.backends.python.file_names import ENTRY_POINTS, SIGNATURE_FILE, STAMP_FILE
from pluginkit.backends.python.inits import read_inits
from pluginkit.backends.python.wheel.contents import Zipped, chunks_of, opened, size_of, unpacked
from pluginkit.backends.python.wheel.distinfo import (
    DistInfoError,
    read_entry_points,
    read_headers,
    same_version,
    single,
)
from pluginkit.backends.python.wheel.hazards import hazards, script_hazards
from pluginkit.backends.python.wheel.layout import (
    SIGNATURES,
    content_files,
    encode,
    import_paths,
    installed,
    metadata_directories,
    payload_digest,
)
from pluginkit.backends.python.wheel.paths import check_paths
from pluginkit.backends.python.wheel.writer import ArchiveWriter
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import normalize
from pluginkit.core.ownership import modules
from pluginkit.core.stamp import MAX_SIZE as MAX_STAMP
from pluginkit.core.stamp import Stamp

if TYPE_CHECKING:
    from zipfile import ZipInfo


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """What a built wheel holds, as its stamp and the lock need it."""

    name: str
    """Normal form (PEP 503)."""
    version: str
    payload: str
    """`sha256:` digest of all but RECORD, the stamp and its envelope."""
    content_files: tuple[tuple[str, str], ...]
    """(import path, sha256 hex) of the importable files, sorted."""
    modules: tuple[str, ...]
    """Dotted import packages it owns."""
    requires: tuple[str, ...]
    """`Requires-Dist` as written."""
    requires_python: str
    entry_points: tuple[tuple[str, str, str], ...]
    """(group, name, object reference)."""
    sources: Mapping[str, bytes]
    """Import path to bytes; of a large wheel those of Python sources alone, unpacked when they are asked for."""

    @property
    def content(self) -> str:
        """Content digest of the importable files, as an API of this name and version has it."""
        return content_digest(f"{self.name}@{self.version}", self.content_files)


@dataclass(frozen=True, slots=True)
class _Content:
    """The files of a wheel without directories, RECORD, signatures and stamp."""

    dist_info: str
    files: Mapping[str, bytes]
    executable: frozenset[str]


def wheel_facts(wheel: bytes | Path, file: str) -> WheelFacts:
    """Read what a built wheel holds, given as bytes or as a path; `file` names it in errors.

    Raises PluginkitError as `stamp_wheel` does.
    """
    content = _unpack(wheel, file)
    return _facts(content, _hashes(content), file)


def stamp_wheel(wheel: bytes, file: str, make: Callable[[WheelFacts], Stamp]) -> bytes:
    """Return `wheel` in canonical form with the stamp that `make` gives for it, in place of any earlier one.

    `file` names it in errors. Raises PluginkitError for a wheel that a verifier would refuse: names that are
    no file on some system, files that act by being installed, metadata that is missing or ambiguous.
    """
    target = BytesIO()
    stamp_into(target, wheel, file, make)
    return target.getvalue()


def stamp_into(target: BinaryIO, wheel: bytes | Path, file: str, make: Callable[[WheelFacts], Stamp]) -> None:
    """Write to an empty file what `stamp_wheel` returns; of a large wheel, only pieces are in memory."""
    content = _unpack(wheel, file)
    hashes = _hashes(content)
    stamp = make(_facts(content, hashes, file)).to_bytes()
    if len(stamp) > MAX_STAMP:
        raise PluginkitError(f"{file}: its stamp would have {len(stamp)} bytes, at most {MAX_STAMP} are read")
    name = f"{content.dist_info}/{STAMP_FILE}"
    hashes[name] = hashlib.sha256(stamp).hexdigest()
    _write(target, content, {name: stamp}, hashes)


def sign_into(target: BinaryIO, wheel: Path, file: str, stamp: bytes, envelope: bytes | None) -> None:
    """Write to an empty file a wheel that has this stamp, in canonical form, with an envelope of it or without one.

    `file` names it in errors. Raises PluginkitError as `stamp_wheel` does.
    """
    content = _unpack(wheel, file)
    added = {f"{content.dist_info}/{STAMP_FILE}": stamp}
    if envelope is not None:
        added[f"{content.dist_info}/{SIGNATURE_FILE}"] = envelope
    beside = {name: hashlib.sha256(data).hexdigest() for name, data in added.items()}
    _write(target, content, added, _hashes(content) | beside)


def canonical_wheel(wheel: bytes | Mapping[str, bytes], file: str) -> bytes:
    """Return a wheel, given as it is or as its files by name, in canonical form and without a stamp.

    `file` names it in errors. Raises PluginkitError as `stamp_wheel` does.
    """
    if isinstance(wheel, bytes):
        content = _unpack(wheel, file)
    else:
        content = _Content(_dist_info(list(wheel), file), wheel, frozenset())
    target = BytesIO()
    _write(target, content, {}, _hashes(content))
    return target.getvalue()


def _write(target: BinaryIO, content: _Content, added: Mapping[str, bytes], hashes: Mapping[str, str]) -> None:
    """Write the canonical archive of the files, those `added` and a RECORD."""
    writer, rows = ArchiveWriter(target), []
    for path in sorted(hashes, key=lambda path: (path.startswith(f"{content.dist_info}/"), path)):
        files = added if path in added else content.files
        size = size_of(files, path)
        rows.append((path, hashes[path], size))
        writer.add(path, size, partial(chunks_of, files, path), executable=path in content.executable)
    name = f"{content.dist_info}/RECORD"
    record = _record(rows, name)
    writer.add(name, len(record), lambda: (record,))
    writer.end()


def _unpack(wheel: bytes | Path, file: str) -> _Content:
    archive = opened(wheel, file)
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    dist_info = _dist_info([entry.filename for entry in entries], file)
    dropped = {f"{dist_info}/{name}" for name in ("RECORD", STAMP_FILE, SIGNATURE_FILE, *SIGNATURES)}
    kept = [entry for entry in entries if entry.filename not in dropped]
    _refuse_links(kept, file)
    executable = frozenset(entry.filename for entry in kept if entry.external_attr >> 16 & 0o111)
    return _Content(dist_info, unpacked(archive, kept, file), executable)


def _dist_info(names: list[str], file: str) -> str:
    """Return the metadata directory of a wheel whose names a verifier will accept."""
    if refusal := check_paths(names):
        raise _refused(file, refusal)
    found = metadata_directories(names)
    if len(found) != 1 or not found[0].endswith(".dist-info"):
        raise _refused(file, f"it has {len(found)} metadata directories ({', '.join(found)}), expected one .dist-info")
    if hazard := next(hazards(names, found[0]), None):
        raise _refused(file, hazard.message, hazard.hint)
    places = installed(names, found[0])
    if any(path != name for path, name in places) and (refusal := check_paths([path for path, _ in places])):
        raise _refused(file, f"once installed, {refusal}")
    return found[0]


def _refuse_links(entries: "Iterable[ZipInfo]", file: str) -> None:
    for entry in entries:
        if entry.external_attr >> 28 not in (0, 8):
            raise _refused(file, f"{entry.filename!a} is not a regular file")


def _refused(file: str, reason: str, hint: str = "") -> PluginkitError:
    hint = hint or "a verifier would refuse it; leave that file out of the wheel, or rename it"
    return PluginkitError(f"{file}: cannot be stamped: {reason}", hint=hint.replace("{rebuild}", "`pluginkit build`"))


def _hashes(content: _Content) -> dict[str, str]:
    hashes = {}
    for path in content.files:
        digest = hashlib.sha256()
        for chunk in chunks_of(content.files, path):
            digest.update(chunk)
        hashes[path] = digest.hexdigest()
    return hashes


def _facts(content: _Content, hashes: Mapping[str, str], file: str) -> WheelFacts:
    def text(name: str) -> bytes:
        return content.files.get(f"{content.dist_info}/{name}", b"")

    try:
        headers = read_headers(text("METADATA"), "METADATA")
        name, version = (single(headers, key, "METADATA") for key in ("Name", "Version"))
        points = tuple(read_entry_points(text(ENTRY_POINTS)))
    except DistInfoError as error:
        raise PluginkitError(f"{file}: cannot be stamped: {error}") from None
    if not same_version(version, version):
        raise PluginkitError(f"{file}: cannot be stamped: the version {version[:80]!a} is not one (PEP 440)")
    if hazard := next(script_hazards(points), None):
        raise _refused(file, hazard.message, hazard.hint)
    paths = import_paths(content.files, content.dist_info)
    return WheelFacts(
        name=normalize(name),
        version=version,
        payload=payload_digest(hashes, content.dist_info),
        content_files=tuple(content_files(hashes, content.dist_info)),
        modules=modules(paths, read_inits(paths, lambda path: content.files[paths[path]])),
        requires=tuple(headers.get("requires-dist", ())),
        requires_python=(headers.get("requires-python") or [""])[0],
        entry_points=points,
        sources=_sources(content.files, paths),
    )


def _sources(files: Mapping[str, bytes], paths: Mapping[str, str]) -> Mapping[str, bytes]:
    return files.sources(paths) if isinstance(files, Zipped) else {path: files[name] for path, name in paths.items()}


def _record(rows: Iterable[tuple[str, str, int]], own: str) -> bytes:
    lines = [f"{_field(path)},sha256={encode(digest)},{size}\n" for path, digest, size in rows]
    return "".join((*lines, f"{_field(own)},,\n")).encode()


def _field(path: str) -> str:
    """Return a path as a CSV field (RFC 4180)."""
    return '"{}"'.format(path.replace('"', '""')) if "," in path or '"' in path else path
