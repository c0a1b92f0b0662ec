"""Where the key to sign with is found, and what tells it from others.

A build with nothing to do asks, so that nothing is imported here.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "PLUGINKIT_SIGNING_KEY"
"""Environment variable with the text of the key, as secrets of CI are handed over."""
PASSWORD = "PLUGINKIT_SIGNING_PASSWORD"  # noqa: S105 - its name
"""Environment variable with the password of a key that has one."""
MAX_SIZE = 64 << 10
"""Bytes; a larger file is not a key."""


def mark_of(data: bytes) -> str:
    """Return what tells the bytes of a key from others: a digest, from which nobody can get the key."""
    import hashlib

    return hashlib.sha256(b"pluginkit signing key v1\0" + data).hexdigest()


def mark_of_given(path: str, environment: Mapping[str, str]) -> str | None:
    """Return the mark of the key in a file, else of the one in the environment; empty where neither is given.

    None where the file cannot be read, or only once, as a pipe can.
    """
    if path:
        try:
            if not os.path.isfile(path):  # noqa: PTH113 - pathlib is not imported here
                return None
            with open(path, "rb") as file:  # noqa: PTH123
                return mark_of(file.read(MAX_SIZE))
        except (OSError, ValueError):
            return None
    text = environment.get(KEY, "")
    return mark_of(text.encode("utf-8", "surrogateescape")) if text.strip() else ""
