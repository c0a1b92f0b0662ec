"""Entry points of a built wheel loaded by an environment's own interpreter, in a process of its own."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.process import run

_SECONDS = 60.0
_CODE = """
import importlib.metadata, sys
sys.path[:0] = sys.argv[1:]
for found in importlib.metadata.distributions(path=sys.argv[1:]):
    for one in found.entry_points:
        if not one.group.endswith("_scripts"):
            try:
                one.load()
            except BaseException as error:
                sys.exit(f"{one.name} = {one.value}: {type(error).__name__}: {error}")
"""


def interpreter(place: Path) -> Path | None:
    """Return the interpreter of a virtual environment, if `place` is one."""
    found = [place / "bin" / "python", place / "Scripts" / "python.exe"]
    return next((path for path in found if (place / "pyvenv.cfg").is_file() and path.is_file()), None)


def load(python: Path, wheels: Sequence[Path], scratch: Path) -> str:
    """Load all entry points of wheels beside what the environment has; return what went wrong, or nothing."""
    places = []
    for number, wheel in enumerate(wheels):
        place = scratch / f"wheel-{number}"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
        places.append(place)
    done = run([python, "-I", "-c", _CODE, *places], cwd=scratch, seconds=_SECONDS)
    if done.status == 0:
        return ""
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"loading it ended the process: status {done.status}"
