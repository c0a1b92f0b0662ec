"""The commands: parse, call the stages, report, exit. The only place that prints."""

import _thread
import atexit
import gc
import os
import sys
from collections.abc import Sequence

from pluginkit import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def program() -> "NoReturn":
    """Run the command line of the process and end the process, as the console scripts do.

    A `verify` ends at once, where nothing waits for the end: to free its objects one by one takes longer than to judge
    a plugin.
    """
    status = main()
    if sys.argv[1:2] == ["verify"] and not (atexit._ncallbacks() or _thread._count()):
        os._exit(status)  # standard output is flushed
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's) and return its exit status.

    0: done, or all accepted; 1: something was refused; 2: could not do it.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from pluginkit.cli.printing import open_closed

        open_closed()
    try:
        try:
            return _main(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()  # here its failure can still be told
            sys.stderr.flush()
    except OSError as error:
        from pluginkit.cli.printing import report_failure

        return report_failure(error)


def _main(arguments: Sequence[str]) -> int:
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"pluginkit {__version__}")
        return 0
    gc.disable()  # a command is over before looking for garbage pays
    snapshot = None
    if arguments[:1] == ["build"]:
        from pluginkit.cli.fast_path import snapshot_of, unchanged

        snapshot = snapshot_of(arguments[1:])
        if snapshot and (said := unchanged(snapshot)):
            print(said)
            return 0
    # Only now: `--version` and shell prompts that call it pay for no parser.
    from pluginkit.cli.commands import run

    status = run(arguments, snapshot)
    gc.freeze()  # what is alive now lives to the exit, which would go through all of it to look for garbage
    return status
