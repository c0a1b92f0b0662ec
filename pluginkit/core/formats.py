"""What the formats of stamp, lock and release have in common: reserved members, and a minor version."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RESERVED = frozenset(("ignores", "roles", "uses", "mode", "toolkit", "release"))
"""Optional members of schema 2, left out when empty. A format that gives one no meaning yet skips it."""
OPTIONAL = RESERVED | {"minor"}


def minor_of(value: Mapping[str, Any]) -> int | None:
    """Return the minor version that a format states, 0 where it states none; None for what must not stand there.

    It grows with each member that readers may skip, and is stated unless it is 0.
    """
    minor = value.get("minor", 0)
    least = 1 if "minor" in value else 0
    return minor if type(minor) is int and minor >= least else None
