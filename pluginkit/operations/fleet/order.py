"""Which of two releases of a plugin is the newer one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pluginkit.core.fleet import PluginRelease
from pluginkit.core.versions import version

_NUMBER = re.compile(r"(\d+)")


class _Reversed:
    """Sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: tuple[Any, ...]) -> None:
        self.key = key

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and other.key == self.key


def newest_first(one: PluginRelease) -> tuple[str, str, _Reversed]:
    """Return a sort key: by name, and of one plugin the newest release first.

    By version (PEP 440, which orders Go's too); where there is none, by the number of the release it was built for,
    then by the versions of the APIs, and last by its path, whose numbers count as numbers.
    """
    apis = tuple(_version(api.version) for api in one.apis)
    return one.name, one.language, _Reversed((_version(one.version), one.number, apis, *_natural(one.subject)))


def _version(text: str) -> tuple[Any, ...]:
    """Return what orders versions; what is not one comes before all that are."""
    found = version(text.removeprefix("v"))
    return (1, found) if found else (0, text)


def _natural(text: str) -> Iterable[tuple[int, str]]:
    parts = _NUMBER.split(text)
    yield tuple((int(part), "") if part.isdigit() else (0, part) for part in parts)  # type: ignore[misc]
