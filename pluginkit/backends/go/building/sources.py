"""What `backends.protocol.SourceReader` asks of Go: this module implements it. Nothing of a tree is compiled or run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.go.building.replaced import with_module_of
from pluginkit.backends.go.project import import_path, package_clauses
from pluginkit.backends.go.toolchain import GoToolchain, find_go
from pluginkit.backends.language import resolve
from pluginkit.backends.protocol import ApiCopy, Code, Located
from pluginkit.core.errors import PluginkitError
from pluginkit.incremental.entries import is_junk
from pluginkit.surface.comparison import Place
from pluginkit.surface.uses import Uses

__all__ = ["keeps", "locate", "plugins", "read"]

_KEPT = (".go", ".mod", ".sum", ".work")
_MODULES = "modules.txt"
_HIDDEN = ("internal", "vendor", "testdata")


def keeps(name: str) -> bool:
    """Return whether a file of that name has a say in which packages there are, or in a surface."""
    return name.endswith(_KEPT) or name == _MODULES


def locate(place: Path) -> Sequence[Located]:
    """Return the packages at or beneath a directory that can be imported, by import path; main packages are none."""
    if not place.is_dir():
        return []
    found = []
    for directory in _directories(place):
        clauses = set(package_clauses(directory))
        if clauses and "main" not in clauses:
            found.append(Located(_path(directory, place), "", place, (min(clauses),), (directory,)))
    return sorted(found, key=lambda one: one.name)


def read(found: Sequence[Located]) -> Sequence[ApiCopy]:
    """Read the surface of each package from its sources; the go command lists them once."""
    if not found:
        return []
    surfaces, digests = _read(found[0].root.resolve())
    missing = next((one for one in found if one.name not in surfaces), None)
    if missing:
        raise PluginkitError(f"{missing.places[0]}: the go command finds no package {missing.name} there")
    return [_copy(one, surfaces[one.name], digests[one.name]) for one in found]


def _copy(found: Located, surface: Any, digest: str) -> ApiCopy:
    place = next((str(path) for path in sorted(found.places[0].glob("*.go"))), str(found.places[0]))
    return ApiCopy(found.name, surface.version, "go", found.modules, surface.lines, digest=digest, place=place)


def plugins(place: Path) -> Sequence[Code]:
    """Return the main packages at or beneath a directory, each a plugin."""
    if not place.is_dir():
        return []
    found = [directory for directory in _directories(place) if "main" in set(package_clauses(directory))]
    return [_plugin(directory) for directory in found]


def _plugin(directory: Path) -> Code:
    known: dict[str, Mapping[str, tuple[str, ...]] | None] = {}

    def made(api: ApiCopy) -> Mapping[str, tuple[str, ...]] | None:
        if api.name not in known:
            known[api.name] = _uses(directory, api)
        return known[api.name]

    def uses(api: ApiCopy) -> Uses | None:
        found = made(api)
        return None if found is None else Uses(tuple(sorted(found)))

    def find(api: ApiCopy, mentions: Sequence[str]) -> Sequence[Place]:
        found = dict.fromkeys(place for line in mentions for place in (made(api) or {}).get(line, ()))
        split = (place.rpartition(":") for place in found)
        return [Place(os.path.normpath(directory / file), int(line)) for file, _, line in split]

    return Code(directory.resolve().name, str(directory), uses, find)


def _uses(directory: Path, api: ApiCopy) -> Mapping[str, tuple[str, ...]] | None:
    """Return what the main package in a directory uses of an API, a line each, with its places as `file:line`.

    Where its module does not have the sources of the API, they are those of the copy; None where that has none either.
    """
    reader = resolve("pluginkit.backends.go.building.uses")
    toolchain, target = _toolchain()
    try:
        try:
            found = reader.uses_of_directory(toolchain, directory, target, [api.name])
        except reader.ApiNotFoundError:
            with with_module_of(directory, api.place) as manifest:
                found = reader.uses_of_directory(toolchain, directory, target, [api.name], manifest)
    except reader.ApiNotFoundError:
        return None
    except PluginkitError:  # nothing in it imports the API
        return {}
    mine = found.get(_path(directory, directory))
    return mine.places if mine else {}


def _read(directory: Path) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return the surface and the content digest of each package beneath a directory, by import path."""
    from pluginkit.backends.go.building.command import Go
    from pluginkit.backends.go.building.packages import Closure

    try:
        trees = resolve("pluginkit.backends.go.building.trees")
    except ImportError:
        raise PluginkitError(
            f"{directory}: Go's sources cannot be read by this version", hint="name artifacts"
        ) from None
    toolchain, target = _toolchain()
    surfaces = trees.surface_of_directory(toolchain, directory, target, internal=True)
    closure = Closure(directory, trees.list_sources(Go(toolchain, directory, target)), {})
    return surfaces, {
        path: closure.api_digest(path, one.version or closure.api_version(path)) for path, one in surfaces.items()
    }


def _toolchain() -> tuple[GoToolchain, Mapping[str, str]]:
    """Return the Go at hand, and what it builds for: surfaces of two places are compared for one target."""
    from pluginkit.backends.go.building.seal import default_target

    toolchain = find_go()
    return toolchain, default_target(toolchain)


def _directories(place: Path) -> Iterator[Path]:
    for directory, folders, _ in os.walk(place):
        top = directory == str(place)
        kept = (name for name in folders if not is_junk(name, top=top) and name[0] not in "._")
        folders[:] = sorted(name for name in kept if name not in _HIDDEN)
        yield Path(directory)


def _path(directory: Path, place: Path) -> str:
    """Return the import path of a package; outside of a module the one that it would have if `place` were one."""
    try:
        return import_path(directory.resolve())
    except PluginkitError:
        inside = directory.relative_to(place).as_posix()
        return place.resolve().name + ("" if inside == "." else f"/{inside}")
