"""Run plugins on the old and the new API: `python tests/compat/run_cases.py [--write] [FILE]`.

Without `--write`, prints a line of JSON for each case: its id, and its errors on the old and on the new API ("" for
none). With it, stores what happened as the truth of the file's cases. Each run is a child forked from this process,
which has imported what the cases import.
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
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from compat_cases import CORPUS, Case, load, save

LIBRARIES = ("abc", "asyncio", "attrs", "contextlib", "dataclasses", "enum", "pluggy", "pydantic", "typing_extensions")
SECONDS = 30  # a child that hangs is an error of the case, not of the run


def outcomes(case: Case, place: Path) -> tuple[str, str]:
    """Return the errors of a case's plugin on the old and on the new API, "" for none.

    `place` is a directory that does not exist yet; the packages are written there.
    """
    return (
        _run(case.old, case.plugin, case.host_old, place / "old"),
        _run(case.new, case.plugin, case.host_new, place / "new"),
    )


def _run(api: Mapping[str, str], plugin: str, host: str, place: Path) -> str:
    for name, text in {**{f"api/{module}": text for module, text in api.items()}, "plugin": plugin}.items():
        file = place / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(place, host, writer)
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        error = pipe.read()
    _, status = os.waitpid(child, 0)
    return error or (f"ended with wait status {status}" if status else "")


def _child(place: Path, host: str, writer: int) -> NoReturn:
    error = ""
    try:
        signal.alarm(SECONDS)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        sys.path.insert(0, str(place))
        exec(compile(f"import api, plugin as p\n{host}", "host.py", "exec"), {"__name__": "host"})
    except BaseException as raised:
        error = _text(raised, place)
    with open(writer, "w", encoding="utf-8") as pipe:
        pipe.write(error)
    os._exit(0)


def _text(raised: BaseException, place: Path) -> str:
    first = "".join(traceback.format_exception_only(raised)).strip().splitlines()[0]
    return re.sub(re.escape(str(place)) + r"[^\s')]*", "...", first) or type(raised).__name__


def main() -> None:
    """Run a file's cases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--write", action="store_true", help="store what happened as the truth")
    arguments = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.dont_write_bytecode = True
    ran: list[Case] = []
    with tempfile.TemporaryDirectory() as directory:
        for number, case in enumerate(load(arguments.file)):
            before, after = outcomes(case, Path(directory, str(number)))
            if not arguments.write:
                print(json.dumps({"id": case.id, "old": before, "new": after}))
            elif before:
                sys.exit(f"{case.id}: does not work with the old API: {before}")
            ran.append(replace(case, truth="breaks" if after else "ok", error=after))
    if arguments.write:
        save(ran, arguments.file)


if __name__ == "__main__":
    main()
