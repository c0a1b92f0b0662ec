"""The processes of build environments: few for many wheels, begun early where they take long to be ready."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Set
from pathlib import Path
from typing import IO

from pluginkit.backends.process import start
from pluginkit.core.ours import is_ours
from pluginkit.incremental import sealed

EPOCH = "315532800"
"""1980-01-01, the earliest time a zip archive can hold; in SOURCE_DATE_EPOCH it keeps clocks out of wheels."""
IMPORTED = ",".join((
    "hatchling.builders.wheel", "hatchling.metadata.core", "email.headerregistry", "packaging.requirements",
    "packaging.tags", "tomllib", "trove_classifiers",
))  # fmt: skip
"""What hatchling imports by its first wheel; takes longer than forty wheels."""
_PATIENCE = 5
"""Seconds that a process whose pipe is closed takes at most to be gone."""
_WORTH_A_PROCESS = 30
"""Wheels; for fewer, forking once more costs more than it saves (measured on two cores)."""


def size(count: int, jobs: int) -> int:
    """Return how many processes are worth their start for so many wheels."""
    return min(max(jobs, 1), max(1, count // _WORTH_A_PROCESS))


class ProcessPool:
    """The processes of one build environment. They import, and wait, until workers join."""

    def __init__(self, python: Path, *, size: int = 1, modules: str = "") -> None:
        """Start `size` processes of the environment that `python` belongs to, which first import `modules`."""
        self.size = size
        pipes = [(os.pipe(), os.pipe()) for _ in range(size)]
        theirs = [(requests[0], answers[1]) for requests, answers in pipes]
        try:
            self._process = start(
                [
                    python,
                    "-PsB",  # as -I, but for PYTHONHASHSEED; the environment stays as it was made, and the sources too
                    Path(__file__).with_name("worker.py"),
                    modules,
                    *(f"{one},{other}" for one, other in theirs),
                ],
                extra={
                    "SOURCE_DATE_EPOCH": EPOCH,
                    "PLUGINKIT_BUILD": "1",
                    "PYTHONHASHSEED": "0",  # or sets would have another order in each build
                    "PATH": os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath))),
                },
                keep=[descriptor for pair in theirs for descriptor in pair],
            )
        finally:
            for pair in theirs:
                for descriptor in pair:
                    os.close(descriptor)
        self._free = [
            (open(requests[1], "w", encoding="utf-8"), open(answers[0], encoding="utf-8", errors="replace"))  # noqa: PTH123, SIM115
            for requests, answers in pipes
        ]

    def join(self) -> tuple[IO[str], IO[str]]:
        """Return the pipes to a process that nobody talks to yet: for requests, and for answers."""
        return self._free.pop()

    def end(self) -> None:
        """Kill what still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (pipe for pair in self._free for pipe in pair):
            with contextlib.suppress(OSError):
                pipe.close()

    def status(self) -> str:
        """Return how the first process ended, as far as that is known."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_PATIENCE if self.size == 1 else 0)
        return "" if self._process.returncode is None else f" with status {self._process.returncode}"


class ProcessPools:
    """The processes that build wheels."""

    def __init__(self) -> None:
        self._waiting: dict[Path, ProcessPool] = {}
        """Those that import already, by the interpreter of their environment."""
        self._all: list[ProcessPool] = []

    @property
    def begun(self) -> Set[Path]:
        """The interpreters of environments that were found to be sound, and whose processes import already."""
        return self._waiting.keys()

    def begin(self, python: Path, count: int) -> None:
        """Let so many processes of an environment import hatchling already."""
        self._waiting[python] = self._start(python, count, IMPORTED)

    def pool(self, python: Path, *, size: int = 1, modules: str = "") -> ProcessPool:
        """Return processes for so many workers."""
        found = self._waiting.pop(python, None) if modules else None
        return found if found and found.size >= size else self._start(python, size, modules)

    def end(self) -> None:
        """Kill what still runs."""
        self._waiting.clear()
        while self._all:
            self._all.pop().end()

    def _start(self, python: Path, size: int, modules: str) -> ProcessPool:
        pool = ProcessPool(python, size=size, modules=modules)
        self._all.append(pool)
        return pool


def prewarm(python: str, artifacts: int, jobs: int) -> Callable[[], None]:
    """Start processes of the environment with that interpreter for the next build of this process.

    None of one that is not as it was made: the build makes it anew. Returns what ends them where no build took them.
    """
    place = Path(python).parent.parent
    if sealed.is_sealed(place) and is_ours(str(place), str(place.parent.parent)) and not sealed.damage(place):
        _prewarmed.begin(Path(python), size(artifacts, jobs))
    return lambda: take().end()


def take() -> ProcessPools:
    """Return what was begun, to whoever builds now, and ends it."""
    global _prewarmed
    taken, _prewarmed = _prewarmed, ProcessPools()
    return taken


_prewarmed = ProcessPools()
