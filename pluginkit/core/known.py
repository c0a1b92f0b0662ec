"""What of a workspace the last build found, for the next one. Plain, frozen, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

from pluginkit.core.model import Member


@dataclass(frozen=True, slots=True)
class Known:
    """What need not be found out again, since neither the configuration changed nor where it leads."""

    paths: Mapping[str, str]
    """Kind of each member by path."""
    members: Mapping[str, Member]
    """By path, those whose own files did not change either."""
    visited: tuple[str, ...]
