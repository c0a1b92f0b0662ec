"""What the sources of a project say of others, found as text: groups that they look up, packages that they import."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.python.survey import sources
from pluginkit.core.model import Member

_LOOKS_UP = re.compile(rb"(?i)(entry_?points?|manager|group|namespace|_plugins|plugin_)[^;]{0,120}$")
"""What stands before the name of a group where it is looked up, or is given to what does."""
_BEFORE = 160
"""Bytes before a name that are looked at."""
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Which entry-point groups the sources of a project name, and which packages they import."""

    groups: frozenset[str] = frozenset()
    """Those that are a string of their own."""
    looked_up: frozenset[str] = frozenset()
    """Those that stand where a group is looked up."""
    imports: tuple[tuple[str, int], ...] = ()
    """(top-level package, number of imports), sorted."""


def mentions(root: Path, member: Member, groups: Collection[str]) -> Mentions:
    """Return which entry-point groups the sources of a project name, and which packages they import."""
    names = b"|".join(re.escape(group.encode()) for group in sorted(groups))
    quoted = re.compile(rb"""(["'])(%s)\1""" % names)
    found, looked_up, imports = set[str](), set[str](), Counter[str]()
    for data in sources(root, member):
        imports.update(match[1].decode() for match in _IMPORT.finditer(data))
        for match in quoted.finditer(data):
            name = match[2].decode()
            found.add(name)
            before = data[max(match.start() - _BEFORE, 0) : match.start()]
            looked_up |= {name} if _LOOKS_UP.search(before) else set()
    return Mentions(frozenset(found), frozenset(looked_up), tuple(sorted(imports.items())))
