"""What a host ignores, as its stamp lists it."""

from __future__ import annotations

import re

from pluginkit.core.api import Ignore
from pluginkit.core.stamp_members import StampError, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

MEMBERS = frozenset(("rule", "reason", "plugin", "until"))
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def to_json(ignores: Iterable[Ignore]) -> list[dict[str, str]]:
    """Return ignores as the stamp spells them."""
    spelled = ({"rule": one.rule, "reason": one.reason, "plugin": one.plugin, "until": one.until} for one in ignores)
    return [{name: text for name, text in one.items() if text} for one in spelled]


def from_json(value: Mapping[str, Any]) -> Ignore:
    """Read what a stamp has of one. Raises StampError."""
    optional = {name: read_text(value, name) for name in ("plugin", "until") if name in value}
    until = optional.get("until", "")
    if until and not re.fullmatch(_DATE, until):
        raise StampError(f"the stamp ignores something until {until[:80]!r}, which is not a date")
    return Ignore(read_text(value, "rule"), read_text(value, "reason"), **optional)
