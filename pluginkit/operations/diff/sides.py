"""One side of a comparison: the APIs that are found at a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy, Located, SourceReader
from pluginkit.backends.readers import publications, readers, sealed_copy
from pluginkit.core.api import Contract
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME as LOCK
from pluginkit.core.lockfile import read_lock
from pluginkit.core.model import Workspace
from pluginkit.core.verdict import Evidence
from pluginkit.operations.diff.locations import (
    Location,
    Locations,
    holds_artifacts,
    is_environment,
    release_of,
)
from pluginkit.operations.targets import is_workspace
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts

_KINDS = ("api", "host", "plugin")
"""Whose stamp is asked first for the copy of an API."""


@record
class Side:
    """The APIs at one place, and what is known of those who use them."""

    label: str
    apis: tuple[ApiCopy, ...]
    contract: Contract | None = None
    """What hosts ask of plugins, where the place says that."""
    whole: bool = False
    """The place has no other APIs, so that one that is missing was removed."""
    workspace: Workspace | None = None
    """The workspace at the place, if it is one."""
    place: Location | None = None
    """Where its sources are."""

    @property
    def versioning(self) -> str:
        """By which scheme its APIs count versions."""
        return getattr(self.workspace, "versioning", "semver")


def needs_names(text: str) -> bool:
    """Return whether only the other side can tell which APIs are meant: an environment has many distributions."""
    return is_environment(Path(text))


def read_side(text: str, locations: Locations, wanted: Sequence[str]) -> Side:
    """Read the APIs at the place that `text` names; of an environment also those `wanted` by name.

    Raises PluginkitError where there is no such place, or no API at it.
    """
    if release := release_of(text):
        return Side(text, (_published(*release),))
    place = locations.find(text)
    if place.path.is_dir():
        side = _directory(place, wanted)
    elif place.path.name == LOCK:
        side = sealed_side(place.path, place.label)
    else:
        side = Side(text, _file(place))
    if not side.apis:
        raise PluginkitError(f"{text}: no API in it", hint="an API is an importable package, or a stamp that names one")
    return side


def sealed_side(path: Path, label: str = LOCK) -> Side:
    """Return the side that a lock file seals."""
    lock, _ = read_lock(path)
    return Side(label, tuple(sealed_copy(api, lock.language) for api in lock.apis), whole=True)


def working_tree(root: Path) -> Side:
    """Return the APIs of the workspace at `root` as its files are now."""
    return _workspace(Location("working tree", root))


def _published(name: str, version: str) -> ApiCopy:
    root = find_root(Path())
    lock = read_lock(root / LOCK)[0] if root and (root / LOCK).is_file() else None
    reader = publications("python")
    if reader is None:
        raise PluginkitError(f"{name}=={version}: nothing can be fetched")
    return reader.fetch(name, version, lock, root)


def _directory(place: Location, wanted: Sequence[str]) -> Side:
    path = place.path
    if is_workspace(path):
        return _workspace(place)
    if is_environment(path):
        return Side(place.label, _environment(path, wanted))
    if holds_artifacts(path):
        evidences = read_artifacts(path)
        return Side(place.label, _of_stamps(evidences), contract=_contract(evidences), whole=True)
    return _sources(place)


def _file(place: Location) -> tuple[ApiCopy, ...]:
    path = place.path
    for _, reader in readers():
        if located := reader.locate(path):
            return tuple(reader.read(located))
    (evidence,) = read_artifacts(path)
    stamp = evidence.stamp
    if stamp is not None and stamp.kind != "api":
        return tuple(sealed_copy(api, stamp.language) for api in stamp.apis)
    reader_of = publications(evidence.language)
    if reader_of is None:
        problem = "; ".join(defect.message for defect in evidence.defects) or "no stamp"
        raise PluginkitError(f"{place.label}: {problem}", hint="only a stamp says which API it was built against")
    return (reader_of.api(path),)


def _sources(place: Location) -> Side:
    for _, reader in readers():
        if located := reader.locate(place.path):
            is_part = located[0].places == (place.path,)  # a package or a module: there may be others beside it
            return Side(place.label, _read(reader, place, located), whole=not is_part, place=place)
    raise PluginkitError(
        f"{place.label}: no API in it",
        hint="name a project, an import package, a Go package, or a directory of import packages",
    )


def _read(reader: SourceReader, place: Location, located: Sequence[Located]) -> tuple[ApiCopy, ...]:
    place.complete([path for one in located for path in one.places])
    where = f"{place.label}:" if place.tree else ""
    return tuple(replace(one, place=where + place.shown(one.place)) for one in reader.read(located))


def _workspace(place: Location) -> Side:
    workspace = discover(place.path)
    lock = read_lock(place.path / LOCK)[0] if (place.path / LOCK).is_file() else None
    apis = tuple(api for name in workspace.apis for api in _member(name, place, workspace, lock))
    return Side(place.label, apis, contract=workspace.contract, whole=True, workspace=workspace, place=place)


def _member(name: str, place: Location, workspace: Workspace, lock: Lock | None) -> tuple[ApiCopy, ...]:
    member = workspace.member(name)
    if member is None:  # a locked dependency
        api = lock.api(name) if lock else None
        return (sealed_copy(api, workspace.language),) if api else ()
    reader = next((reader for _, reader in readers(workspace.language)), None)
    located = reader.locate(place.path / member.path) if reader else ()
    if reader is None or not located:
        raise PluginkitError(f"{place.label}: {member.path}: no API can be read from its sources")
    mine = [one for one in located if one.name == name] or located[:1]  # Go: not the packages below it
    read = _read(reader, place, mine)
    return tuple(replace(one, name=name, version=member.version or one.version) for one in read)


def _environment(path: Path, wanted: Sequence[str]) -> tuple[ApiCopy, ...]:
    stamps = [one.stamp for one in _installed(path) if one.stamp]
    sealed = {api.name: sealed_copy(api, one.language) for one in stamps if one.kind == "host" for api in one.apis}
    names = list(dict.fromkeys((*wanted, *sealed)))
    reader = publications("python")
    read = {api.name: api for api in (reader.installed(path, names) if reader else ())}
    found = tuple(read.get(name) or sealed[name] for name in names if name in read or name in sealed)
    if not found:
        sought = f"none of {', '.join(wanted)} is installed" if wanted else "no stamped host says which API it has"
        raise PluginkitError(
            f"{path}: {sought}", hint="name the other side as NAME==VERSION, a wheel or sources of the API"
        )
    return found


def _installed(path: Path) -> Sequence[Evidence]:
    try:
        return read_artifacts(path)
    except PluginkitError:  # nothing stamped in it
        return ()


def _of_stamps(evidences: Sequence[Evidence]) -> tuple[ApiCopy, ...]:
    """Return each API once: by its own artifact, else as a host has it, else as a plugin was built against it."""
    found: dict[str, ApiCopy] = {}
    for kind in _KINDS:
        for one in evidences:
            if one.stamp and one.stamp.kind == kind:
                for api in one.stamp.apis:
                    if kind != "api" or api.name == one.stamp.name:
                        found.setdefault(api.name, sealed_copy(api, one.stamp.language))
    return tuple(found.values())


def _contract(evidences: Sequence[Evidence]) -> Contract | None:
    return next((one.stamp.contract for one in evidences if one.stamp and one.stamp.kind == "host"), None)
