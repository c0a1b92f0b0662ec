"""Questions for `python_implementations`, asked in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hosts import CHECKOUT

Question = tuple[int, str, object]


def task(series: Sequence[Sequence[Question]], *alteration: str) -> dict[str, Any]:
    """Return what asks about places, by number, an implementation each, and says what is expected.

    With an alteration, the first answer of a series that is not as expected is the last.
    """
    return {"series": series, "alteration": alteration}


def ask(places: Sequence[dict[str, Any]], tasks: Sequence[dict[str, Any]], scratch: Path) -> list[list[list[Any]]]:
    """Return the answers to each series of questions of each task."""
    file = scratch / "asked.json"
    file.write_text(json.dumps({"places": places, "tasks": tasks, "processes": len(os.sched_getaffinity(0))}))
    path = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "tests/support", Path(__file__).parent)))
    command = [sys.executable, "-W", "error", Path(__file__).with_name("python_implementations.py"), file]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, cwd=scratch, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-10_000:]
    answers: list[list[list[Any]]] = json.loads(done.stdout)
    return answers
