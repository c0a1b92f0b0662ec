"""A conversation with the worker process of one build environment."""

import contextlib
import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.python.building.process_pool import ProcessPool
from pluginkit.core import files
from pluginkit.core.model import Member

_UNDER_WAY = 8
"""Requests; few enough that neither pipe can fill up while the other side waits."""


class WorkerError(Exception):
    """The backend failed on one member; the message is what it said."""


class WorkerDiedError(WorkerError):
    """The backend took the whole process with it; what was asked after that is to be asked of another one."""


class Worker:
    """Builds members of the workspace in `root`, one at a time, in a process of a pool."""

    def __init__(self, pool: ProcessPool, root: Path, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        config = scratch / "distutils.cfg"
        # setuptools would leave `build` and `*.egg-info` in the sources, and ship stale files from there.
        text = f"[build]\nbuild_base={scratch}\n[egg_info]\negg_base={scratch}\n"
        with contextlib.suppress(FileExistsError):  # by the worker before, which died
            files.create(config, text.encode())
        # Compilers would write the directory they work in into debug information.
        flags = " ".join(shlex.quote(f"-ffile-prefix-map={path}=.") for path in (scratch, root))
        self._out, self._root, self._pool = scratch, root, pool
        self._stdin, self._stdout = pool.join()
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
            "version": member.version if "version" in member.dynamic else "",
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
        return WorkerDiedError(f"the build process ended{self._pool.status()}")
