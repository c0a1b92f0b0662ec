"""A wheel of which only parts were fetched -> evidence, and which rules nobody can check by that.

Hashes are those that its RECORD lists; those of files that were fetched are computed. What else would have to be
fetched to be known is left out, and the rules that ask for it are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from pluginkit.backends.python.index.parts import BudgetError, ChangedError, Parts
from pluginkit.backends.python.wheel.archive import Archive, ArchiveError, read_archive
from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.layout import decode_hash, metadata_directories
from pluginkit.backends.python.wheel.reader import Reading, inspect_bytes
from pluginkit.backends.python.wheel.record import RecordError, rows_of
from pluginkit.core.frozen import EMPTY
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Defect, Evidence, Factory, Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from pluginkit.core.ownership import Init
    from pluginkit.core.trust import Trust

    T = TypeVar("T")

_BYTES = ("PK103", "PK104")
"""RECORD against the bytes, and the payload against the stamp."""
_FACTORIES = ("PK501", "PK502", "PK513")
_INITS = ("PK512",)
_ABSENT = ("PK520",)


def inspect_parts(parts: Parts, file: str, subject: str, trust: Trust | None) -> tuple[Evidence, tuple[str, ...]]:
    """Read a wheel as `inspect_wheel` does, from parts of it; return also which rules could not be checked, by code.

    Raises BudgetError where not even its stamp can be had within the budget, PluginkitError where its server fails.
    """
    if parts.whole is not None:
        return inspect_bytes(parts.whole, file, subject, trust), ()
    try:
        archive = read_archive(parts, believed=True)
        hashes, believed = _hashes(archive, parts)
    except (ArchiveError, RecordError) as error:
        code, hint = getattr(error, "code", "PK103"), getattr(error, "hint", "")
        return Evidence(subject, defects=(Defect(code, str(error), hint=hint),)), _BYTES
    except ChangedError as error:
        return Evidence(subject, defects=(Defect("PK101", str(error)),)), _BYTES
    reading = _PartialReading(archive, hashes, file)
    evidence = reading.evidence(subject, trust)
    return evidence, tuple(sorted({*(_BYTES if believed else ()), *reading.unchecked}))


def _hashes(archive: Archive, parts: Parts) -> tuple[Mapping[str, str], bool]:
    """Return the hash of every file, and whether some are only what RECORD says."""
    tops = [top for top in metadata_directories(archive.entries) if f"{top}/RECORD" in archive.entries]
    listed: dict[str, str] = {}
    for top in tops[:1]:
        for path, digest, _ in rows_of(archive.read(f"{top}/RECORD")):
            listed[path] = decode_hash(digest)
    found, believed = {}, False
    for name, entry in archive.entries.items():
        if parts.known(entry.start, entry.start + entry.packed) is not None:
            found[name] = sha256(archive.read(name)).hexdigest()
        else:
            found[name], believed = listed.get(name, ""), True
    return found, believed


class _PartialReading(Reading):
    """A wheel being read as far as the budget goes."""

    def __init__(self, archive: Archive, hashes: Mapping[str, str], file: str) -> None:
        super().__init__(archive, hashes, file)
        self.unchecked: set[str] = set()

    def _inits(self, paths: Mapping[str, str]) -> Mapping[str, Init]:
        return self._within(_INITS, lambda: Reading._inits(self, paths), EMPTY)

    def _factories(self, dist_info: str, stamp: Stamp | None, sources: Sources) -> tuple[Factory, ...]:
        everything = self._within(_FACTORIES, lambda: Reading._factories(self, dist_info, stamp, sources), None)
        if everything is not None:
            return everything
        empty = Sources({}, sources.read, sources.requires_python)
        named = Reading._factories(self, dist_info, stamp, empty)
        return tuple(Factory(one.name, one.reference, self._ships(one, sources), extras=one.extras) for one in named)

    def _absent(
        self, stamp: Stamp | None, factories: tuple[Factory, ...], sources: Sources, requires: Sequence[str]
    ) -> tuple[Import, ...]:
        return self._within(_ABSENT, lambda: Reading._absent(self, stamp, factories, sources, requires), ())

    def _ships(self, one: Factory, sources: Sources) -> bool:
        return sources.module(one.reference.partition(":")[0].strip()) is not None

    def _within(self, codes: Sequence[str], read: Callable[[], T], otherwise: T) -> T:
        """Return what `read` returns; where that is beyond the budget, note which rules cannot be checked."""
        try:
            return read()
        except BudgetError:
            self.unchecked.update(codes)
            return otherwise
