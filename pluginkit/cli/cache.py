"""`pluginkit cache`: what it holds, whether that is sound, and less of it."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from pluginkit.cli.printing import complain, count, shown
from pluginkit.cli.reporter import TerminalReporter
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.operations import cache as operation
from pluginkit.report.safe import safe

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def info(args: argparse.Namespace) -> int:
    """Print where the cache is, what it holds, and where that came from."""
    _refuse_directory(args)
    found = operation.contents()
    print(shown(found.root))
    for name in ("artifacts", "actions", "environments"):
        print(f"{name:<13} {len(found.rooms[name])}, {sum(found.rooms[name])} bytes")
    for place, installed in found.environments.items():
        print(f"  {place.name[:12]}  {', '.join(map(safe, installed)) or 'nothing'}")
    if sizes := found.rooms["set aside"]:
        print(f"set aside     {len(sizes)}, {sum(sizes)} bytes: not what they should be")
    print(f"built here    {found.built_here}")
    for url, number in sorted(found.fetched.items()):
        print(f"fetched       {number} from {url}")
    if found.unknown:
        print(f"unknown       {found.unknown}: kept by an earlier version")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Compare entries with their digests, and in a workspace with what its sources give; set aside what is wrong."""
    checked = operation.check()
    print(f"{count(checked.good, 'entry').replace('entrys', 'entries')} good, {checked.bad} set aside")
    damaged = {place: how for place, how in checked.environments.items() if how}
    for place, how in damaged.items():
        complain(f"removed the build environment {shown(place)}: {how}")
    print(f"{count(len(checked.environments) - len(damaged), 'build environment')} good, {len(damaged)} removed")
    directory = args.directory or Path()
    different = _rederive(directory) if find_root(directory) else 0
    return 1 if checked.bad or damaged or different else 0


def _rederive(directory: Path) -> int:
    """Build again what the cache has of a workspace; return how much of it differs."""
    from pluginkit.operations.cache_rederive import rederive

    found = rederive(directory, TerminalReporter())
    for requires, path in found.environments.items():
        complain(f"the build environment of {requires} had another {path}: made anew")
    for one in found.differences:
        inside = f", {one.inside} differs" if one.inside else ""
        origin = one.provenance.described if one.provenance else "from an unknown source"
        had, built = one.kept.sha256[:12], one.built.sha256[:12]
        complain(f"{one.kept.key}: the cache has {had}..., its sources give {built}...{inside}\n  cached: {origin}")
    print(f"{count(found.compared, 'artifact')} built again, {len(found.differences)} set aside")
    if found.differences:
        complain("hint: `pluginkit build --no-cache` builds a release without what was cached")
    return len(found.differences) + len(found.environments)


def prune(args: argparse.Namespace) -> int:
    """Remove what was used least recently."""
    _refuse_directory(args)
    gone, size = operation.make_room(_bytes(args.max_size))
    print(f"{count(gone, 'entry').replace('entrys', 'entries')} removed, {size} bytes")
    return 0


def _refuse_directory(args: argparse.Namespace) -> None:
    if args.directory is not None:
        raise PluginkitError(
            f"`pluginkit cache {args.what}` is about the whole cache, not about {args.directory}",
            hint=f"`pluginkit cache {args.what}`; a size for `prune` is written as in --max-size 2G",
        )


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {"info": info, "verify": verify, "prune": prune}


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", text.upper())
    if not found:
        raise PluginkitError(f"{text!r} is not a size", hint="write it as in --max-size 2G")
    return int(found[1]) * _UNITS[found[2]]
