"""A plugin's own code runs in here and nowhere else: whatever it raises ends here, as a finding."""

from __future__ import annotations

import os

from pluginkit.core.safe import safe
from pluginkit.core.verdict import Finding
from pluginkit.runtime.foreign import name_of, plain, traceback_of
from pluginkit.runtime.interrupts import Interrupts
from pluginkit.runtime.process_state import ProcessState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import TypeVar

    T = TypeVar("T")

_ANY = BaseException
"""By this name, since a plugin can replace the other."""
_MOST = 100
"""Characters of the name of an exception."""
_SOFTWARE = 70
"""Exit status of an internal error (sysexits.h)."""
_getpid, _exit = os.getpid, os._exit


class PluginFailureError(Exception):
    """A plugin did not start; `findings` say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


class Step:
    """What a plugin is at, in words."""

    doing = "importing it"


class Guard:
    """A context for running the code of plugins, one after the other.

    A KeyboardInterrupt is let through where it is the user's.
    """

    def __init__(self) -> None:
        self._interrupts, self._state, self._process = Interrupts(), ProcessState(), _getpid()

    def __enter__(self) -> Guard:
        self._interrupts.__enter__()
        return self

    def __exit__(self, kind: object, error: object, trace: TracebackType | None) -> None:
        self._interrupts.__exit__(kind, error, trace)

    def run(self, subject: str, package: str, call: Callable[[Step], T]) -> tuple[T, tuple[Finding, ...]]:
        """Call what runs the code of a plugin, whose modules are in `package`; return its result and warnings.

        Raises PluginFailureError for whatever it raises.
        """
        step = Step()
        try:
            result = call(step)
            warned = self._warned(subject)
            self._state.keep()
            return result, warned
        except _ANY as error:
            if self._interrupts.are_behind(error):
                raise
            warned = self._warned(subject)
            self._state.remove(package)
            raise PluginFailureError(self._finding(subject, step.doing, error), *warned) from None

    def _warned(self, subject: str) -> tuple[Finding, ...]:
        """Put back what the process has only once, and return a warning where that was necessary."""
        replaced = self._state.put_back()
        if _getpid() != self._process:  # it forked, and this is the child: there must not be two hosts
            _exit(_SOFTWARE)
        if not replaced:
            return ()
        message = f"as it was loaded, it replaced what the whole process shares; put back: {', '.join(replaced)}"
        return (Finding("PK506", "warning", subject, safe(message), "leave the host's process as it is"),)

    def _finding(self, subject: str, doing: str, error: BaseException) -> Finding:
        text, place = self._text(error), _place(error)
        kind = type(error)
        if issubclass(kind, (SystemExit, KeyboardInterrupt)):
            asked = "asked the process to exit" if issubclass(kind, SystemExit) else "interrupted the process by itself"
            hint = "raise another exception instead: the host goes on without the plugin then"
            return Finding("PK507", "error", subject, f"{doing} {asked}: {text}", hint, place)
        hint = "the error is in the plugin: mend it there, or remove the plugin"
        return Finding("PK508", "error", subject, f"{doing} failed: {text}", hint, place)

    def _text(self, error: BaseException) -> str:
        name = safe(name_of(type(error)), _MOST)
        try:
            text = safe(plain(str(error)))
        except _ANY as another:  # it is of the plugin's own making
            if self._interrupts.are_behind(another):
                raise
            self._state.put_back()
            return f"{name}, which cannot be read"
        return f"{name}: {text}" if text else name


def _place(error: BaseException) -> dict[str, str]:
    """Return where the plugin's code was when it raised."""
    trace = traceback_of(error)
    while trace and trace.tb_next:
        trace = trace.tb_next
    return {"at": f"{safe(plain(trace.tb_frame.f_code.co_filename))}:{trace.tb_lineno}"} if trace else {}
