"""What the last build knew of each member, told apart into what still holds and what does not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pluginkit.core import files
from pluginkit.incremental import file_stat, stat_index
from pluginkit.incremental.entries import entry, listing
from pluginkit.incremental.stat_index import Index, Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORKSPACE = ""
"""The owner of what no member owns: the configuration, the lock, where tools are found."""
RELEASE = "/"
"""The owner of a release, but for its artifacts."""

_WORTH_READING = 1 << 20
"""Bytes; a larger file is some tool's, and changes with its times."""

_WORTH_A_WAIT = 40_000_000
"""Bytes that take longer to read again in the next build than now to wait for the next tick of the clock."""


class LastBuild:
    """An index, and what of it still holds."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.index = index = snapshot.index
        changed = snapshot.changed
        detail = json.loads(index.rest)
        self.owners: Mapping[str, list[int]] = detail["owners"]
        self.entries: list[Any] = detail["entries"]
        """Of each path: what a file was, the names in a directory, or None for what only its stat tells."""
        self._inputs: Mapping[str, str] = detail["inputs"]
        """By key, of what depends on nothing that is not in the index; empty for a member without an artifact."""
        self._artifacts: Mapping[str, int] = detail["artifacts"]
        self.visited: tuple[str, ...] = tuple(detail["visited"])
        self._members: Mapping[str, Any] = detail["members"]
        language, what = map(str, detail["prewarms"])
        self.prewarms = (language, what)
        """The language, and what of its Builder takes long to be ready."""
        self._facts: list[Mapping[str, str]] = detail["facts"]
        self._facts_of: Mapping[str, int] = detail["facts_of"]
        started = file_stat.now(index.prefix)
        self.changed = frozenset(number for number in changed if not self._holds(number))
        for number, signature in changed.items():
            if number not in self.changed:
                index.signatures[number] = file_stat.settled(signature, started)
        self.spoiled = not (snapshot.same_environment and self._is_still(WORKSPACE))
        """Something that all members depend on is not what it was."""
        self._same_release = snapshot.dist in (index.dist, "") and self._is_still(RELEASE)
        self.release = Path(index.prefix, index.dist)
        """The release that the build made, or found to be just what it would make."""
        self.signer = index.signer
        """The mark of the key that signed it; empty for none."""
        self.trusted: str = detail["trusted"]
        """The mark of the trust by which each of its artifacts was signed, or built here; empty for none."""

    @property
    def resting(self) -> Mapping[str, str]:
        """The inputs, by key, of artifacts of which nothing changed, nor of what they are built with."""
        if self.spoiled:
            return {}
        return {name: inputs for name, inputs in self._inputs.items() if self._is_still(name)}

    @property
    def restless(self) -> int:
        """The number of members to look at again: something of them changed, or they are built every time."""
        return max(len(self._members) - len(self.resting), 0)

    @property
    def intact(self) -> frozenset[str]:
        """The keys of artifacts that lie in the release as they did."""
        if not self._same_release:
            return frozenset()
        return frozenset(name for name, number in self._artifacts.items() if number not in self.changed)

    @property
    def paths(self) -> Mapping[str, str]:
        """The kind of each member by path."""
        return {values["path"]: values["kind"] for values in self._members.values()}

    @property
    def members(self) -> Iterable[Mapping[str, Any]]:
        """The members whose files did not change, as mappings of field to value."""
        return (values for name, values in self._members.items() if self._is_still(name))

    def has_other_modes(self, modes: Mapping[str, str]) -> bool:
        """Return whether a member, given by its path, was to run in another mode."""
        had = {str(values["path"]): values.get("mode") for values in self._members.values()}
        return any(had.get(path, mode) != mode for path, mode in modes.items())

    def facts(self, name: str) -> Mapping[str, str] | None:
        """Return what went into the artifact of a key beside its sources; None where it was not built."""
        return self._facts[self._facts_of[name]] if name in self._facts_of else None

    def sources(self, name: str) -> Mapping[str, str | None]:
        """Return what the files of an artifact were; None for what may have changed meanwhile."""
        found = {self.index.paths[number]: self.entries[number] for number in self.owners.get(name, ())}
        return {path: known for path, known in found.items() if not isinstance(known, dict)}

    def _is_still(self, name: str) -> bool:
        return name in self.owners and self.changed.isdisjoint(self.owners[name])

    def _holds(self, number: int) -> bool:
        """Return whether a path whose stat changed is still what it was."""
        known, place = self.entries[number], self.index.place(self.index.paths[number])
        try:
            if isinstance(known, str):
                return entry(place) == known
            return known is not None and listing(place, top=known["top"]) == known["names"]
        except OSError:
            return False


def understand(snapshot: Snapshot) -> LastBuild | None:
    """Return what of an index still holds; None where it cannot be understood."""
    if isinstance(snapshot.understood, LastBuild):
        return snapshot.understood
    try:
        snapshot.understood = last_build = LastBuild(snapshot)
    except (KeyError, TypeError, ValueError, IndexError, RecursionError):  # of another version, or edited
        return None
    return last_build


def refresh(snapshot: Snapshot) -> bool:
    """Return whether paths whose stat changed are still what they were; then put their stats on record."""
    last_build = understand(snapshot)
    if last_build is None or last_build.changed:
        return False
    save(last_build.index)
    return True


def save(index: Index) -> None:
    """Write an index in one rename. Where that cannot be done there is none, and the next build looks at everything."""
    data = stat_index.to_bytes(
        (index.fingerprint, index.dist, index.said, index.until, index.signer),
        index.paths,
        index.signatures,
        index.rest,
    )
    path = Path(index.prefix + stat_index.PATH)
    fresh = files.beside(path)
    try:
        files.create(fresh, data)
        files.rename(fresh, path)
        files.discard_abandoned(path)
    except OSError:
        for stale in (fresh, path):
            files.discard(stale)


class Recorder:
    """Gathers what an index holds."""

    def __init__(self, root: Path, began: int) -> None:
        self._prefix, self._began = f"{root}/", began
        self._paths: dict[str, int] = {}
        self._signatures: list[str] = []
        self._entries: list[Any] = []
        self._owners: dict[str, list[int]] = {WORKSPACE: [], RELEASE: []}
        self._artifacts: dict[str, int] = {}

    def file(self, owner: str, place: str, known: str, *, sure: bool = False) -> None:
        """Record a file, and what it was when it was read; `sure`: nothing else was derived from other bytes of it."""
        self._add(owner, place, known, sure)

    def watch(self, owner: str, places: Iterable[str]) -> None:
        """Record files that were read, or not found."""
        self._owners.setdefault(owner, [])
        for place in places:
            try:
                known = entry(place) if os.path.isfile(place) and os.path.getsize(place) < _WORTH_READING else None  # noqa: PTH113, PTH202
            except OSError:
                known = None
            self._add(owner, place, known, sure=False)

    def directory(self, owner: str, place: str, *, top: bool, sure: bool = False) -> None:
        """Record the names in a directory; `sure`: they are those that the build saw."""
        self._add(owner, place, {"names": listing(place, top=top), "top": top}, sure)

    def made(self, files: Iterable[tuple[str, str, str]]) -> None:
        """Record files that the build wrote: the member whose artifact each is, or `RELEASE`; its place; what it is."""
        files = list(files)
        places = [place for _, place, _ in files]
        found = self._settled(places)
        again = [Path(place) for place, one in zip(places, found, strict=True) if one == file_stat.UNKNOWN]
        if sum(path.stat().st_size for path in again) > _WORTH_A_WAIT:
            time.sleep(1.5 * file_stat.TICK / 1e9)
            found = self._settled(places)
        for (owner, place, known), signature in zip(files, found, strict=True):
            path = place.removeprefix(self._prefix)
            number = self._put(path, signature, known)
            if owner == RELEASE:
                self._owners[RELEASE].append(number)
            else:
                self._artifacts[owner] = number

    def _settled(self, places: Sequence[str]) -> list[str]:
        since = file_stat.now(self._prefix)
        return [file_stat.settled(signature, since) for signature in file_stat.signatures(places)]

    def keep(self, owner: str, last_build: LastBuild) -> None:
        """Record for `owner` what is known of its sources already, and still holds."""
        self._owners.setdefault(owner, [])
        for old in last_build.owners[owner]:
            path = last_build.index.paths[old]
            number = self._put(path, last_build.index.signatures[old], last_build.entries[old])
            self._owners[owner].append(number)

    def save(self, head: Sequence[str], **more: Any) -> None:
        """Write the index; `more` is what `LastBuild` has beside stats."""
        detail = {"owners": self._owners, "artifacts": self._artifacts, "entries": self._entries, **more}
        rest = json.dumps(detail, separators=(",", ":")).encode()
        save(Index(self._prefix, head, list(self._paths), self._signatures, rest))

    def _add(self, owner: str, place: str, known: Any, sure: bool) -> None:
        signature = file_stat.settled(file_stat.signatures([place])[0], self._began)
        known = known if sure or signature != file_stat.UNKNOWN else None
        number = self._put(place.removeprefix(self._prefix), signature, known)
        self._owners.setdefault(owner, []).append(number)

    def _put(self, path: str, signature: str, known: Any) -> int:
        number = self._paths.setdefault(path, len(self._entries))
        if number == len(self._entries):
            self._signatures.append(signature)
            self._entries.append(known)
        return number
