"""A conversation with the worker process of one build environment."""

import contextlib
import json
import shlex
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from pluginkit.backends.process import start
from pluginkit.backends.python.building import worker
from pluginkit.core.model import Member

EPOCH = "315532800"
"""1980-01-01, the earliest time a zip archive can hold; in SOURCE_DATE_EPOCH it keeps clocks out of wheels."""


class WorkerError(Exception):
    """The backend failed on one member; the message is what it said."""


class Worker:
    """Builds members of the workspace in `root`, one at a time, in the environment that `python` belongs to."""

    def __init__(self, python: Path, root: Path, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        config = scratch / "distutils.cfg"
        # setuptools would leave `build` and `*.egg-info` in the sources, and ship stale files from there.
        config.write_text(f"[build]\nbuild_base={scratch}\n[egg_info]\negg_base={scratch}\n", encoding="utf-8")
        # Compilers would write the directory they work in into debug information.
        flags = " ".join(shlex.quote(f"-ffile-prefix-map={path}=.") for path in (scratch, root))
        self._out, self._root = scratch, root
        self._process = start(
            [python, "-I", Path(worker.__file__)],
            extra={
                "SOURCE_DATE_EPOCH": EPOCH,
                "DIST_EXTRA_CONFIG": str(config),
                "PLUGINKIT_BUILD": "1",
                "CFLAGS": flags,
                "CXXFLAGS": flags,
            },
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self._process.wait()

    def wheel(self, member: Member) -> Path:
        """Build the wheel of `member` and return where it lies."""
        return self._out / str(self._ask("wheel", member)["file"])

    def requires(self, member: Member) -> tuple[str, ...]:
        """Return what the backend needs beyond `[build-system] requires` (PEP 517)."""
        return tuple(self._ask("requires", member)["requires"])

    def metadata(self, member: Member) -> str:
        """Return the text of the METADATA that a wheel of `member` would have."""
        return str(self._ask("metadata", member)["metadata"])

    def _ask(self, what: str, member: Member) -> dict[str, Any]:
        request = {
            "do": what,
            "root": str(self._root / member.path),
            "out": str(self._out),
            "backend": member.build_backend,
            "backend-path": list(member.backend_path),
        }
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerError("the build worker has no pipes")
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            answer = json.loads(stdout.readline() or "{}")
        except (OSError, ValueError):
            answer = {}
        if not answer:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            raise WorkerError(f"the build process ended with status {self._process.returncode}")
        if "error" in answer:
            raise WorkerError("\n".join(filter(None, (answer["error"], answer.get("output", "")))))
        return dict(answer)
