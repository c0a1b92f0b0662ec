"""A configuration as `pluginkit init` proposes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """What one language's reading of a tree comes to."""

    table: str
    """The keys of `[tool.pluginkit]`, as TOML."""
    notes: tuple[str, ...]
    """What was found, for a reader who decides."""


def string(text: str) -> str:
    """Return a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def array(items: Iterable[str]) -> str:
    """Return a TOML array of strings."""
    return "[" + ", ".join(string(item) for item in items) + "]"
