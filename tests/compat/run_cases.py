"""Run plugins on the old and the new API: `python tests/compat/run_cases.py [--write] [FILE]`.

Without `--write`, prints a line of JSON for each case: its id, and its errors on the old and on the new API ("" for
none). With it, stores what happened as the truth of the file's cases. Each case is a child forked from this process,
which has imported what the cases import; the child tries the old API, forgets its modules, and tries the new one.
"""

import argparse
import importlib
import json
import os
import re
import signal
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from compat_cases import CORPUS, Case, load, save

LIBRARIES = ("abc", "asyncio", "attrs", "contextlib", "dataclasses", "enum", "pluggy", "typing_extensions")
AT_ONCE = 2
MEMORY = Path("/dev/shm")  # thousands of small files, quicker than on a disk
SECONDS = 30  # a child that hangs is an error of the case, not of the run


def outcomes(cases: Iterable[Case], place: Path) -> Iterator[tuple[Case, str, str]]:
    """Yield each case with the errors of its plugin on the old and on the new API, "" for none.

    `place` is an empty directory: the packages are written there.
    """
    running: deque[tuple[Case, int, int]] = deque()
    for number, case in enumerate(cases):
        running.append((case, *_start(case, place / str(number))))
        if len(running) == AT_ONCE:
            yield _wait(*running.popleft())
    while running:
        yield _wait(*running.popleft())


def _start(case: Case, place: Path) -> tuple[int, int]:
    _write(place / "old", case.old, case.plugin)
    _write(place / "new", case.new, case.plugin)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(case, place, writer)
    os.close(writer)
    return child, reader


def _write(place: Path, api: Mapping[str, str], plugin: str) -> None:
    for name, text in {**{f"api/{module}": text for module, text in api.items()}, "plugin": plugin}.items():
        file = place / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _wait(case: Case, child: int, reader: int) -> tuple[Case, str, str]:
    with open(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{case.id}: its process ended with wait status {status}")
    old, new = json.loads(said)
    return case, old, new


def _child(case: Case, place: Path, writer: int) -> NoReturn:
    signal.alarm(SECONDS)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    errors = _try(place / "old", case.host_old), _try(place / "new", case.host_new)
    with open(writer, "w", encoding="utf-8") as pipe:
        json.dump(errors, pipe)
    os._exit(0)


def _try(place: Path, host: str) -> str:
    for name in [name for name in sys.modules if name.split(".")[0] in ("api", "plugin")]:
        del sys.modules[name]
    sys.path.insert(0, str(place))
    try:
        exec(compile(f"import api, plugin as p\n{host}", "host.py", "exec"), {"__name__": "host"})
    except BaseException as raised:
        return _text(raised, place)
    finally:
        sys.path.remove(str(place))
    return ""


def _text(raised: BaseException, place: Path) -> str:
    first = "".join(traceback.format_exception_only(raised)).strip().splitlines()[0]
    return re.sub(re.escape(str(place)) + r"[^\s')]*", "...", first) or type(raised).__name__


def _import_libraries() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    import pydantic.dataclasses

    pydantic.create_model("Model", field=(int, 1))()  # pydantic imports most of itself with the first model


def main() -> None:
    """Run a file's cases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--write", action="store_true", help="store what happened as the truth")
    arguments = parser.parse_args()
    _import_libraries()
    sys.dont_write_bytecode = True
    ran: list[Case] = []
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        for case, before, after in outcomes(load(arguments.file), Path(directory)):
            if not arguments.write:
                print(json.dumps({"id": case.id, "old": before, "new": after}))
            elif before:
                sys.exit(f"{case.id}: does not work with the old API: {before}")
            ran.append(replace(case, truth="breaks" if after else "ok", error=after))
    if arguments.write:
        save(ran, arguments.file)


if __name__ == "__main__":
    main()
