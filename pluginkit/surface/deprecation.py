"""What an API declares deprecated: who uses it, and what was removed without having been."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from pluginkit.core.frozen import record, replace
from pluginkit.surface.change import Change
from pluginkit.surface.compare import index, is_go
from pluginkit.surface.go.concern import deprecated as go_deprecated
from pluginkit.surface.go.lines import item
from pluginkit.surface.index import Index
from pluginkit.surface.marks import PYTHON_DEPRECATED, declares_deprecated
from pluginkit.surface.signature import Declaration, declaration
from pluginkit.surface.uses import Uses
from pluginkit.surface.view import View

_CONSTRUCTORS = ("__init__", "__new__")


@record
class Deprecated:
    """Something deprecated that a plugin uses."""

    name: str
    """Dotted name, as the API declares it."""
    message: str
    """What the API says of it; empty where its surface does not record that."""
    mentions: tuple[str, ...]
    """Keys of the plugin's uses, as `concern.Break` has them; Go: lines of them."""


@lru_cache(maxsize=256)
def deprecated_uses(surface: tuple[str, ...], uses: tuple[str, ...]) -> tuple[Deprecated, ...]:
    """Return what a plugin uses of what an API declares deprecated, by name.

    `uses` are the lines of its `Uses`. Uses for which it has another way, and what only one of several overloads is
    marked for, are left out.
    """
    if not declares_deprecated(surface):
        return ()
    if is_go(surface):
        by_name: dict[str, list[str]] = {}
        for line, name in go_deprecated(surface, uses).items():
            by_name.setdefault(name, []).append(line)
        return tuple(Deprecated(name, "", tuple(sorted(lines))) for name, lines in sorted(by_name.items()))
    graph = index(surface)
    view = View(Uses(uses), graph)
    found = ((name, _mentions(view, graph, name)) for name in sorted(graph.names) if _is_marked(graph.names[name]))
    return tuple(Deprecated(name, _message(graph.names[name]), keys) for name, keys in found if keys)


def unannounced(changes: Sequence[Change], old: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes from `old`, those marked that remove what it never declared deprecated."""
    removed = [one for one in changes if one.kind == "removed" and one.breaks]
    if not removed:
        return tuple(changes)
    marks = _go_marks(old) if is_go(old) else None
    graph = None if marks is not None else index(tuple(old))

    def is_silent(one: Change) -> bool:
        if one not in removed:
            return False
        if marks is not None:
            return item(one.old).kind not in ("implements", "unknown") and not _was_marked(one, marks)
        return graph is not None and not _was_announced(declaration(one.old), graph)

    return tuple(replace(one, unannounced=True) if is_silent(one) else one for one in changes)


def _is_marked(lines: Sequence[Declaration]) -> bool:
    return all(any(one.startswith(PYTHON_DEPRECATED) for one in line.decorators) for line in lines)


def _message(lines: Sequence[Declaration]) -> str:
    """Return the message in the mark, where the line has one."""
    marks = (
        one.removeprefix(PYTHON_DEPRECATED) for one in lines[0].decorators if one.startswith(f"{PYTHON_DEPRECATED}(")
    )
    for mark in marks:
        try:
            value = ast.literal_eval(mark)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return value if isinstance(value, str) else ""
    return ""


def _mentions(view: View, graph: Index, name: str) -> tuple[str, ...]:
    owner, _, short = name.rpartition(".")
    if graph.word(owner) != "class":
        names = {one.name for one in view.reached if one.name and graph.resolve(one.name) == name}
        keys = [act.key for act in view.beneath(names)]
        if graph.word(name) == "class":
            keys += [one.name for one in view.subclasses(name)]
    elif short in _CONSTRUCTORS:
        names = {one.name for one in view.reached if one.name and graph.resolve(one.name) == owner}
        keys = [act.key for act in view.of_names(names, "call", "run") if not act.has_fallback]
    else:
        keys = [act.key for act, _ in view.of_member(name, owner) if not act.has_fallback]
        keys += [f"{one.name}.{short}" for one in view.implementers(owner) if short in one.members]
    return tuple(sorted(set(keys)))


def _was_announced(removed: Declaration, graph: Index) -> bool:
    """Return whether a removed declaration, or what it stood in, was deprecated; a module if all in it was."""
    name = graph.resolve(removed.name)
    if removed.word == "module":
        inner = [lines for path, lines in graph.names.items() if path.rpartition(".")[0] == name]
        return bool(inner) and all(map(_is_marked, inner))
    owner = graph.names.get(name.rpartition(".")[0], ())
    return any(lines and _is_marked(lines) for lines in (graph.names.get(name, ()), owner))


def _go_marks(old: Sequence[str]) -> Mapping[str, bool]:
    return {one.dotted: one.deprecated for one in map(item, old)}


def _was_marked(removed: Change, marks: Mapping[str, bool]) -> bool:
    return any(marks.get(name, False) for name in _around(item(removed.old).dotted))


def _around(name: str) -> Iterator[str]:
    yield name
    yield name.rpartition(".")[0]
