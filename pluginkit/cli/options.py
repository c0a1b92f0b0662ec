"""The arguments of `build` and `plan` as an operation takes them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pluginkit.cli.publish import wants_report
from pluginkit.core.config import find_root
from pluginkit.core.frozen import replace
from pluginkit.operations.options import BuildOptions


def build_options(args: argparse.Namespace) -> BuildOptions:
    """Return what a parsed `build` or `plan` asks for."""
    start, names = _targets(args.targets)
    options = BuildOptions(
        start,
        names,
        rehash=args.rehash,
        use_cache=not args.no_cache,
        remote_cache=args.remote_cache or "",
        remote_cache_read_only=args.remote_cache_read_only,
        snapshot=args.snapshot,
    )
    if args.command == "plan":
        return options
    return replace(
        options, locked=args.locked, jobs=args.jobs or 0, executor=args.executor or "", whole=wants_report(args)
    )


def _targets(named: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Distinguish `build DIR NAME...` from `build NAME...`: a DIR is the root of a workspace of its own."""
    if named and Path(named[0]).is_dir() and find_root(Path(named[0])) == Path(named[0]).resolve():
        return Path(named[0]), named[1:]
    return Path(), named
