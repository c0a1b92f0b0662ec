"""Ctrl-C while plugins load: told from a KeyboardInterrupt that a plugin raises by itself.

Both arrive as the same exception. But the user's begins as a signal, whose handler Python calls first: where none came,
nobody pressed the keys, and the host goes on. (The innermost frame would tell too, until a plugin catches the exception
and raises another.) Signals are handled in the main thread alone, so in any other thread every KeyboardInterrupt is the
plugin's. A plugin that sends the signal to its own process is taken for the user.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # Python has it already; `signal` would bring `enum`

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

_SIGINT = 2


class Interrupts:
    """A context in which SIGINT is noted, and then handled as it was before."""

    def __init__(self) -> None:
        self._came = False
        self._before: Any = None
        self._noting = self._note

    def __enter__(self) -> Interrupts:
        self._before = _signal.getsignal(_SIGINT)
        if self._before is None:  # the program that Python is part of has a handler of its own: nobody can tell
            self._came = True
        elif callable(self._before):
            try:
                _signal.signal(_SIGINT, self._noting)
            except ValueError:  # not the main thread
                self._before = None
        return self

    def __exit__(self, _kind: object, _error: object, _trace: TracebackType | None) -> None:
        if callable(self._before) and _signal.getsignal(_SIGINT) is self._noting:
            _signal.signal(_SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> object:
        self._came = True
        return self._before(number, frame)

    def are_behind(self, error: BaseException) -> bool:
        """Return whether an exception is the user's Ctrl-C."""
        return self._came and issubclass(type(error), KeyboardInterrupt)
