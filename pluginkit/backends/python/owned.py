"""What distributions that carry no stamp have installed: read of their RECORD, so that nothing is installed over it."""

from __future__ import annotations

from pluginkit.backends.python.installed_record import importable, rows
from pluginkit.core.ownership import Owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pluginkit.backends.python.distributions import Distribution


def owned(found: Iterable[Distribution]) -> Mapping[str, tuple[Owner, ...]]:
    """Return, by top-level name of what is imported, who has files beneath it: distributions without a stamp.

    One whose RECORD is missing or cannot be followed owns nothing.
    """
    owners: dict[str, tuple[Owner, ...]] = {}
    for one in found:
        if one.has_stamp or not one.has_record:
            continue
        label = f"{one.name} {one.version}".rstrip()
        for top, files in _by_top(one).items():
            owners[top] = (*owners.get(top, ()), Owner(one.name, label, tuple(files)))
    return owners


def _by_top(one: Distribution) -> Mapping[str, list[str]]:
    try:
        listed = importable(rows(one.read("RECORD")))
    except ValueError:
        return {}
    found: dict[str, list[str]] = {}
    for path, _ in listed:
        found.setdefault(path.partition("/")[0].partition(".")[0], []).append(path)
    return found
