"""The arguments of `pluginkit test`."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "run plugins' own tests with a host or an API that is not released yet"
DETAIL = (
    "Run each plugin's own tests without a change and with it: another copy of the API, another host, or by default "
    "what changed in the API since the last commit. What fails without it already is not the change's fault. This "
    "builds copies of the workspace and runs their tests."
)


def add_test(test: argparse.ArgumentParser) -> None:
    """Add the arguments of `pluginkit test`."""
    test.add_argument(
        "plugins", nargs="*", metavar="PLUGIN", help="plugins of this workspace by name (default: all of them)"
    )
    what = test.add_mutually_exclusive_group()
    what.add_argument(
        "--api", metavar="DIR | git:REV", help="another copy of the API: a directory, or this one at a revision"
    )
    what.add_argument(
        "--host",
        metavar="NEXT",
        help="another host, with its APIs: a workspace, or this one as git:REV",
    )
    test.add_argument(
        "--repositories",
        type=Path,
        metavar="FILE",
        help="try the plugins of other workspaces: a directory or git URL a line",
    )
    test.add_argument("--compile-only", action="store_true", help="Go: compile the tests, and run none")
    test.add_argument(
        "--timeout", type=_positive, default=300.0, metavar="SECONDS", help="for one plugin's tests (default: 300)"
    )
    test.add_argument("--jobs", type=_count, default=0, metavar="N", help="plugins at a time (default: processors)")
    test.add_argument(
        "--output-format", default="text", choices=["text", "json", "markdown", "junit"], help="default: text"
    )
    test.add_argument("--output-file", type=Path, metavar="FILE", help="write it there, whole or not at all")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


_positive.__name__, _count.__name__ = "number of seconds", "number of plugins"  # as argparse calls them in errors
