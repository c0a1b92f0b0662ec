"""One way in which a change breaks somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface.uses import Act, Implementation
from pluginkit.surface.view import View

Test = Callable[[View], Sequence[str]]
"""Returns the keys by which a plugin shows that it is concerned; nothing where it is not."""


@record
class Facet:
    """One way in which a change breaks somebody, and how a plugin shows that it is one of them."""

    who: str
    """`callers` or `implementers`; `overriders` of what is not made to be implemented; nobody in particular: empty."""
    reason: str
    test: Test
    is_unknown: bool = False
    """Whether it breaks is not known."""


@record
class Found:
    """A change between two surfaces, before it is told to anyone."""

    name: str
    """Dotted name of what changed, as the older surface has it."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    facets: tuple[Facet, ...] = ()
    is_internal: bool = False
    """Nobody is meant to use it."""
    is_typing: bool = False
    """Only type checkers see it."""


def keys(acts: Iterable[Act]) -> list[str]:
    """Return the keys of uses."""
    return [act.key for act in acts]


def names(implementations: Iterable[Implementation]) -> list[str]:
    """Return the names of classes and modules of a plugin."""
    return [one.name for one in implementations]
