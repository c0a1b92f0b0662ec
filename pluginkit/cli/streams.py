"""Standard streams that are closed, or lead to a full disk or to nobody."""

import os
import sys
from contextlib import suppress

from pluginkit.cli.printing import complain


def open_closed() -> None:
    """Let streams that are closed lead nowhere, so that no file, here or in a child, is opened in the place of one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def told(error: OSError) -> int:
    """Say what the system refused, where that can be said, and return the exit status.

    What a stream did not take is dropped: else the interpreter would try once more at its end, and fail loudly.
    """
    if not isinstance(error, BrokenPipeError):  # nobody reads on: that is no news
        where = f"{error.filename}: " if error.filename else ""
        with suppress(OSError):
            complain(f"error: {where}{error.strerror or error}")
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 2
