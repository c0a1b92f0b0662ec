"""What distributions that carry no stamp have installed: read of their RECORD, so that nothing is installed over it."""

from __future__ import annotations

from pluginkit.backends.python.installed_record import importable, rows
from pluginkit.core.ownership import Owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pluginkit.backends.python.distributions import Distribution

_NOT_IMPORTED = ("..", "")
"""How paths begin that lead out of the import root."""


def owned(found: Iterable[Distribution]) -> Mapping[str, tuple[Owner, ...]]:
    """Return, by top-level name of what is imported, who has files beneath it: distributions without a stamp.

    One whose RECORD is missing or cannot be followed owns nothing.
    """
    owners: dict[str, tuple[Owner, ...]] = {}
    for one in found:
        if one.has_stamp or not one.has_record:
            continue
        label = f"{one.name} {one.version}".rstrip()
        for top, files in _by_top(one.read("RECORD")).items():
            owners[top] = (*owners.get(top, ()), Owner(one.name, label, tuple(files)))
    return owners


def _by_top(record: bytes) -> Mapping[str, list[str]]:
    """Return the importable files that a RECORD lists, by top-level name; rows without quotes are split by hand."""
    try:
        text = record.decode("utf-8")
        quoted = '"' in text or "\r" in text
        paths = [path for path, _ in importable(rows(record))] if quoted else _paths(text)
    except ValueError:
        return {}
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.partition("/")[0], []).append(path)
    beneath: dict[str, list[str]] = {}
    for top, files in found.items():
        if top not in _NOT_IMPORTED and not top.endswith(".dist-info"):
            beneath.setdefault(top.partition(".")[0], []).extend(files)
    return beneath


def _paths(text: str) -> list[str]:
    return [line.partition(",")[0] for line in text.split("\n") if "__pycache__/" not in line and "/../" not in line]
