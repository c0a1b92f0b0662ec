"""What `backends.protocol.SourceReader` asks of Python: this module implements it. Only files are read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy, Code, Located
from pluginkit.backends.python.apis import layout
from pluginkit.backends.python.apis.code import code
from pluginkit.backends.python.project import is_project, read_member
from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import Table, read_toml
from pluginkit.incremental.entries import is_junk

__all__ = ["keeps", "locate", "plugins", "read"]

_KEPT = (".py", ".pyi", ".toml", ".cfg", ".lock", ".so", ".pyd")
_CODE = (".py", ".so", ".pyd")
_NOTHING = Table({}, "")
_MOST = 20_000
"""Files of one plugin that are read."""


def keeps(name: str) -> bool:
    """Return whether a file of that name has a say in what a project is, or in a surface."""
    return name.endswith(_KEPT)


def locate(place: Path) -> Sequence[Located]:
    """Return the API that a module, a package or a project is; of another directory each import package in it."""
    if place.is_file():
        return [_located(place.stem, place.parent, (place.stem,))] if place.suffix == ".py" else []
    if (place / "__init__.py").is_file():
        name, inside = _importable(place.resolve().name), (place,)
        return [Located(name, layout.static_version(inside, place, _NOTHING), place.resolve().parent, (name,), inside)]
    if is_project(place):
        return _project(place)
    root, names = layout.packages(place)
    return [_located(name, root, (name,)) for name in names]


def read(found: Sequence[Located]) -> Sequence[ApiCopy]:
    """Read the surface and the bytes of each API."""
    return [_read(one) for one in found]


def _read(found: Located) -> ApiCopy:
    from pluginkit.surface.python.reader import surface  # needs griffe

    with ExitStack() as stack:
        root = found.root
        if not all(layout.places(root, [name]) for name in found.modules):  # a package in a directory of another name
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pluginkit-")))
            (root / found.modules[0]).symlink_to(found.places[0].resolve())
        hashed = [(name, _sha256(path)) for name, path in layout.files(root, found.modules)]
        lines = surface(root, found.modules)
    first = next((path for place in found.places for path in (place / "__init__.py", place) if path.is_file()), None)
    opened = str(first or found.places[0])
    return ApiCopy(found.name, found.version, "python", found.modules, lines, tuple(sorted(hashed)), place=opened)


def plugins(place: Path) -> Sequence[Code]:
    """Return the plugin that a module, a package or a project is; of a directory of projects each of them.

    Any other directory with modules beneath it is one plugin, named after it.
    """
    if place.is_file():
        return [_code(place.stem, place, place.parent, [place])] if place.suffix == ".py" else []
    if (place / "__init__.py").is_file() or is_project(place):
        return [_plugin(one, place) for one in locate(place)[:1]]
    inner = sorted(path for path in place.iterdir() if path.is_dir() and is_project(path))
    if inner:
        return [_plugin(one, path) for path in inner for one in locate(path)[:1]]
    found = _modules_below(place)
    return [_code(place.resolve().name, place, place, found)] if found else []


def _plugin(found: Located, place: Path) -> Code:
    paths = [path for _, path in layout.files(found.root, found.modules) if path.suffix in _CODE]
    return _code(found.name, place, found.root, paths)


def _code(name: str, place: Path, root: Path, paths: Iterable[Path]) -> Code:
    files = {path.relative_to(root).as_posix(): path.read_bytes() if path.suffix == ".py" else b"" for path in paths}
    return code(name, str(place), files, "" if str(root) == "." else f"{root}{os.sep}")


def _project(place: Path) -> Sequence[Located]:
    manifest = read_toml(place / "pyproject.toml") if (place / "pyproject.toml").is_file() else _NOTHING
    name, version = _identity(place)
    root, names = layout.owned(place, name, manifest)
    parts = layout.places(root, names)
    version = version or layout.static_version(parts, place, manifest)
    return [Located(name or names[0], version, root, names, parts)] if names else []


def _identity(place: Path) -> tuple[str, str]:
    """Return the name and the version that a project's manifest states, where it does."""
    try:
        member = read_member(place, ".", "api")
    except PluginkitError:
        return "", ""
    return member.name, member.version


def _located(name: str, root: Path, names: tuple[str, ...]) -> Located:
    parts = layout.places(root, names)
    return Located(name, layout.static_version(parts, root, _NOTHING), root, names, parts)


def _importable(name: str) -> str:
    """Return a name by which a package can be imported from a directory of that name."""
    cleaned = re.sub(r"\W", "_", name)
    return cleaned if cleaned.isidentifier() else f"api_{cleaned}"


def _modules_below(place: Path) -> list[Path]:
    found: list[Path] = []
    for directory, folders, names in os.walk(place):
        folders[:] = [name for name in folders if not is_junk(name, top=directory == str(place)) and name[0] != "."]
        found += [Path(directory, name) for name in names if name.endswith(".py")]
        if len(found) > _MOST:
            raise PluginkitError(
                f"{place}: more than {_MOST} modules beneath it", hint="name the plugin's own directory"
            )
    return sorted(path for path in found if path.is_file())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
