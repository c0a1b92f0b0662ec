"""`pluginkit cache`: what it holds, whether that is sound, and less of it."""

import argparse
import re
from collections.abc import Callable

from pluginkit.cli.printing import count
from pluginkit.core.errors import PluginkitError
from pluginkit.store.cache import local_cache

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def info(args: argparse.Namespace) -> int:
    """Print where the cache is, and what it holds."""
    blobs = local_cache()
    sizes = {room: [stat.st_size for _, stat in blobs.entries(room)] for room in ("cas", "ac", "bad")}
    print(blobs.root)
    print(f"artifacts  {len(sizes['cas'])}, {sum(sizes['cas'])} bytes")
    print(f"actions    {len(sizes['ac'])}, {sum(sizes['ac'])} bytes")
    if sizes["bad"]:
        print(f"set aside  {len(sizes['bad'])}, {sum(sizes['bad'])} bytes: not what they should be")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Compare every entry with its digest; what is wrong is set aside."""
    blobs = local_cache()
    good, bad = blobs.check()
    print(f"{count(good, 'entry').replace('entrys', 'entries')} good, {bad} set aside")
    return 1 if bad else 0


def prune(args: argparse.Namespace) -> int:
    """Remove what was used least recently."""
    blobs = local_cache()
    gone, size = blobs.prune(_bytes(args.max_size))
    print(f"{count(gone, 'entry').replace('entrys', 'entries')} removed, {size} bytes")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {"info": info, "verify": verify, "prune": prune}


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", text.upper())
    if not found:
        raise PluginkitError(f"{text!r} is not a size", hint="write it as in --max-size 2G")
    return int(found[1]) * _UNITS[found[2]]
