"""A small fleet for tests of `fleet`."""

import os
from pathlib import Path

import pytest
from fleets import wheel_hosts, wheel_plugins

from pluginkit.operations.fleet import pairs


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with `plugins`, three in three releases, and `hosts`; the working directory is there."""
    wheel_hosts(tmp_path / "hosts", 4)
    wheel_plugins(tmp_path / "plugins", 3, 3)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is read; in one process."""
    found: list[str] = []
    real = pairs._row

    def row(candidate, *rest):  # type: ignore[no-untyped-def]
        found.append(candidate.subject)
        return real(candidate, *rest)

    monkeypatch.setattr(pairs, "_row", row)
    monkeypatch.setattr(pairs, "spread", lambda work, items: work(items))
    return found
