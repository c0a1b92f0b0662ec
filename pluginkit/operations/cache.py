"""What `pluginkit cache` does: says what there is, checks it, makes room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.python.building.record_check import differing
from pluginkit.backends.python.roots import site_packages
from pluginkit.core.ours import is_ours
from pluginkit.core.provenance import Provenance
from pluginkit.incremental import sealed
from pluginkit.store.cache import local_cache, provenance_in
from pluginkit.store.directory import cache_directory
from pluginkit.store.pruning import Kept, prune, remove, size_of


@dataclass(frozen=True, slots=True)
class Contents:
    """What this user's cache holds."""

    root: Path
    rooms: Mapping[str, Sequence[int]]
    """Sizes in bytes of the `artifacts`, the `actions` that made them, the `environments`, and what is `set aside`."""
    environments: Mapping[Path, Sequence[str]]
    """Every build environment, with what is installed in it, as in `hatchling 1.27.0`."""
    provenance: Sequence[Provenance | None]
    """Of each artifact on record, where that is known."""

    @property
    def built_here(self) -> int:
        """How many artifacts were built on this machine."""
        return sum(one is not None and not one.url for one in self.provenance)

    @property
    def fetched(self) -> Mapping[str, int]:
        """How many artifacts were fetched, by URL."""
        return Counter(one.url for one in self.provenance if one and one.url)

    @property
    def unknown(self) -> int:
        """Of how many artifacts that is not known: an earlier version kept them."""
        return self.provenance.count(None)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check."""

    good: int
    """Entries."""
    bad: int
    """Entries that were set aside."""
    environments: Mapping[Path, str]
    """Every build environment, with what is wrong with it; empty where nothing is."""


def contents() -> Contents:
    """Return what the cache holds. Raises PluginkitError where there can be none."""
    blobs = local_cache()
    names = {"artifacts": "cas", "actions": "ac", "set aside": "bad"}
    rooms: dict[str, Sequence[int]] = {
        name: [stat.st_size for _, stat in blobs.entries(room)] for name, room in names.items()
    }
    rooms["environments"] = [size_of(place) for place in environments()]
    records = [data for data in blobs.records() if data.startswith(b"{")]  # the others say what was approved
    installed = {place: _installed(place) for place in environments()}
    return Contents(blobs.root, rooms, installed, [provenance_in(data) for data in records])


def check() -> Checked:
    """Compare every entry with its digest, and the environments with what was installed and with each RECORD.

    What is wrong is set aside; a damaged environment is removed, and made anew by the build that needs it.
    """
    good, bad = local_cache().check()
    found = {place: _damage(place) for place in environments() if sealed.is_sealed(place)}
    for place, how in found.items():
        if how:
            remove(place)
    return Checked(good, bad, found)


def make_room(most: int) -> tuple[int, int]:
    """Remove artifacts and build environments, those used least recently first, until at most `most` bytes are left.

    Returns how many, and how many bytes. Environments that lie elsewhere, behind a link, stay.
    """
    blobs = local_cache()
    blobs.sweep()
    room = _room()
    own = () if room.is_symlink() else environments()
    kept = (Kept(_used(place), size_of(place), place) for place in own)
    return prune([*blobs.kept(), *kept], most)


def environments() -> Iterator[Path]:
    """Yield the build environments in the cache; half a one, and one of an earlier version, among them."""
    room = _room()
    if room.is_dir():
        yield from sorted(path for path in room.iterdir() if path.is_dir() and not path.name.startswith("."))


def _room() -> Path:
    return cache_directory() / "environments"


def _used(place: Path) -> float:
    mark = place / sealed.SEAL
    return (mark if mark.exists() else place).lstat().st_mtime


def _installed(place: Path) -> Sequence[str]:
    site = site_packages(place)
    found = sorted(path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")) if site else []
    return [" ".join(name.split("-", 1)) for name in found]


def _damage(place: Path) -> str:
    if not is_ours(str(place), str(cache_directory())):
        return "others can write to it"
    how = sealed.damage(place, whole=True)
    return how or next((f"{path} is not what {name} installs" for name, path in differing(place).items()), "")
