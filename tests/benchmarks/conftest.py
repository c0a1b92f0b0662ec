"""Workspaces of a size worth measuring."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from tree import make_go_tree

COUNT = 50


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let modules be compiled once, as they are wherever pluginkit is installed."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


@pytest.fixture
def modules(tmp_path: Path) -> Callable[[], Path]:
    """Return a maker of workspaces that Go has not seen: each has another module path, and the same plugins."""
    numbers = itertools.count()

    def make() -> Path:
        number = next(numbers)
        return make_go_tree(tmp_path / str(number), COUNT, f"acme{number}")

    return make
