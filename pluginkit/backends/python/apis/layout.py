"""Which import packages a directory of sources owns, by its manifest and its layout; no build backend is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pluginkit.backends.python.inits import read_inits
from pluginkit.backends.python.project import is_project
from pluginkit.core.names import normalize
from pluginkit.core.ownership import is_shared, module_name, modules
from pluginkit.core.toml import Table
from pluginkit.incremental.entries import is_junk

_NOT_SHIPPED = frozenset((
    "benchmark", "benchmarks", "ci", "conftest", "debian", "doc", "docs", "example", "examples", "manage", "news",
    "noxfile", "requirements", "sandbox", "scripts", "setup", "tasks", "test", "tests", "tools", "util", "utils",
))  # fmt: skip
"""Top-level names beside an import package that are none (after setuptools' automatic discovery)."""
_VERSION = re.compile(
    r"""^(?:__version__|VERSION|version)\s*(?::\s*\w+\s*)?=\s*["']([^"'\s]{1,80})["']""", re.MULTILINE
)
_VERSION_FILES = ("__init__.py", "_version.py", "version.py", "__about__.py", "__version__.py")
_MAX_READ = 1 << 20


def owned(directory: Path, name: str, manifest: Table) -> tuple[Path, tuple[str, ...]]:
    """Return the import root of a project, and the dotted packages in it that its wheel would ship.

    `name` is that of the distribution, `manifest` its pyproject.toml. Declared packages come first, then all in
    `src`, then the one beside the manifest that is called as the project is, then all that are beside it.
    """
    root, declared = _declared(directory, manifest)
    if declared and (found := _modules(root, declared)):
        return root, found
    if (directory / "src").is_dir() and (found := _modules(directory / "src", _top(directory / "src"))):
        return directory / "src", found
    beside = [one for one in _top(directory) if one.partition(".")[0].casefold() not in _NOT_SHIPPED]
    same = [one for one in beside if normalize(one.partition(".")[0]) == name]
    return directory, _modules(directory, same) or _modules(directory, beside)


def packages(directory: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the import root of a directory without a manifest, and the packages in it, or else its modules."""
    if (directory / "src").is_dir() and (found := _modules(directory / "src", _top(directory / "src"))):
        return directory / "src", found
    names = _top(directory)
    inner = [one for one in names if (directory / one).is_dir() and (directory / one / "__init__.py").is_file()]
    beside = [one for one in names if one.endswith(".py") and one.removesuffix(".py") not in _NOT_SHIPPED]
    return directory, _modules(directory, inner) or _modules(directory, beside)


def places(root: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Return the directories and files of modules beneath an import root."""
    found, names = list[Path](), list(names)
    for name in names:
        place = root.joinpath(*name.split("."))
        place = place / "__init__" if is_shared(name, names) else place
        found += [place] if place.is_dir() else sorted(place.parent.glob(f"{place.name}.*"))
    return tuple(found)


def files(root: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield (import path, file) of all that modules consist of, bytecode left out, sorted."""
    for place in places(root, names):
        inside = [place] if place.is_file() else sorted(_below(place))
        for path in inside:
            yield path.relative_to(root).as_posix(), path


def static_version(parts: Iterable[Path], directory: Path, manifest: Table) -> str:
    """Return the version that a project's own files state as a literal; nothing where they state none.

    `parts` are its packages and modules, `manifest` is the pyproject.toml in `directory`, which may name another file.
    """
    path = manifest.table("tool").table("hatch").table("version").values.get("path")
    tried = [directory / path] if isinstance(path, str) and ".." not in path else []
    for part in parts:
        tried += [part / file for file in _VERSION_FILES] if part.is_dir() else [part]
    for file in tried:
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as opened:
                found = _VERSION.search(opened.read(_MAX_READ))
            if found:
                return found[1]
    return ""


def _declared(directory: Path, manifest: Table) -> tuple[Path, list[str]]:
    """Return the import root and the paths in it that a build backend's own table names."""
    tool = manifest.table("tool")
    hatch = tool.table("hatch").table("build").table("targets").table("wheel").values.get("packages")
    flit = tool.table("flit").table("module").values.get("name")
    uv = tool.table("uv").table("build-backend")
    found = hatch if isinstance(hatch, list) else [flit] if flit else []
    if not found and "module-name" in uv.values:
        named, top = uv.values["module-name"], uv.values.get("module-root", "src")
        found = [f"{top}/{one}".lstrip("/") for one in (named if isinstance(named, list) else [named])]
    for entry in tool.table("poetry").values.get("packages") or ():
        if isinstance(entry, dict) and isinstance(entry.get("include"), str):
            found = [*found, f"{entry.get('from', '.')}/{entry['include']}"]
    named = [one for one in found if isinstance(one, str) and ".." not in one and not one.startswith("/")]
    shared = [Path(one).parent for one in named]
    if not named or any(parent != shared[0] for parent in shared):
        return directory, []
    root = directory / shared[0]
    if flit and not (root / f"{flit}.py").is_file() and not (root / flit).is_dir():
        root = directory / "src"
    names = [Path(one).name for one in named]
    return root, [name for one in names for name in ((f"{one}.py",) if (root / f"{one}.py").is_file() else (one,))]


def _top(root: Path) -> list[str]:
    """Return the names in an import root that may be packages or modules, sorted."""
    names = sorted(entry.name for entry in os.scandir(root) if not entry.is_symlink() or entry.is_file())
    kept = [name for name in names if not is_junk(name, top=True) and not name.startswith(".")]
    return [name for name in kept if module_name(name) or ((root / name).is_dir() and name.isidentifier())]


def _modules(root: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return the dotted packages that what is called by these names in `root` owns, projects of their own left out."""
    found = [root / name for name in names if not is_project(root / name)]
    inside = [path for place in found for path in ([place] if place.is_file() else _below(place))]
    paths = {path.relative_to(root).as_posix(): path for path in inside}
    return modules(paths, read_inits(paths, lambda name: paths[name].read_bytes()))


def _below(place: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not is_junk(name, top=False) and not name.startswith("."))
        for name in names:
            path = Path(directory, name)
            if not name.endswith((".pyc", ".pyo")) and path.is_file():
                yield path
