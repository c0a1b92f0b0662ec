"""What a line that differs gives away by itself: the time at which it was written, or the machine on which it was."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
from datetime import UTC, datetime

from pluginkit.core.difference import Difference
from pluginkit.operations.rebuild.attempt import Attempt
from pluginkit.operations.rebuild.factors import TIME
from pluginkit.operations.rebuild.reason import Reason

_NUMBER = re.compile(r"\d{10,19}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{8}|[A-Z][a-z]{2} [ \d]\d")


def is_of_then(text: str, made: Attempt) -> bool:
    """Return whether a text has a time at which an artifact was being built, or the date of that."""
    numbers = (int(found[0]) / 10 ** (len(found[0]) - 10) for found in _NUMBER.finditer(text))
    return any(made.began - 1 <= one <= made.ended + 1 for one in numbers) or bool(
        _days(made) & set(_DATE.findall(text))
    )


def _days(made: Attempt) -> set[str]:
    """Return the days of a build, here and in UTC, as they are usually written."""
    times = [datetime.fromtimestamp(seconds, UTC) for seconds in (made.began, made.ended)]
    days = [*times, *(time.astimezone() for time in times)]
    return {day.strftime(form) for day in days for form in ("%Y-%m-%d", "%Y%m%d", "%b %d", "%b %e")}


def dated(difference: Difference, made: Attempt) -> Reason | None:
    """Return the reason where a release and the build `made` differ in a date, and the latter's is that of the build.

    A time zone may change it too, and is not the reason.
    """
    both = _DATE.search(difference.released) and is_of_then(difference.rebuilt, made)
    return _time(difference) if both and not is_of_then(difference.released, made) else None


def _time(difference: Difference) -> Reason:
    return Reason("the time", f"the new build has {difference.rebuilt.strip()}, a time of this build", TIME)


def clue(difference: Difference, made: Attempt) -> Reason | None:
    """Return what a difference between a release and the build `made` is due to, by what stands in it."""
    if is_of_then(difference.rebuilt, made):
        return _time(difference)
    for name, (text, hint) in _of_this_machine().items():
        if _stands_in(text, difference.rebuilt) and not _stands_in(text, difference.released):
            return Reason(name, f"{text!r} stands in the new build", hint)
    return None


def _stands_in(name: str, text: str) -> bool:
    return len(name) > 1 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _of_this_machine() -> dict[str, tuple[str, str]]:
    return {
        "the name of the machine": (socket.gethostname(), "write no machine's name"),
        "the home directory": (os.path.expanduser("~"), "write paths relative to the project"),  # noqa: PTH111
        "the user's name": (_user(), "write nobody's name"),
        "the version of Python": (platform.python_version(), "build with the same Python, or write no version of it"),
        "the version of the system": (platform.release(), "write nothing of the system that builds"),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
