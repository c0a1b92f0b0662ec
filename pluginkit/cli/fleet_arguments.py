"""The arguments of `pluginkit fleet`."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "show which releases of which plugins fit which hosts"
DETAIL = (
    "Compare many releases of many plugins with many hosts: for each plugin and host the newest release that fits, or "
    "what keeps the newest from fitting. Nothing of them is run. The exit status is 1 when a plugin has no release for "
    "a host of its language."
)


def add_fleet(fleet: argparse.ArgumentParser) -> None:
    """Add the arguments of `pluginkit fleet`."""
    from pluginkit.report.fleet import FORMATS

    fleet.add_argument(
        "places",
        nargs="*",
        metavar="PLACE",
        help="a directory, whose sub-directories are entered, an artifact, a release, an environment, a workspace, "
        "the URL of a simple index or of a page with links, s3://, gs:// or az://, or a file that lists places, "
        "*.txt or *.list (default: this workspace)",
    )
    fleet.add_argument(
        "--host",
        action="append",
        metavar="HOST",
        help="as `pluginkit verify` takes it, or the URL of a release.json; may be repeated (default: the host that "
        "the configuration names, else that of each PLACE that is a release, else that of this workspace)",
    )
    fleet.add_argument(
        "--plugin", action="append", metavar="NAME", help="look at these plugins only, as in `acme-*`; may be repeated"
    )
    fleet.add_argument(
        "--upgrade-to",
        metavar="HOST",
        help="show what the upgrade from the host to this one takes of each plugin that works with it now",
    )
    fleet.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help="with --upgrade-to, write there what to install: a pylock.toml, or of Go lines for `sha256sum --check`",
    )
    fleet.add_argument("--all", action="store_true", help="show every release, not only the newest that fits")
    fleet.add_argument("--download", action="store_true", help="fetch whole what a server does not give in parts")
    fleet.add_argument("--unstamped", action="store_true", help="accept artifacts without a stamp, as `verify` does")
    fleet.add_argument("--sysroot", type=Path, metavar="DIR", help="the file system that Go hosts run in")
    fleet.add_argument("--trust", type=Path, metavar="FILE", help="a trust.toml: whose signatures are needed")
    fleet.add_argument("--output-format", default="text", choices=list(FORMATS), help="default: text")
    fleet.add_argument("--output-file", type=Path, metavar="FILE", help="write it there, whole or not at all")
