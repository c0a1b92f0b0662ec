"""What a build must not depend on. Changed one at a time, that after which the same file differs is the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from glob import glob

from pluginkit.core.frozen import EMPTY, record

_FAKETIME = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")
TIME = "let the build take times from SOURCE_DATE_EPOCH, or write none"
CHANCE = "look for random numbers, and for what threads finish in another order each time"
SORTED = "sort what is written: sets, dictionaries made of sets, listings of directories"


@record
class Factor:
    """One thing that is changed."""

    name: str
    how: str
    """What was done, to go on with `the same file is another one`."""
    hint: str
    variables: Mapping[str, str] = EMPTY
    place: str = "tree"
    """Where the copy is made."""
    loose: bool = False
    """The group may write to all files."""


def factors() -> Iterator[Factor]:
    """Yield what is changed, the likeliest first."""
    yield Factor("the path", "built in another directory", "write paths relative to the project", place="another/tree")
    if library := next((found for pattern in _FAKETIME for found in glob(pattern)), ""):  # noqa: PTH207
        fake = {"LD_PRELOAD": library, "FAKETIME": "+400d"}
        yield Factor("the time", "built with a clock that is 400 days ahead", TIME, fake)
    yield Factor("the time zone", "built with TZ=XXX-14", "let the build write times in UTC, or none", {"TZ": "XXX-14"})
    yield _locale(os.environ.get("LC_ALL") or os.environ.get("LANG") or "C")
    how = "built from files that their group may write to, as with umask 002"
    hint = "let the build look at no modes, or only at the executable bit"
    yield Factor("the modes of files (umask)", how, hint, loose=True)
    yield Factor("the hash seed", "built with PYTHONHASHSEED=4711", SORTED, {"PYTHONHASHSEED": "4711"})
    somebody = {"USER": "somebody", "LOGNAME": "somebody"}
    yield Factor("the user's name", "built with USER=somebody", "write nobody's name", somebody)


def _locale(now: str) -> Factor:
    other = "C" if now not in ("C", "POSIX") else "C.UTF-8"
    variables = {"LC_ALL": other, "LANG": other}
    hint = "let the build ask for no locale, and name encodings"
    return Factor("the locale", f"built with LC_ALL={other}, not {now}", hint, variables)
