"""What pluginkit is called where it is installed: the command and the import package have the shorter name."""

from __future__ import annotations

from collections.abc import Iterable

NAME = "pluginkit-toolchain"
"""The distribution, in normal form (PEP 503)."""
STEM = "pluginkit_toolchain"
"""The distribution in the names of files and directories."""
DIRECTORY = "toolkit"
"""Where a workspace keeps the toolkit's wheel. Go takes a directory called `vendor` for its own."""
OTHER = "pluginkit"
"""A distribution of somebody else's on the public index, which has an import package of the same name."""


def other_beside(directories: Iterable[str]) -> str:
    """Return the other distribution's metadata directory among those of an environment that has ours too, or nothing.

    `directories` are names as in site-packages: `pluginkit-1.0.dist-info`.
    """
    ours, other = False, ""
    for name in directories:
        if name.startswith(OTHER):
            ours = ours or name.startswith(f"{STEM}-")
            other = other or (name if name.startswith(f"{OTHER}-") else "")
    return other if ours else ""
