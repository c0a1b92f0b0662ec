"""A conversation with the worker process of one build environment."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from pluginkit.backends.process import start
from pluginkit.backends.python.building import worker
from pluginkit.core.model import Member

EPOCH = "315532800"
"""1980-01-01, the earliest time a zip archive can hold; in SOURCE_DATE_EPOCH it keeps clocks out of wheels."""


_PATIENCE = 5
"""Seconds that a process whose pipe is closed takes at most to be gone."""
_UNDER_WAY = 8
"""Requests; few enough that neither pipe can fill up while the other side waits."""


class WorkerError(Exception):
    """The backend failed on one member; the message is what it said."""


class WorkerDiedError(WorkerError):
    """The backend took the whole process with it; what was asked after that is to be asked of another one."""


class Crew:
    """The processes of one build environment. They import, and wait, until workers join."""

    def __init__(self, python: Path, *, size: int = 1, module: str = "") -> None:
        """Start `size` processes of the environment that `python` belongs to, which first import `module`."""
        self.size = size
        pipes = [(os.pipe(), os.pipe()) for _ in range(size)]
        theirs = [(requests[0], answers[1]) for requests, answers in pipes]
        try:
            self._process = start(
                [python, "-I", Path(worker.__file__), module, *(f"{one},{other}" for one, other in theirs)],
                extra={
                    "SOURCE_DATE_EPOCH": EPOCH,
                    "PLUGINKIT_BUILD": "1",
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


class Worker:
    """Builds members of the workspace in `root`, one at a time, as one of a crew."""

    def __init__(self, crew: Crew, root: Path, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        config = scratch / "distutils.cfg"
        # setuptools would leave `build` and `*.egg-info` in the sources, and ship stale files from there.
        config.write_text(f"[build]\nbuild_base={scratch}\n[egg_info]\negg_base={scratch}\n", encoding="utf-8")
        # Compilers would write the directory they work in into debug information.
        flags = " ".join(shlex.quote(f"-ffile-prefix-map={path}=.") for path in (scratch, root))
        self._out, self._root, self._crew = scratch, root, crew
        self._stdin, self._stdout = crew.join()
        environ = {
            "DIST_EXTRA_CONFIG": str(config),
            "TMPDIR": str(scratch),  # what a killed backend leaves goes with the build
            "CFLAGS": flags,
            "CXXFLAGS": flags,
        }
        with contextlib.suppress(WorkerError):  # told again by the first answer
            self._write({"do": "begin", "environ": environ})

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_details: object) -> None:
        """Let the process end once it has done what it was asked."""
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def wheel(self, member: Member) -> Path:
        """Build the wheel of `member` and return where it lies."""
        self._send("wheel", member)
        return self._out / str(self._receive()["file"])

    def wheels(self, members: Sequence[Member]) -> Iterator[Path | WorkerError]:
        """Build one wheel after the other; yield, in order, where each lies or why there is none.

        A few requests are always under way, so that the process builds while its last wheel is looked at.
        """
        waiting = 0
        for member in members:
            with contextlib.suppress(WorkerError):  # told again by its answer
                self._send("wheel", member)
            waiting += 1
            if waiting == _UNDER_WAY:
                yield self._wheel_or_error()
                waiting -= 1
        for _ in range(waiting):
            yield self._wheel_or_error()

    def requires(self, member: Member) -> tuple[str, ...]:
        """Return what the backend needs beyond `[build-system] requires` (PEP 517)."""
        self._send("requires", member)
        return tuple(self._receive()["requires"])

    def metadata(self, member: Member) -> str:
        """Return the text of the METADATA that a wheel of `member` would have."""
        self._send("metadata", member)
        return str(self._receive()["metadata"])

    def _wheel_or_error(self) -> Path | WorkerError:
        try:
            return self._out / str(self._receive()["file"])
        except WorkerError as error:
            return error

    def _send(self, what: str, member: Member) -> None:
        request = {
            "do": what,
            "root": str(self._root / member.path),
            "out": str(self._out),
            "backend": member.build_backend,
            "backend-path": list(member.backend_path),
        }
        self._write(request)

    def _write(self, request: dict[str, Any]) -> None:
        try:
            self._stdin.write(json.dumps(request) + "\n")
            self._stdin.flush()
        except OSError:
            raise self._ended() from None

    def _receive(self) -> dict[str, Any]:
        try:
            answer = json.loads(self._stdout.readline() or "{}")
        except (OSError, ValueError):
            answer = {}
        if not answer:
            raise self._ended()
        if "error" in answer:
            raise WorkerError("\n".join(filter(None, (answer["error"], answer.get("output", "")))))
        return dict(answer)

    def _ended(self) -> WorkerDiedError:
        return WorkerDiedError(f"the build process ended{self._crew.status()}")
