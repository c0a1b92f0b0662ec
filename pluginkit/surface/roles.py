"""Who implements the interfaces of a Python API: plugins, or the host that gives one to plugins.

Plugins implement each interface (a Protocol, or a class with abstract members) that nothing else of the API takes or
returns. The arguments of its methods are the host's, and so is whatever plugins get from those; the results of its
methods are the plugins' again.
"""

from __future__ import annotations

from functools import lru_cache

from pluginkit.surface.index import Index
from pluginkit.surface.signature import annotation, parameters, returns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from pluginkit.core.api import Contract
    from pluginkit.surface.signature import Declaration

    class Copy(Protocol):
        """A copy of an API."""

        @property
        def name(self) -> str:
            """Of its distribution; Go: the import path."""
            ...

        @property
        def modules(self) -> tuple[str, ...]:
            """Dotted import packages; Go: its package clause."""
            ...

        @property
        def surface(self) -> tuple[str, ...]:
            """One declaration a line, sorted."""
            ...


PLUGINS, HOST = "plugins", "host"
_OTHER = {PLUGINS: HOST, HOST: PLUGINS}


def roles_of(api: Copy, contract: Contract) -> Mapping[str, str]:
    """Return who implements each interface of an API, in either language: its dotted name to `plugins` or `host`.

    An interface that is missing may be implemented by either.
    """
    if api.surface[:1] and api.surface[0].startswith("pkg "):
        from pluginkit.surface.go.roles import go_roles  # a host in Python has no lines of Go

        return go_roles(api.surface, (type_ for _, type_ in contract.symbols), dict.fromkeys(api.modules, api.name))
    return roles(api.surface)


def roles_between(copies: Iterable[Copy], contract: Contract) -> Mapping[str, str]:
    """Return the roles in several copies of one API; what plugins implement in one copy, they implement in all."""
    found: dict[str, str] = {}
    for one in copies:
        for name, role in roles_of(one, contract).items():
            found[name] = PLUGINS if PLUGINS in (role, found.get(name)) else HOST
    return found


def roles(surface: Sequence[str]) -> Mapping[str, str]:
    """Return who implements each interface of an API: its dotted name to `plugins` or `host`."""
    index = Index(surface)
    interfaces = [name for name in index.names if index.word(name) == "class" and index.is_interface(name)]
    given, made = _exchanged(index)
    mentioned = {name for names in (*given.values(), *made.values()) for name in names}
    found: dict[str, str] = {name: PLUGINS for name in interfaces if name not in mentioned}
    waiting = list(found)
    while waiting:
        owner = waiting.pop()
        role = found[owner]
        for names, own in ((given.get(owner, ()), _OTHER[role]), (made.get(owner, ()), role)):
            for name in names:
                if name in interfaces and name not in found:
                    found[name] = own
                    waiting.append(name)
    return {name: found.get(name, HOST) for name in interfaces}


@lru_cache(maxsize=64)
def sought(surface: tuple[str, ...]) -> tuple[str, ...]:
    """Return the interfaces that plugins are themselves: no method takes or returns them.

    `init` is for those plugins that want it: an interface that asks for nothing else is left out.
    """
    index = indexed(surface)
    interfaces = [name for name in index.names if index.word(name) == "class" and index.is_interface(name)]
    mentioned = {name for table in _exchanged(index) for names in table.values() for name in names}
    return tuple(one for one in interfaces if one not in mentioned and index.all_members(one).keys() - {"init"})


@lru_cache(maxsize=64)
def indexed(surface: tuple[str, ...]) -> Index:
    """Return the index of a surface, which many plugins are compared with."""
    return Index(surface)


def _exchanged(index: Index) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return, by class, the classes that its methods are given, and those that they return."""
    given: dict[str, set[str]] = {}
    made: dict[str, set[str]] = {}
    for name in index.names:
        if index.word(name) != "class":
            continue
        given[name], made[name] = set(), set()
        for path in index.all_members(name).values():
            for line in index.names[path]:
                given[name] |= _classes(index, " ".join(one.annotation for one in parameters(line)))
                made[name] |= _classes(index, _result(line))
        given[name].discard(name)
        made[name].discard(name)
    return given, made


def _result(line: Declaration) -> str:
    return returns(line) if line.word in ("def", "async def") else annotation(line)


def _classes(index: Index, text: str) -> set[str]:
    return {meant for word in index.words(index.expand(text)) if (meant := index.class_named(word))}
