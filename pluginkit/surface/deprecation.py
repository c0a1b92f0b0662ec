"""What an API declares deprecated: who uses it, and what was removed without having been."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache

from pluginkit.core.frozen import record, replace
from pluginkit.surface.change import Change
from pluginkit.surface.compare import index, is_go
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
        from pluginkit.surface.go.concern import deprecated as go_deprecated

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
    announced = _announced_go(old) if is_go(old) else _announced(index(tuple(old)))
    silent = {one for one in removed if not announced(one.old)}
    return tuple(replace(one, unannounced=True) if one in silent else one for one in changes)


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


def _announced(graph: Index) -> Callable[[str], bool]:
    """Return what says whether a declaration, or what it stands in, was deprecated; a module if all in it was."""

    def is_announced(line: str) -> bool:
        removed = declaration(line)
        name = graph.resolve(removed.name)
        if removed.word == "module":
            inner = [lines for path, lines in graph.names.items() if path.rpartition(".")[0] == name]
            return bool(inner) and all(map(_is_marked, inner))
        owner = graph.names.get(name.rpartition(".")[0], ())
        return any(lines and _is_marked(lines) for lines in (graph.names.get(name, ()), owner))

    return is_announced


def _announced_go(old: Sequence[str]) -> Callable[[str], bool]:
    """Return the same for Go; of what is nothing that could be marked it is true."""
    from pluginkit.surface.go.lines import item

    marked = {one.dotted for one in map(item, old) if one.deprecated}

    def is_announced(line: str) -> bool:
        one = item(line)
        return one.kind in ("implements", "unknown") or bool({one.dotted, one.dotted.rpartition(".")[0]} & marked)

    return is_announced
