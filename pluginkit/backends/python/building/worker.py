"""Run inside a build environment: few processes, many wheels. Standard library and the backend only.

`worker.py MODULES IN,OUT...` imports modules, named with commas between them, and forks for each further pair of file
descriptors, so that imports are paid for once. Each process reads one JSON object a line from its IN, answers one a
line on its OUT:
`{"do": "begin", "environ": {...}}`, which has no answer,
`{"do": "wheel", "root": ..., "backend": ..., "backend-path": [...], "out": ...}` -> `{"file": ...}`,
`{"do": "requires", ...}` -> `{"requires": [...]}` (PEP 517 get_requires_for_build_wheel),
`{"do": "metadata", ...}` -> `{"metadata": "..."}` (the text of METADATA), or `{"error": ...}`.
A `"version"` in a request stands for the one that the backend would take from version control.
hatchling goes through its own WheelBuilder; every other backend through its PEP 517 hooks.
"""

import contextlib
import errno
import functools
import gc
import importlib
import json
import os
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

PRETENDED = (
    "SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "UV_DYNAMIC_VERSIONING_BYPASS",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
)  # fmt: skip
"""Variables by which setuptools-scm (and hatch-vcs), pdm-backend and others are told a version."""
_TROUBLE = {errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT}
"""Of the machine; the others say something of the path."""


def main() -> None:
    """Import, fork, and serve."""
    modules, *pairs = sys.argv[1:]
    be_strict()
    for module in filter(None, modules.split(",")):
        with contextlib.suppress(Exception):  # told by the first request that needs it
            importlib.import_module(module)
    channels = [(int(one), int(other)) for one, _, other in (pair.partition(",") for pair in pairs)]
    mine = channels[0]
    gc.freeze()  # what was imported stays, and stays shared between the processes
    for channel in channels[1:]:
        if os.fork() == 0:
            mine = channel
            break
    for pair in channels:
        for descriptor in pair if pair != mine else ():
            os.close(descriptor)
    serve(*mine)


def serve(source: int, target: int) -> None:
    """Answer requests until they end."""
    answers = os.fdopen(target, "w", encoding="utf-8")
    log: Any = None
    os.umask(0o022)
    for line in os.fdopen(source, encoding="utf-8"):
        request = json.loads(line)
        if request["do"] == "begin":
            os.environ.update(request["environ"])
            log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            continue
        log.seek(0)
        log.truncate()
        try:
            with version_of(request):
                answer = answer_to(request)
        except BaseException as error:  # a backend may raise anything, SystemExit too
            if isinstance(error, KeyboardInterrupt):
                raise
            answer = {"error": "".join(traceback.format_exception_only(error)).strip(), "output": tail(log)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


@contextlib.contextmanager
def version_of(request: dict[str, Any]) -> Iterator[None]:
    """Have the backend take the version that a request names, if it names one and the backend asks a repository."""
    imposed = {name: request["version"] for name in PRETENDED if request.get("version")}
    os.environ.update(imposed)
    try:
        yield
    finally:
        for name in imposed:
            del os.environ[name]


def be_strict() -> None:
    """Let `os.path` and `os.walk` raise what they hide: a backend would leave out of a wheel what it cannot look at."""
    original = os.walk

    def walk(top: Any, topdown: bool = True, onerror: Any = None, followlinks: bool = False) -> Any:
        return original(top, topdown, onerror or _told, followlinks)

    def asking(is_kind: Callable[[int], bool]) -> Callable[[Any], bool]:
        def ask(path: Any) -> bool:
            try:
                return is_kind(os.stat(path).st_mode)  # noqa: PTH116
            except OSError as error:
                _told(error)
            except ValueError:
                pass
            return False

        return ask

    os.walk = walk
    for name, is_kind in (("exists", lambda mode: True), ("isdir", stat.S_ISDIR), ("isfile", stat.S_ISREG)):
        setattr(os.path, name, asking(is_kind))


def _told(error: OSError) -> None:
    if error.errno in _TROUBLE:
        raise error


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Do what one request asks and return the answer."""
    os.chdir(request["root"])
    if request["do"] == "wheel" and is_plain_hatchling(request):
        builder = hatchling_builder()(request["root"])
        made = next(iter(builder.build(directory=request["out"], versions=["standard"])))
        return {"file": Path(made).name}
    hooks = load(request["backend"], request["backend-path"])
    if request["do"] == "requires":
        wanted = getattr(hooks, "get_requires_for_build_wheel", None)
        return {"requires": list(wanted(None)) if wanted else []}
    if request["do"] == "metadata":
        return {"metadata": metadata(hooks)}
    return {"file": hooks.build_wheel(request["out"], None, None)}


@functools.cache
def hatchling_builder() -> Any:
    """Return hatchling's WheelBuilder, which computes a pure wheel's tag once for each `requires-python`.

    That alone decides it, and hatchling tries a hundred versions of Python for it: a fifth of the time of a wheel.
    """
    from hatchling.builders.wheel import WheelBuilder

    tags: dict[str, str] = {}

    class Builder(WheelBuilder):  # type: ignore[misc,unused-ignore]
        def get_default_tag(self) -> str:
            constraint = str(self.metadata.core.python_constraint)
            if constraint not in tags:
                tags[constraint] = super().get_default_tag()
            return tags[constraint]

    return Builder


def is_plain_hatchling(request: dict[str, Any]) -> bool:
    """Return whether hatchling itself, not an in-tree backend around it, builds the project."""
    return request["backend"] == "hatchling.build" and not request["backend-path"]


def load(reference: str, path: list[str]) -> Any:
    """Return the backend object that `reference` names (PEP 517), with its in-tree path in front."""
    sys.path[:0] = [str(Path(entry).resolve()) for entry in path]
    module, _, attributes = reference.partition(":")
    if attributes == "__legacy__":
        sys.path.insert(0, str(Path.cwd()))
    backend = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def metadata(hooks: Any) -> str:
    """Return the project's METADATA, by the cheapest hook the backend has."""
    with tempfile.TemporaryDirectory() as scratch:
        if hasattr(hooks, "prepare_metadata_for_build_wheel"):
            place = Path(scratch, hooks.prepare_metadata_for_build_wheel(scratch, None), "METADATA")
            return place.read_text(encoding="utf-8")
        import zipfile

        with zipfile.ZipFile(Path(scratch, hooks.build_wheel(scratch, None, None))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(name).decode("utf-8")


def tail(log: IO[bytes]) -> str:
    """Return the end of what the backend printed."""
    sys.stdout.flush()
    sys.stderr.flush()
    log.seek(0)
    return log.read()[-4000:].decode("utf-8", "replace").strip()


if __name__ == "__main__":
    main()
