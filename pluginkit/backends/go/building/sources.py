"""What `backends.protocol.SourceReader` asks of Go: this module implements it. Nothing of a tree is compiled or run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.go.project import import_path, package_clauses
from pluginkit.backends.language import resolve
from pluginkit.backends.protocol import ApiCopy, Code, Located
from pluginkit.core.errors import PluginkitError
from pluginkit.incremental.entries import is_junk
from pluginkit.surface.comparison import Place
from pluginkit.surface.interim import word_uses

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
    names = sorted(path for path in directory.glob("*.go") if not path.name.endswith("_test.go") and path.is_file())
    files = {str(path): path.read_bytes() for path in names}

    def find(words: Sequence[str]) -> Sequence[Place]:
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b".encode())
        lines = (
            (file, number, line) for file, data in files.items() for number, line in enumerate(data.split(b"\n"), 1)
        )
        return [Place(file, number) for file, number, line in lines if pattern.search(line.partition(b"//")[0])]

    return Code(directory.resolve().name, str(directory), word_uses(b"\n".join(files.values())), find)


def _read(directory: Path) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return the surface and the content digest of each package beneath a directory, by import path."""
    from pluginkit.backends.go.building.command import Go
    from pluginkit.backends.go.building.packages import Closure
    from pluginkit.backends.go.building.seal import default_target
    from pluginkit.backends.go.toolchain import find_go

    try:
        trees = resolve("pluginkit.backends.go.building.trees")
    except ImportError:
        raise PluginkitError(
            f"{directory}: Go's sources cannot be read by this version", hint="name artifacts"
        ) from None
    toolchain = find_go()
    target = default_target(toolchain)
    surfaces = trees.surface_of_directory(toolchain, directory, target, internal=True)
    closure = Closure(directory, trees.list_sources(Go(toolchain, directory, target)), {})
    return surfaces, {
        path: closure.api_digest(path, one.version or closure.api_version(path)) for path, one in surfaces.items()
    }


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
