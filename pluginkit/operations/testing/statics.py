"""What comparing the APIs of two copies tells of each plugin before any of its tests runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pluginkit.backends.readers import readers
from pluginkit.core.frozen import record
from pluginkit.operations.diff.locations import Location
from pluginkit.operations.diff.pairs import pair
from pluginkit.operations.diff.plugins import outcome, plugins_at
from pluginkit.operations.diff.sides import working_tree
from pluginkit.surface.comparison import PluginOutcome

_MOST = 20
"""Places of one plugin that are kept."""


@record
class Static:
    """What the change breaks of one plugin, as far as reading tells."""

    breaks: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def compared(language: str, before: Path, after: Path, plugins: Mapping[str, Path], root: Path) -> Mapping[str, Static]:
    """Return by name what the APIs of the workspace `after` break that are in `before`, by the sources of plugins.

    Places are relative to `root`. Nothing is returned where the language has no reader of sources.
    Raises PluginkitError where an API cannot be read.
    """
    found: dict[str, Static] = {}
    if not [*readers(language)]:
        return found
    pairs = pair(working_tree(before), working_tree(after))
    for name, place in plugins.items():
        for plugin in plugins_at(Location("", place)):
            found[name] = _static(outcome(plugin, pairs), root)
    return found


def _static(found: PluginOutcome, root: Path) -> Static:
    if found.status != "breaks":  # what may break is for the tests to say
        return Static()
    certain = [one for one in found.concerns if not one.unknown]
    places = dict.fromkeys(f"{one.file.removeprefix(f'{root}/')}:{one.line}" for each in certain for one in each.places)
    return Static(tuple(dict.fromkeys(str(one.change) for one in certain)), tuple(places)[:_MOST])
