"""Stand-ins for what compares surfaces, and tells whom a change concerns; `diff` uses these.

Each has the name and the signature of what takes its place: `surface.compare`, `surface.concern`, `surface.uses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from pluginkit.core.frozen import EMPTY, record
from pluginkit.surface import compatibility
from pluginkit.surface.diff import differences, group
from pluginkit.surface.signature import annotation, arguments, declaration, parameters, returns

SEVERITIES = ("implementers", "callers", "unknown", "typing", "added", "implementation")
"""Worst first."""
_BREAKING = SEVERITIES[:3]
_WORD = r"[A-Za-z_]\w*"


@record
class Change:
    """One difference between two surfaces; `str()` is one line for people."""

    name: str
    old: str
    new: str
    place: str
    severity: str
    reason: str

    def __str__(self) -> str:
        from pluginkit.surface.diff import Change as Plain

        return str(Plain(self.name, self.old, self.new, self.place)) if self.old or self.new else self.reason


@record
class Uses:
    """What a plugin uses of its APIs."""

    lines: tuple[str, ...]
    dynamic: bool


@record
class Break:
    """A change that breaks a plugin."""

    change: Change
    mentions: tuple[str, ...]
    unknown: bool


def compare(old: Sequence[str], new: Sequence[str], roles: Mapping[str, str] = EMPTY) -> tuple[Change, ...]:
    """Return every difference, each with the worst severity for anyone."""
    if go := _go("compare", old, new):
        return tuple(map(_as_ours, go.go_compare(old, new, roles)))
    breaking = {(one.old, one.new) for one in compatibility.breaks(old, new)}
    both = {**group(old), **group(new)}
    changes = []
    for one in differences(old, new):
        owner = both.get(declaration(one.new or one.old).owner, ())
        severity, reason = "added" if one.kind == "added" else "typing", ""
        if (one.old, one.new) in breaking:
            implemented = any("Protocol" in arguments(each) or "ABC" in arguments(each) for each in owner)
            severity = "implementers" if implemented else "callers"
            reason = "plugins implement it" if implemented else "plugins call it"
        elif one.old and one.new and _same_types(one.old, one.new):
            severity = "implementation"
        changes.append(Change(one.name, one.old, one.new, one.place, severity, reason))
    return tuple(changes)


def _same_types(old: str, new: str) -> bool:
    one, other = declaration(old), declaration(new)
    types = [(annotation(each), returns(each), [each.annotation for each in parameters(each)]) for each in (one, other)]
    return types[0] == types[1]


def step(changes: Iterable[Change]) -> str:
    """Return the step that SemVer asks for: `major`, `minor` or `patch`."""
    severities = {one.severity for one in changes}
    if severities & set(_BREAKING):
        return "major"
    return "minor" if severities & {"added", "typing"} else "patch"


def concerning(old: Sequence[str], new: Sequence[str], uses: Uses | None) -> tuple[Break, ...]:
    """Return what of the changes breaks a plugin of these uses; None: everything concerns it."""
    if go := _go("concern", old, new):
        found = go.go_concerning(_go("compare", old, new).go_compare(old, new), uses.lines if uses else None)
        return tuple(Break(_as_ours(one.change), one.because, one.change.severity == "unknown") for one in found)
    mentioned = None if uses is None or uses.dynamic else {line.partition(" ")[2] for line in uses.lines}
    breaks = []
    for change in compare(old, new):
        words = _owner(change) or (change.name.rpartition(".")[2],)
        if change.severity in _BREAKING and (mentioned is None or mentioned & set(words)):
            breaks.append(Break(change, words, change.severity == "unknown"))
    return tuple(breaks)


def _go(name: str, *surfaces: Sequence[str]) -> Any:
    """Return a module that compares surfaces of Go, where these are and it is there."""
    if not any(line.startswith("pkg ") for surface in surfaces for line in surface[:1]):
        return None
    try:
        return import_module(f"pluginkit.surface.go.{name}")
    except ImportError:
        return None


def _as_ours(one: Any) -> Change:
    return Change(one.name, one.old, one.new, one.place, one.severity, one.reason)


def _owner(change: Change) -> tuple[str, ...]:
    """Return the class of a member that was added: whoever mentions the class is concerned."""
    return () if change.old else (change.name.split(".")[-2],) if "." in change.name else ()


def sees_all(surface: Sequence[str]) -> bool:
    """Return whether a change that the surface does not show is one of the implementation alone."""
    return not compatibility.opaque(surface)


def roles(surface: Sequence[str], factory: str) -> Mapping[str, str]:
    """Return who implements which class, by the contract."""
    return EMPTY


def python_uses(files: Mapping[str, bytes]) -> Uses:
    """Return the uses of a Python plugin, from its files by import path."""
    found = word_uses(b"\n".join(data for name, data in files.items() if name.endswith(".py")))
    compiled = any(name.endswith((".so", ".pyd")) for name in files)
    return Uses(found.lines, compiled or "name exec" in found.lines)


def word_uses(text: bytes) -> Uses:
    """Return every identifier in a source, whatever it does with it."""
    return Uses(tuple(sorted({f"name {word}" for word in re.findall(_WORD, text.decode("utf-8", "replace"))})), False)
