"""The arguments of `build` and `plan` as an operation takes them."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pluginkit.cli.printing import complain
from pluginkit.cli.publish import wants_report
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.private_key import PrivateKey, find_key, is_exposed
from pluginkit.core.versions import STEPS
from pluginkit.operations.options import BuildOptions


def build_options(args: argparse.Namespace) -> BuildOptions:
    """Return what a parsed `build` or `plan` asks for."""
    start, names = _targets(args.targets)
    options = BuildOptions(
        start,
        names,
        targets=args.platforms or (),
        mode=args.mode,
        rehash=args.rehash,
        use_cache=not args.no_cache,
        remote_cache=args.remote_cache or "",
        remote_cache_read_only=args.remote_cache_read_only,
        snapshot=args.snapshot,
    )
    if args.command == "plan":
        return options
    return replace(
        options,
        locked=args.locked,
        jobs=args.jobs or 0,
        executor=args.executor or "",
        whole=wants_report(args),
        key=key_of(args.sign_with),
    )


def key_of(path: Path | None) -> PrivateKey | None:
    """Return the key in a file, else the one in the environment, if any; warn of one that others can read."""
    if path and is_exposed(path):
        complain(f"warning: others can read the private key {path}")
        complain(f"hint: `{shlex.join(['chmod', '600', str(path)])}`")
    return find_key(path, os.environ, _ask if sys.stdin.isatty() else None)


def _ask(where: str) -> str:
    from getpass import getpass

    return getpass(f"password of {where}: ")


def bump_words(words: Sequence[str]) -> tuple[Path, str, str]:
    """Return what the words of a `bump` say: where the workspace is, the step, and the API, empty where not named.

    A DIR is the root of a workspace of its own, as for `build`. Raises PluginkitError for more words than that.
    """
    steps = [word for word in words if word in STEPS]
    places = [word for word in words if word not in STEPS and _is_root(word)]
    apis = [word for word in words if word not in (*STEPS, *places)]
    if max(map(len, (steps, places, apis))) > 1:
        raise PluginkitError(
            f"at most one step, one API and one directory, not {' '.join(words)}", hint="see `pluginkit bump --help`"
        )
    return Path(*places), "".join(steps), "".join(apis)


def _is_root(word: str) -> bool:
    return Path(word).is_dir() and find_root(Path(word)) == Path(word).resolve()


def _targets(named: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Distinguish `build DIR NAME...` from `build NAME...`: a DIR is the root of a workspace of its own."""
    if named and _is_root(named[0]):
        return Path(named[0]), named[1:]
    return Path(), named
