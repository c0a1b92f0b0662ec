"""What is said of work that takes longer than a second."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from pluginkit.report.safe import safe

_ERASE = "\r\033[K"


@contextmanager
def telling(verb: str, each: float = 1.0) -> Iterator[Callable[[str], None]]:
    """Yield a function that hears of each thing at hand; every `each` seconds standard error is told which one it is.

    On a terminal a line takes the place of the one before, and goes away in the end. Quick work prints nothing.
    """
    at, ended = [""], Event()

    def hear(what: str) -> None:
        at[0] = what

    def tell() -> None:
        said = ""
        while not ended.wait(each):
            if at[0] != said:
                said = at[0]
                _write(f"{verb} {safe(said)}")
        if said and sys.stderr.isatty():
            print(_ERASE, end="", file=sys.stderr, flush=True)

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield hear
    finally:
        ended.set()
        teller.join()


def _write(line: str) -> None:
    if sys.stderr.isatty():
        print(f"{_ERASE}{line}", end="", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)
