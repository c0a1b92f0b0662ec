"""What a command got over, and its user should hear of: noted where it is found, taken by whoever reports.

A cache or a host's memory that finds something cannot print it: builders, worker threads and loaders call them.
"""

from __future__ import annotations

_noted: dict[tuple[str, str], None] = {}


def note(message: str, hint: str = "") -> None:
    """Keep a warning, and the command that mends its cause, until it is taken; the same one is kept once."""
    _noted[message, hint] = None


def taken() -> list[tuple[str, str]]:
    """Return the warnings that were noted since the last call, each with its hint, and forget them."""
    found = list(_noted)
    for one in found:
        del _noted[one]
    return found
