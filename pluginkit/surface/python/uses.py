"""What a plugin's own code does with the APIs it is built for, read by `ast`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from pluginkit.surface.python.code import Code
from pluginkit.surface.python.modules import Module
from pluginkit.surface.python.names import Names
from pluginkit.surface.python.places import Place, Places
from pluginkit.surface.uses import Uses, canonical


def read_uses(sources: Mapping[str, bytes], roots: Iterable[str], known: frozenset[str]) -> Uses:
    """Return what the Python files of a plugin do with the API modules `roots`.

    `sources` are POSIX paths beneath the import root, with their bytes; `known` are the names in the APIs'
    surfaces (see `known_names`): other attributes concern no API.
    """
    size = sum(data.count(b"\n") for data in sources.values())
    return Uses(canonical((place.line for place in read_places(sources, roots, known)), size))


def read_places(sources: Mapping[str, bytes], roots: Iterable[str], known: frozenset[str]) -> list[Place]:
    """Return each use with its place; see `read_uses`."""
    found = Places()
    modules: dict[str, tuple[str, Module]] = {}
    for file, data in sorted(sources.items()):
        found.file = file
        if file.endswith((".so", ".pyd", ".pyc")):
            found.add("dynamic compiled", ast.Pass())
        elif file.endswith(".py"):
            name, is_package = _module_name(file)
            try:
                modules[name] = file, Module(name, ast.parse(data), is_package)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue  # what does not parse cannot be imported
    names = Names({name: module for name, (_, module) in modules.items()}, tuple(roots))
    for name, (file, module) in modules.items():
        found.file = file
        reader = Code(found, names, name, known)
        reader.read(module)
    return found.places


def _module_name(file: str) -> tuple[str, bool]:
    parts = file.removesuffix(".py").split("/")
    is_package = parts[-1] == "__init__" and len(parts) > 1
    return ".".join(parts[:-1] if is_package else parts), is_package


def known_names(surfaces: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return every identifier that the lines of surfaces contain."""
    found = (name for lines in surfaces for line in lines for name in re.findall(r"[^\W\d]\w*", line))
    return frozenset(found) | {"__eq__", "__hash__", "__iter__", "__lt__", "__le__", "__gt__", "__ge__"}
