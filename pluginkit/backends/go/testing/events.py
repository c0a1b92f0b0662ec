"""What `go test -json` prints, read back: which tests passed and failed, and the lines that say why.

The format is that of `go doc test2json`. What the compiler says stands in events of its own since Go 1.24, and between
the events before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.process import TIMED_OUT, Completed
from pluginkit.core.trial import Ran

if TYPE_CHECKING:
    from pluginkit.core.trial import Outcome

_MOST = 12_000
"""Characters of output that are kept: its end."""
_TIMEOUT = "panic: test timed out after "
_NOISE = ("=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "go: downloading ", "FAIL\t", "FAIL\n")

_RESET = "[0m"
_COLOR = re.compile(r"\x1b?\[[0-9;]*m")
"""An ANSI code (SGR). The go command takes the escape out of it as an escape of its own (cmd/internal/test2json); where
there is none, what looks like the rest of a code may be any text."""

_Test = tuple[str, str]
"""Package and name of a test; the package itself has the empty name."""


def read_events(done: Completed, root: Path, seconds: float) -> Ran:
    """Return how a `go test -json` ended that took so many seconds; paths in `root` are relative in what it printed.

    A test that was begun and did not end, as one that ends the process, has failed. Where a package failed and no test
    of it did, it did not compile, or could not start: then the outcome is `broken`.
    """
    heard = _Heard()
    for line in done.stdout.splitlines(keepends=True):
        heard.hear(line)
    outcome = heard.outcome(done.status)
    said = "".join(heard.said()) if outcome not in ("passed", "none") else ""
    return Ran(outcome, heard.passed, heard.failed, _end(said, root), seconds)


def compiled(done: Completed, root: Path, seconds: float) -> Ran:
    """Return how a `go list -test -export` ended, which compiles tests and links nothing."""
    outcome: Outcome = "passed" if done.status == 0 else "late" if done.status == TIMED_OUT else "broken"
    lines = dict.fromkeys(done.stdout.splitlines(keepends=True))  # a package is compiled with its tests and without
    return Ran(outcome, (), (), _end("".join(lines), root) if done.status else "", seconds)


class _Heard:
    """The events of one run, by test; packages run at the same time, and are put in order."""

    def __init__(self) -> None:
        self._ended: dict[_Test, str] = {}
        self._begun: dict[_Test, None] = {}
        self._output: dict[_Test, list[str]] = {}
        self._compiler: dict[str, list[str]] = {}

    def hear(self, line: str) -> None:
        """Take one line of what was printed."""
        event = _event(line)
        if event is None:
            self._compiler.setdefault("", []).append(line)
            return
        action, test = event["Action"], (str(event.get("Package", "")), str(event.get("Test", "")))
        if action == "build-output":
            said = self._compiler.setdefault(str(event.get("ImportPath", "")), [])
            said.append(str(event.get("Output", "")))
        elif action == "output":
            self._output.setdefault(test, []).append(str(event.get("Output", "")))
        elif action == "run":
            self._begun[test] = None
        elif action in ("pass", "fail", "skip"):
            self._ended[test] = action

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of the tests that passed."""
        return tuple(_named(test) for test in _ordered(self._ended) if test[1] and self._ended[test] == "pass")

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the tests that failed; of one with failed parts, those alone."""
        return tuple(map(_named, _ordered(self._failed())))

    def outcome(self, status: int) -> Outcome:
        """Return what became of a run with that exit status."""
        if status == TIMED_OUT or any(_TIMEOUT in text for texts in self._output.values() for text in texts):
            return "late"
        failed = {package for package, _ in self._failed()}
        packages = {package for (package, test), end in self._ended.items() if not test and end == "fail"}
        if packages - failed or (status and not failed):
            return "broken"
        return "failed" if failed else "passed" if self.passed else "none"

    def said(self) -> Iterator[str]:
        """Yield what the compiler said, then what was printed by the tests that failed, and by packages that did."""
        for _, texts in sorted(self._compiler.items()):
            yield from (text for text in texts if not text.startswith(_NOISE))
        failed = self._failed()
        packages = {package for package, _ in failed}
        for test in _ordered(self._output):
            is_package = not test[1] and (test[0] in packages or self._ended.get(test) == "fail")
            if test in failed or is_package:
                yield from (text for text in self._output[test] if not text.startswith(_NOISE))
            if test in failed and test not in self._ended:
                yield f"--- {test[1]} did not end\n"

    def _failed(self) -> dict[_Test, None]:
        every = {test: None for test in self._begun if self._ended.get(test, "fail") == "fail"}
        whole = {(package, name[:at]) for package, name in every for at, mark in enumerate(name) if mark == "/"}
        return {test: None for test in every if test not in whole}


def _event(line: str) -> Mapping[str, Any] | None:
    """Return the event on a line; None where something else printed it."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("Action"), str) else None


def _ordered(tests: Iterable[_Test]) -> list[_Test]:
    """Return tests by package; those of a package in the order in which they ran."""
    return sorted(tests, key=lambda test: test[0])


def _named(test: _Test) -> str:
    return " ".join(test)


def _end(text: str, root: Path) -> str:
    """Return the end of what was printed, in whole lines, without the path of the copy that tests ran in."""
    text = text.replace(f"{root}/", "").strip("\n")
    if _RESET in text:
        text = _COLOR.sub("", text)
    if len(text) <= _MOST:
        return text
    _, _, kept = text[-_MOST:].partition("\n")
    return f"...\n{kept}"
