"""A plugin that is part of a host, as the host's stamp lists it."""

from __future__ import annotations

from pluginkit.core.frozen import record
from pluginkit.core.stamp_members import read_digest, read_list, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MEMBERS = frozenset(("name", "version", "capabilities", "inputs"))


@record
class Linked:
    """A plugin that is part of a host."""

    name: str
    version: str
    capabilities: tuple[str, ...]
    inputs: str
    """Digest of what goes into it alone."""


def to_json(one: Linked) -> dict[str, Any]:
    """Return what a stamp has of it."""
    return {
        "name": one.name,
        "version": one.version,
        "capabilities": list(one.capabilities),
        "inputs": one.inputs,
    }


def from_json(value: Mapping[str, Any]) -> Linked:
    """Read what a stamp has of it. Raises StampError."""
    return Linked(
        name=read_text(value, "name"),
        version=read_text(value, "version"),
        capabilities=tuple(read_list(value, "capabilities", str)),
        inputs=read_digest(value, "inputs"),
    )
