"""The arguments of `build` and `plan`, and those that `verify` has in common with them."""

from __future__ import annotations

import argparse
from pathlib import Path

from pluginkit.core.modes import MODES


def add_plan(plan: argparse.ArgumentParser) -> None:
    """Add what `plan` takes."""
    _work(plan)
    plan.add_argument("--format", default="text", choices=["text", "json", "github-matrix"], help="default: text")
    plan.add_argument(
        "--shards", type=_positive, metavar="N", help="github-matrix: jobs (default: as many as are worth their start)"
    )


def add_build(build: argparse.ArgumentParser) -> None:
    """Add what `build` takes."""
    _work(build)
    build.add_argument("--locked", action="store_true", help="fail when the lock is out of date, instead of writing it")
    build.add_argument("--explain", action="store_true", help="say why each artifact must be built")
    build.add_argument(
        "--cache-only", action="store_true", help="build the members named into the caches, and make no release"
    )
    build.add_argument(
        "--executor", metavar="URL", help="let other machines build, by the remote cache: dask://HOST:PORT"
    )
    build.add_argument(
        "--sign-with",
        type=Path,
        metavar="KEY",
        help="sign stamps and release with the private key in this file (default: the key in $PLUGINKIT_SIGNING_KEY)",
    )
    build.add_argument("--watch", action="store_true", help="build again after each change, until interrupted")
    add_report(build)
    build.add_argument("-j", "--jobs", type=_positive, metavar="N", help="build processes (default: one a core)")


def add_report(command: argparse.ArgumentParser) -> None:
    """Add how a verdict is reported, and where."""
    formats = ["text", "json", "github", "sarif", "junit"]
    command.add_argument("--output-format", default="text", choices=formats, help="of the findings (default: text)")
    command.add_argument(
        "--output-file", type=Path, metavar="FILE", help="write the findings there, whole or not at all"
    )


def _work(command: argparse.ArgumentParser) -> None:
    command.add_argument("targets", nargs="*", metavar="DIR | NAME", help="the workspace, and members to build anew")
    command.add_argument(
        "--target",
        action="append",
        dest="platforms",
        metavar="OS/ARCH",
        help="Go: build for this target of the lock only, as in linux/arm64; can be repeated (default: all)",
    )
    command.add_argument(
        "--mode",
        default="",
        choices=MODES,
        help="Go: how the host runs all plugins, whatever the configuration says (see `[plugin.NAME] mode`)",
    )
    command.add_argument(
        "--rehash", action="store_true", help="read every source again, whatever size and times of its file say"
    )
    command.add_argument(
        "--no-cache",
        action="store_true",
        help="build everything from its sources: nothing is taken from the caches or from dist; what this machine's "
        "cache has of the same inputs is replaced",
    )
    command.add_argument(
        "--remote-cache",
        metavar="URL",
        help="a cache that machines share: s3, gs, az, http, https or file (default: $PLUGINKIT_REMOTE_CACHE)",
    )
    command.add_argument(
        "--remote-cache-read-only",
        action="store_true",
        help="take from it and keep nothing there, as for pull requests (also: $PLUGINKIT_REMOTE_CACHE_READ_ONLY)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)
