"""`pluginkit rebuild`: whether a checkout gives the bytes of a release again."""

from __future__ import annotations

import argparse
from pathlib import Path

from pluginkit.cli.build_arguments import add_report
from pluginkit.cli.printing import count
from pluginkit.cli.publish import publish, wants_report
from pluginkit.cli.slow import telling

SUMMARY = "build a release again from its sources, and compare the bytes"
DETAIL = """Build a checkout in a fresh place, by its lock and without caches, and compare the bytes with those of a
release. This runs what a build runs: build backends of the checkout, and compilers. What differs is reported as PK604,
with the first file inside that does, and with the reason where it can be proven: the artifact is built a few more
times, each time with one thing changed."""


def add_rebuild(rebuild: argparse.ArgumentParser) -> None:
    """Add what `rebuild` takes."""
    rebuild.add_argument("release", type=Path, metavar="RELEASE", help="a release's directory, or its release.json")
    rebuild.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="a checkout of what it was built from (default: the workspace around)",
    )
    rebuild.add_argument(
        "--quick", action="store_true", help="say what differs, and do not build again to look for the reason"
    )
    add_report(rebuild)


def rebuild(args: argparse.Namespace) -> int:
    """Print what differs; 1 where something does."""
    from pluginkit.operations.rebuild import rebuild as operation

    with telling("building") as progress:
        verdict = operation(args.release, args.directory, quick=args.quick, progress=progress)
    if verdict.findings or wants_report(args):
        publish([verdict], args)
    else:
        print(f"{count(len(verdict.subjects), 'artifact')} reproduced: the same bytes as in {args.release}")
    return 0 if verdict.accepted else 1
