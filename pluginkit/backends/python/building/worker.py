"""Run inside a build environment: one process, many wheels. Standard library and the backend only.

Reads one JSON object a line on standard input, answers one a line on standard output:
`{"do": "wheel", "root": ..., "backend": ..., "backend-path": [...], "out": ...}` -> `{"file": ...}`,
`{"do": "requires", ...}` -> `{"requires": [...]}` (PEP 517 get_requires_for_build_wheel),
`{"do": "metadata", ...}` -> `{"metadata": "..."}` (the text of METADATA), or `{"error": ...}`.
hatchling goes through its own WheelBuilder; every other backend through its PEP 517 hooks.
"""

import errno
import importlib
import json
import os
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_TROUBLE = {errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT}
"""Of the machine; the others say something of the path."""


def main() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    os.umask(0o022)
    be_strict()
    for line in sys.stdin:
        log.seek(0)
        log.truncate()
        try:
            answer = answer_to(json.loads(line))
        except BaseException as error:  # a backend may raise anything, SystemExit too
            if isinstance(error, KeyboardInterrupt):
                raise
            answer = {"error": "".join(traceback.format_exception_only(error)).strip(), "output": tail(log)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


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
        from hatchling.builders.wheel import WheelBuilder

        made = next(iter(WheelBuilder(request["root"]).build(directory=request["out"], versions=["standard"])))
        return {"file": Path(made).name}
    hooks = load(request["backend"], request["backend-path"])
    if request["do"] == "requires":
        wanted = getattr(hooks, "get_requires_for_build_wheel", None)
        return {"requires": list(wanted(None)) if wanted else []}
    if request["do"] == "metadata":
        return {"metadata": metadata(hooks)}
    return {"file": hooks.build_wheel(request["out"], None, None)}


def is_plain_hatchling(request: dict[str, Any]) -> bool:
    """Tell whether hatchling itself, not an in-tree backend around it, builds the project."""
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
