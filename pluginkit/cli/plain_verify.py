"""A `verify` that is told nothing but artifacts and hosts, as gates call it: it needs no parser of options."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def plain_verify(argv: Sequence[str]) -> SimpleNamespace | None:
    """Return what `arguments.parse` makes of a command line; None for another command, other options and mistakes.

    Importing `argparse`, which looks for translations of its own messages, takes longer than reading a plugin.
    """
    artifacts: list[str] = []
    hosts: list[str] = []
    runs, before = 0, "--host"  # artifacts on both sides of an option are a mistake
    ahead = iter(argv[1:])
    for one in ahead:
        if one == "--host":
            hosts.append(next(ahead, "-"))
        else:
            artifacts.append(one)
            runs += before == "--host"
        before = one
    if argv[:1] != ["verify"] or runs > 1 or any(one.startswith("-") for one in (*hosts, *artifacts)):
        return None
    return SimpleNamespace(
        command="verify",
        artifacts=[*map(Path, artifacts)],
        host=[*map(Path, hosts)] or None,
        unstamped=False,
        sysroot=None,
        baseline=None,
        trust=None,
        output_format="text",
        output_file=None,
    )
