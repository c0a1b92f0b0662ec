"""The arguments of `pluginkit align`."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "bring a plugin's repository in step with a host, proven on a copy"
DETAIL = """Bring a plugin's repository in step with a host: edit what pins its dependencies on a copy, build there,
verify, and load what was built. Go: go.mod, by the build information of the host's binary. Python: the lock or the
requirements, by what the host pins. Nothing is written without --write, and then only what was proven."""


def add_align(align: argparse.ArgumentParser) -> None:
    """Add them to a parser."""
    align.add_argument(
        "directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the plugin's repository (default: .)"
    )
    align.add_argument(
        "--host",
        metavar="HOST",
        help="a host's binary or wheel, a release (its directory, or the path or URL of its release.json) or an "
        "environment (default: `host` of the configuration)",
    )
    align.add_argument(
        "--package",
        action="append",
        metavar="PACKAGE",
        help="Go: which main packages are plugins, as the go command takes them; may be repeated (default: all)",
    )
    align.add_argument(
        "--host-source",
        type=Path,
        metavar="DIR",
        help="Go: a checkout of the host, for plugins that import packages of the host's own module: go.work uses both",
    )
    align.add_argument("--write", action="store_true", help="write the edits, if they are proven")
    align.add_argument("--output-format", default="text", choices=["text", "json"], help="default: text")
