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
REMEDY = f"`pip uninstall {OTHER}`, then `pip install --force-reinstall --no-deps {NAME}` from where you have it"
"""Uninstalling the one takes files of the other away."""


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


def said(other: str) -> str:
    """Return what is wrong where the other distribution, named by its metadata directory, is installed too."""
    name, _, version = other.rpartition(".")[0].partition("-")
    return f"{name} {version} is installed beside {NAME}: both bring an import package pluginkit, and one overwrote it"


def explain_import() -> None:
    """Raise ImportError that says so where the other distribution is installed too; called when an import failed."""
    import sys
    from pathlib import Path

    for root in filter(Path.is_dir, map(Path, sys.path)):
        if other := other_beside(path.name for path in root.iterdir()):
            raise ImportError(f"{said(other)}\nhint: {REMEDY}")
