"""One way in which a change breaks somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface.uses import Act, Implementation
from pluginkit.surface.view import View

Test = Callable[[View], Sequence[str]]
"""Takes the view of a plugin; returns the keys of those of its uses that a change breaks, none if it is unaffected."""


@record
class Facet:
    """One way in which a change breaks plugins, and the test that says which."""

    who: str
    """`callers`, `implementers`, `overriders` (of what is not meant to be implemented); empty if it breaks nobody."""
    reason: str
    test: Test
    is_unknown: bool = False
    """Whether it breaks them is not known."""


@record
class Found:
    """A difference between two surfaces, with every way in which it breaks somebody."""

    name: str
    """Dotted name of what changed, as the older surface has it."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    facets: tuple[Facet, ...] = ()
    is_internal: bool = False
    """It is not public."""
    is_typing: bool = False
    """Only type checkers notice it."""


def keys(acts: Iterable[Act]) -> list[str]:
    """Return the keys of uses."""
    return [act.key for act in acts]


def names(implementations: Iterable[Implementation]) -> list[str]:
    """Return the names of classes and modules of a plugin."""
    return [one.name for one in implementations]


def instead(now: str, was: str) -> str:
    """Return both types for a message; one that only means something else by now is `another` one."""
    return f"{now} instead of {was}" if now != was else f"another {now}"
