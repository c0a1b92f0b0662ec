"""What `setup.py` and `setup.cfg` declare of a project. Both are read, and nothing is run."""

import ast
import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pluginkit.backends.python.wheel.syntax import parsed
from pluginkit.core.errors import PluginkitError

_MAX_SOURCE = 1 << 20
"""Bytes; a longer file declares no project, and a longer setup.cfg is an error."""
_MAX_MESSAGE = 300
_MAX_DEPTH = 40
"""Expressions within each other that are looked into."""

EntryPoints = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the files of setuptools declare as literals; what is computed there is not known."""

    name: str = ""
    requires: tuple[str, ...] = ()
    entry_points: EntryPoints = ()
    """(group, name, object reference), sorted."""


def declared(directory: Path) -> Declared:
    """Read `setup.py` and `setup.cfg` in a directory; as for setuptools, what the former says counts first.

    Raises PluginkitError for a `setup.cfg` that cannot be read.
    """
    script, config = _of_script(directory / "setup.py"), _of_config(directory)
    return Declared(
        script.name or config.name, script.requires or config.requires, script.entry_points or config.entry_points
    )


def _of_config(directory: Path) -> Declared:
    path = directory / "setup.cfg"
    if not path.is_file():
        return Declared()
    parser = configparser.ConfigParser(interpolation=None)
    try:
        if path.stat().st_size > _MAX_SOURCE:
            raise PluginkitError(f"{path}: larger than {_MAX_SOURCE >> 20} MiB")
        parser.read_string(path.read_text(encoding="utf-8"))
    except (configparser.Error, ValueError, OSError) as error:
        raise PluginkitError(f"{path}: not readable: {str(error)[:_MAX_MESSAGE]}") from None
    found = []
    for section in ("options.entry_points", "entry_points"):  # the latter is pbr's
        if parser.has_section(section):
            found += [(group, line) for group, lines in parser.items(section) for line in lines.splitlines()]
    requires = parser.get("options", "install_requires", fallback="").splitlines()
    name = parser.get("metadata", "name", fallback="").strip()
    return Declared(
        name,
        tuple(filter(None, map(str.strip, requires))),
        _points(found),
    )


def requirement_lines(path: Path) -> tuple[str, ...]:
    """Return the requirements in a file of such lines; its options and what cannot be read are passed over.

    A file that is longer than any that people write has none.
    """
    try:
        if path.stat().st_size > _MAX_SOURCE:
            return ()
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (ValueError, OSError):
        return ()
    return tuple(line.partition(" #")[0].strip() for line in lines if line[:1].isalnum())


def _of_script(path: Path) -> Declared:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_SOURCE:
            return Declared()
        tree = parsed(path.read_bytes())
    except OSError:
        return Declared()
    if tree is None:
        return Declared()
    given = _given(tree, _Literals(tree))
    name, requires, points = given.get("name"), given.get("install_requires"), given.get("entry_points")
    lines = requires.splitlines() if isinstance(requires, str) else requires
    return Declared(
        name if isinstance(name, str) else "",
        tuple(line.strip() for line in lines if isinstance(line, str) and line.strip()) if lines else (),
        _points(_entries(points)),
    )


def _given(tree: ast.Module, literals: "_Literals") -> Mapping[str, Any]:
    """Return what is known of the arguments that `setup` is called with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            return literals.arguments(node, 0)
    return {}


def _entries(points: object) -> Iterator[tuple[str, str]]:
    """Yield (group, line) of what setuptools takes as `entry_points`: a table of lists or texts, or one text as INI."""
    group = ""
    if isinstance(points, str):
        for line in map(str.strip, points.splitlines()):
            if line.startswith("[") and line.endswith("]"):
                group = line[1:-1].strip()
            else:
                yield group, line
    elif isinstance(points, dict):
        for group, lines in points.items():
            for line in lines.splitlines() if isinstance(lines, str) else lines if isinstance(lines, list) else ():
                if isinstance(group, str) and isinstance(line, str):
                    yield group, line


def _points(found: "Iterator[tuple[str, str]] | list[tuple[str, str]]") -> EntryPoints:
    parted = ((group, *line.partition("=")) for group, line in found)
    return tuple(sorted((group, name.strip(), ref.strip()) for group, name, mark, ref in parted if group and mark))


@dataclass(slots=True)
class _Literals:
    """Values that stand in a module as literals, or are put together of such."""

    tree: ast.Module
    _assigned: dict[str, ast.expr | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for name in (target.id for target in targets if isinstance(target, ast.Name)):
                self._assigned[name] = None if name in self._assigned else node.value  # type: ignore[attr-defined]

    def arguments(self, call: ast.Call, depth: int) -> dict[str, Any]:
        """Return the keyword arguments of a call, those of a table behind `**` too."""
        found: dict[str, Any] = {}
        for keyword in call.keywords:
            value = self.value(keyword.value, depth)
            if keyword.arg:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found |= value
        return found

    def value(self, node: ast.expr | None, depth: int = 0) -> Any:
        """Return what an expression is; None where only running it could tell."""
        if depth > _MAX_DEPTH:
            return None
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.value(self._assigned.get(name), depth + 1)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [value for part in parts for value in self._items(part, depth + 1)]
            case ast.Dict(keys=keys, values=values):
                return {
                    key: self.value(value, depth + 1)
                    for node, value in zip(keys, values, strict=True)
                    if isinstance(key := self.value(node, depth + 1), str)
                }
            case ast.Call(func=ast.Name(id="dict"), args=[]):
                return self.arguments(node, depth + 1)
            case ast.JoinedStr(values=parts):
                texts = [self.value(part, depth + 1) for part in parts]
                return "".join(texts) if all(isinstance(text, str) for text in texts) else None
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self.value(value, depth + 1)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._sum(self.value(left, depth + 1), self.value(right, depth + 1))
        return None

    def _items(self, part: ast.expr, depth: int) -> list[Any]:
        if isinstance(part, ast.Starred):
            several = self.value(part.value, depth)
            return several if isinstance(several, list) else []
        return [self.value(part, depth)]

    def _sum(self, left: Any, right: Any) -> Any:
        if isinstance(left, list) or isinstance(right, list):  # of a list half of it says something too
            return [*(left if isinstance(left, list) else ()), *(right if isinstance(right, list) else ())]
        return left + right if isinstance(left, str) and isinstance(right, str) else None
