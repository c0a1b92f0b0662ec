"""How bad each change of an API is for its plugins, by `compatibility.breaks`; for Go by rules of its own.

Whoever asks uses `compare` and `step`; nothing else in the project knows how they come about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pluginkit.core.api import Api, Contract
from pluginkit.core.frozen import EMPTY, record
from pluginkit.surface import compatibility, diff
from pluginkit.surface.signature import Declaration, annotation, arguments, declaration, parameters

SEVERITIES = ("implementers", "callers", "unknown", "typing", "added", "implementation")
"""The worst first."""
_MAJOR = ("implementers", "callers", "unknown")
_MINOR = ("typing", "added")
_INTERFACE = re.compile(r"\b(Protocol|ABC|ABCMeta)\b")
_SETUP = "init"
"""The method by which a host gives a plugin what the host implements."""
_Surface = Mapping[str, Sequence[Declaration]]


@record
class Change:
    """One declaration that differs between two surfaces; `str()` is one line for people."""

    name: str
    """Dotted name of what changed."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    place: str
    """What it stands in, as `diff.Change` has it."""
    severity: str
    """One of `SEVERITIES`: the worst for anyone."""
    reason: str
    """Why, in plain English."""

    def __str__(self) -> str:
        return str(diff.Change(self.name, self.old, self.new, self.place))


def compare(old: Sequence[str], new: Sequence[str], roles: Mapping[str, str] = EMPTY) -> tuple[Change, ...]:
    """Return every difference from `old` to `new`, each with its severity.

    `roles` maps the dotted name of a class or interface to who implements it: `plugins` or `host`.
    """
    sides = diff.group(old), diff.group(new)
    broken = {one.name for one in compatibility.breaks(_called(old, roles), _called(new, roles))}
    shown = {one.name for one in diff.changes(old, new)}
    shown |= {name for name in broken - shown if name.endswith(".__init__") and not _shows(name, shown & broken)}
    found = []
    for one in diff.differences(old, new):
        if one.name in shown:
            is_go = (one.old or one.new).startswith("pkg ")
            severity = _go_severity(one, roles) if is_go else _severity(one, one.name in broken, sides)
            found.append(Change(one.name, one.old, one.new, one.place, severity, _reason(one, severity)))
    return tuple(found)


def step(changes: Sequence[Change]) -> str:
    """Return the step that these changes ask for: `major`, `minor` or `patch`."""
    found = {one.severity for one in changes}
    return "major" if found & {*_MAJOR} else "minor" if found & {*_MINOR} else "patch"


def hides(surface: Sequence[str]) -> bool:
    """Return whether an API may change without a difference in its surface: it declares nothing, or is compiled."""
    return compatibility.opaque(surface) or all(declaration(line).word == "module" for line in surface)


def roles_of(api: Api, contract: Contract) -> Mapping[str, str]:
    """Return who implements the interfaces of an API, where that can be told: `host` for what `init` is given.

    Go: by the types of the contract's symbols.
    """
    found: dict[str, str] = {}
    for line in api.surface:
        declared = declaration(line)
        if declared.word in ("def", "async def") and declared.short == _SETUP:
            package = declared.owner.rpartition(".")[0]
            names = [name for one in parameters(declared) for name in re.findall(r"[\w.]+", one.annotation)]
            found |= {name if name.startswith(f"{package}.") else f"{package}.{name}": "host" for name in names}
    for _, type_ in contract.symbols:
        given, _, made = type_.partition(")")
        for text, role in ((given, "host"), (made, "plugins")):
            names = re.findall(rf"\b{api.modules[0] if api.modules else ''}\.(\w+)", text)
            found |= {f"{api.name}.{name}": role for name in names}
    return found


def _shows(constructor: str, names: set[str]) -> bool:
    """Return whether one of `names` is a member of the same class."""
    return any(_owner(name) == _owner(constructor) for name in names)


def _called(lines: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    """Return the lines with what the host implements as plain classes: plugins only call these."""
    hosts = {name for name, role in roles.items() if role == "host"}
    found = []
    for line in lines:
        declared = declaration(line)
        if declared.word == "class" and declared.name in hosts:
            line = f"class {declared.name}"
        elif declared.owner in hosts:
            line = line.replace("@abstractmethod ", "")
        found.append(line)
    return found


def _severity(one: diff.Change, is_broken: bool, sides: tuple[_Surface, _Surface]) -> str:
    if is_broken:
        if "(compiled)" in one.old + one.new:
            return "unknown"
        owner = _owner(one.name)
        return "implementers" if any(_is_interface(owner, side) for side in sides) else "callers"
    if one.kind == "added":
        return "added"
    old, new = declaration(one.old), declaration(one.new)
    same = old.word == new.word and annotation(old) == annotation(new)
    return "implementation" if same and old.word in ("", "field") else "added"


def _is_interface(name: str, side: _Surface) -> bool:
    declared = side.get(name, ())
    if any(one.word == "class" and _INTERFACE.search(arguments(one)) for one in declared):
        return True
    return any("@abstractmethod" in one.decorators for found in side.values() for one in found if one.owner == name)


def _go_severity(one: diff.Change, roles: Mapping[str, str]) -> str:
    declared = declaration(one.new or one.old)
    in_interface = declared.place.startswith("interface ")
    if in_interface and roles.get(_owner(one.name)) != "host":
        return "implementers"
    if one.kind == "added":
        return "added"
    old, new = (declaration(line).rest.partition(" = ")[0] for line in (one.old, one.new))
    return "implementation" if one.kind == "changed" and declared.word == "const" and old == new else "callers"


def _reason(one: diff.Change, severity: str) -> str:
    if severity == "implementers":
        return "what plugins implement must change"
    if severity == "callers":
        return "what plugins use is gone" if one.kind == "removed" else "what plugins use changed"
    return {"unknown": "cannot be read", "typing": "only its type changed", "added": "new"}.get(severity, "")


def _owner(name: str) -> str:
    return name.rpartition(".")[0]
