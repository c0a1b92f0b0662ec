"""Signals while plugins load: what they raise is told from what a plugin raises by itself.

What a handler of the host raises, as many do for SIGTERM or SIGALRM, went through the handler's own code. Ctrl-C takes
more: Python's own handler leaves no trace, and a plugin can raise KeyboardInterrupt too. But the user's begins as a
signal, whose handler Python calls first: where none came, nobody pressed the keys, and the host goes on. (The innermost
frame would tell too, until a plugin catches the exception and raises another.) Signals are handled in the main thread
alone, so in any other thread every KeyboardInterrupt is the plugin's. A plugin that sends the signal to its own process
is taken for the user.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # Python has it already; `signal` would bring `enum`
from types import FunctionType, MethodType

from pluginkit.runtime.foreign import traceback_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, TracebackType
    from typing import Any

_SIGINT = 2


class Interrupts:
    """A context in which SIGINT is noted, and signals are handled as they were before."""

    def __init__(self) -> None:
        self._came = False
        self._before: Any = None
        self._noting = self._note
        self._handlers: tuple[CodeType, ...] = ()

    def __enter__(self) -> Interrupts:
        self._handlers = tuple(_handlers())
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
        """Return whether an exception is the user's Ctrl-C, or from a handler that the host had before."""
        if self._came and issubclass(type(error), KeyboardInterrupt):
            return True
        trace = traceback_of(error) if self._handlers else None
        while trace:
            if any(trace.tb_frame.f_code is code for code in self._handlers):
                return True
            trace = trace.tb_next
        return False


def _handlers() -> Iterator[CodeType]:
    """Yield the code of the functions and methods that handle a signal."""
    for number in range(1, _signal.NSIG):
        handler = _signal.getsignal(number)
        function = handler.__func__ if type(handler) is MethodType else handler
        if type(function) is FunctionType:
            yield function.__code__
