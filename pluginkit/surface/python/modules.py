"""Modules found beneath a directory and parsed; a stub takes precedence over its module, as in type checkers."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.ownership import is_shared

_COMPILED = (".so", ".pyd")
_SUFFIXES = (".pyi", ".py")
_DEEPEST = 30
"""Levels of packages entered: no real package nests deeper, and a symbolic link could make a circle."""


@dataclass(frozen=True, slots=True)
class Module:
    """One module, parsed."""

    name: str
    """Dotted."""
    tree: ast.Module | None
    """None for a compiled one without a stub."""
    is_package: bool = False

    def absolute(self, module: str | None, level: int) -> str:
        """Return the dotted name that `from ...module import` means here."""
        if not level:
            return module or ""
        parts = self.name.split(".")
        base = parts[: len(parts) - level + self.is_package]
        return ".".join([*base, *([module] if module else [])])


def load(search_path: Path, names: Sequence[str]) -> dict[str, Module]:
    """Read the modules `names` in a directory with all that lies beneath them, by dotted name, sorted.

    Raises PluginkitError for one that is absent or does not parse, naming the file and line.
    """
    found: dict[str, Module] = {}
    for name in sorted(set(names)):
        beneath = not is_shared(name, names)
        found.update((module.name, module) for module in _load(search_path, name, beneath=beneath))
    return dict(sorted(found.items()))


def _load(search_path: Path, name: str, *, beneath: bool) -> Iterator[Module]:
    place = search_path.joinpath(*name.split("."))
    if place.is_dir():
        init = _first(place / "__init__")
        if init:
            yield Module(name, parse(init, search_path), is_package=True)
            yield from _beneath(search_path, place, name, 0) if beneath else ()
            return
    alone = _first(place)
    if alone:
        yield Module(name, parse(alone, search_path))
    elif _is_compiled(place.parent, place.name):
        yield Module(name, None)
    elif _is_compiled(place, "__init__"):
        yield Module(name, None, is_package=True)
        yield from _beneath(search_path, place, name, 0) if beneath else ()
    else:
        raise PluginkitError(
            f"the module {name!r} is not there",
            hint="check what the API's wheel ships: a package needs its __init__.py",
        )


def _first(stem: Path) -> Path | None:
    candidates = (stem.with_name(stem.name + suffix) for suffix in _SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _is_compiled(directory: Path, stem: str) -> bool:
    return any(path.name.endswith(_COMPILED) for path in directory.glob(f"{stem}.*"))


def _beneath(search_path: Path, directory: Path, package: str, depth: int) -> Iterator[Module]:
    """Yield the importable modules of a package."""
    stems: Mapping[str, Path] = {path.name.partition(".")[0]: path for path in sorted(directory.iterdir())}
    for stem, path in stems.items():
        if not stem.isidentifier() or stem == "__init__" or depth > _DEEPEST:
            continue
        own = directory / stem
        init = _first(own / "__init__") if own.is_dir() else None
        alone = _first(own)
        if init:
            yield Module(f"{package}.{stem}", parse(init, search_path), is_package=True)
            yield from _beneath(search_path, own, f"{package}.{stem}", depth + 1)
        elif alone:
            yield Module(f"{package}.{stem}", parse(alone, search_path))
        elif own.is_dir():
            yield from _namespace(search_path, own, f"{package}.{stem}", depth + 1)
        elif path.name.endswith(_COMPILED):
            yield Module(f"{package}.{stem}", None)


def _namespace(search_path: Path, directory: Path, package: str, depth: int) -> Iterator[Module]:
    """Yield the modules of a directory without `__init__.py`; none if it holds files that are not importable."""
    try:
        yield from _beneath(search_path, directory, package, depth)
    except PluginkitError:
        return


def parse(path: Path, search_path: Path | None = None) -> ast.Module:
    """Parse one file. Raises PluginkitError that names the file, relative to `search_path`, and the line."""
    shown = path.relative_to(search_path) if search_path else path
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise PluginkitError(
            f"{shown.as_posix()}, line {error.lineno}: {error.msg}",
            hint="an API's modules must parse under the Python that runs pluginkit; mend the file, or leave it out",
        ) from None
    except (MemoryError, RecursionError, ValueError, OSError) as error:
        raise PluginkitError(f"{shown.as_posix()}: not readable as Python: {error}") from None
