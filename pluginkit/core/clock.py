"""Which day it is: the one clock that ignores end by."""

from __future__ import annotations


def today() -> str:
    """Return the local date (ISO 8601)."""
    import time  # only where an ignore ends one day

    return time.strftime("%Y-%m-%d")
