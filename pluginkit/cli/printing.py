"""How results are said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.operations.bump import Bumped
    from pluginkit.operations.lock import Locked

_LONG = 2000
"""Characters of one line."""


def print_locked(locked: Locked) -> None:
    """Print what was locked, and what is doubtful of it."""
    from pluginkit.backends.members import members  # few commands lock
    from pluginkit.report.safe import safe

    lock = locked.lock
    apis = ", ".join(api.label for api in lock.apis)
    done = "wrote" if locked.changed else "unchanged:"
    print(f"{done} {shown(locked.path)}: {apis}; {members(lock.language).described(lock)}")
    for member in locked.left_out:
        print(f"left out: {safe(member.name)}, which was the {member.kind} in {safe(member.path)}")
    for doubt in locked.doubts:
        complain(f"warning: {doubt}")


def print_bumped(bumped: Bumped) -> None:
    """Print each place where a version was written, and what comes next."""
    edits = [edit for one in bumped.apis for edit in one.edits]
    for one in bumped.apis:
        if not one.edits:
            print(f"{one.api} {one.old} is enough for what changed since the lock")
    for edit in edits:
        print(f"{shown(edit.path)}:{edit.line}: {edit.old} -> {edit.new}")
    if edits:
        print(f"next: {', then '.join(bumped.next)}")


def complain(text: str) -> None:
    """Print what went wrong: names of strangers' files are in it, and what strangers' backends said."""
    from pluginkit.report.safe import safe

    print("\n".join(safe(line.expandtabs(), _LONG) for line in text.split("\n")), file=sys.stderr)


def count(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(path: Path) -> str:
    """Return the path as a reader in this directory would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def open_closed() -> None:
    """Let streams that are closed lead nowhere, so that no file, here or in a child, is opened in the place of one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def report_failure(error: OSError) -> int:
    """Say what the system refused, where that can be said, and return the exit status.

    What a stream did not take is dropped: else the interpreter would try once more at its end, and fail loudly.
    """
    from contextlib import suppress

    if not isinstance(error, BrokenPipeError):  # the reader has gone away: there is nothing to report
        where = f"{error.filename}: " if error.filename else ""
        with suppress(OSError):
            complain(f"error: {where}{error.strerror or error}")
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 2
