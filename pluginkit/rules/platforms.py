"""Which interpreter and platform a Python artifact runs on, compared with the host's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Problem
from pluginkit.rules.versions import admits, disjoint, is_specifier

_SYSTEMS = ("linux", "macosx", "win", "android", "ios", "emscripten", "pyodide")


def python_problems(mine: str, host: Host) -> Iterable[Problem]:
    """Compare a plugin's `requires-python` with the host's interpreter, or with its range where only that is known."""
    exact, theirs = host.python, host.requires_python
    if not mine or (exact and admits(mine, exact)):
        return
    if not is_specifier(mine):
        yield Problem(
            f"requires-python {mine!r} is not a version specifier", "write it as in `>=3.11`", {"found": mine}
        )
    elif exact or (theirs and disjoint(mine, theirs)):
        yield Problem(
            f"requires Python {mine}, the host runs {exact or theirs}",
            "widen requires-python and rebuild it, or run the host on a Python it admits",
            {"found": mine, "expected": exact or theirs},
        )


def tags_fit(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether one tag fits. Tags of a pure host say nothing; those of a compiled one only its system."""
    if not mine or not theirs or "py3-none-any" in mine or not set(mine).isdisjoint(theirs):
        return True
    if all(tag.endswith("-none-any") for tag in theirs):
        return True
    if any(tag.endswith("-none-any") for tag in theirs):
        return False  # the exact set of an interpreter, and none of ours is in it
    return any(tag.endswith("-any") for tag in mine) or bool(_systems(mine) & _systems(theirs))


def _systems(tags: Sequence[str]) -> set[str]:
    return {system for tag in tags for system in _SYSTEMS if system in tag.rpartition("-")[2]}
