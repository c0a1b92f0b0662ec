"""Everything that decides about plugins for Python says the same of the same."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hosts import CHECKOUT
from python_cases import ALL, LOADERS, ROWS
from python_places import make


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    root = tmp_path_factory.mktemp("places")
    return [make(root / str(number), row.host, row.plugins, row.edit) for number, row in enumerate(ROWS)]


def ask(places: Sequence[dict[str, Any]], tasks: Sequence[dict[str, Any]], scratch: Path) -> list[Any]:
    """Return the answers to tasks, as `python_implementations` gives them."""
    question = scratch / "questions.json"
    question.write_text(json.dumps({"places": places, "tasks": tasks, "processes": len(os.sched_getaffinity(0))}))
    path = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "tests/support", Path(__file__).parent)))
    command = [sys.executable, "-W", "error", Path(__file__).with_name("python_implementations.py"), question]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, cwd=scratch, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def answers(places: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    names = sorted(ALL)
    questions = [[(number, name, None) for number, row in enumerate(ROWS) if name in row.by] for name in names]
    tasks = [{"questions": asked, "alteration": [], "until_unlike": False} for asked in questions]
    found = ask(places, tasks, tmp_path_factory.mktemp("asked"))
    return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("implementation", sorted(ALL))
def test_every_implementation_says_what_the_table_says(answers: dict[str, list[Any]], implementation: str) -> None:
    rows = [row for row in ROWS if implementation in row.by]
    wrong = {
        row.name: (said, row.expected(implementation))
        for row, said in zip(rows, answers[implementation], strict=True)
        if said != row.expected(implementation)
    }
    assert not wrong, "\n".join(f"{name}: said {said}, expected {told}" for name, (said, told) in wrong.items())


def test_what_is_accepted_is_loaded(answers: dict[str, list[Any]]) -> None:
    assert len(ROWS) >= 80
