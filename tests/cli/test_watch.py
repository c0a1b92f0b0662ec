"""The inner loop: `pluginkit build --watch`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from monorepo import edit, monorepo, write

PLUGIN = "plugins/filter/acme_filter/__init__.py"


class Watching:
    """A build that watches a workspace."""

    def __init__(self, root: Path) -> None:
        self.root, self.log = root, root.parent / "log"
        command = [sys.executable, "-m", "pluginkit", "build", "--watch", str(root)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait(self, done: Callable[[str], bool]) -> str:
        """Return what it printed once `done` says so of it."""
        for _ in range(300):
            if done(text := self.log.read_text()):
                return text
            assert self.process.poll() is None, text
            time.sleep(0.1)
        raise AssertionError(text)


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    monorepo(tmp_path / "workspace")
    found = Watching(tmp_path / "workspace")
    yield found
    found.process.kill()
    found.process.wait()


def test_each_change_is_built_and_an_interrupt_ends_it(watching: Watching) -> None:
    watching.wait(lambda text: "watching" in text)
    before = os.readlink(watching.root / "dist")
    edit(watching.root / PLUGIN, "request.body", "request.body * 2")
    text = watching.wait(lambda text: text.count("built, lock") + text.count("carried over") > 1)
    assert f"changed: {PLUGIN}" in text
    assert os.readlink(watching.root / "dist") != before
    time.sleep(0.8)
    changed = [line for line in watching.log.read_text().splitlines() if line.startswith("changed:")]
    assert set(changed) == {f"changed: {PLUGIN}"}  # what the build itself writes is no change
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(10) == 0


@pytest.mark.slow
def test_what_changes_during_the_first_build_is_built_again(tmp_path: Path) -> None:
    root = monorepo(tmp_path / "workspace")
    hook = (
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\nimport pathlib, time\n"
        "class Slow(BuildHookInterface):\n    def initialize(self, version, data):\n"
        f"        pathlib.Path({str(tmp_path)!r}, 'started').touch()\n        time.sleep(0.5)\n"
    )
    write(root / "host", {"hatch_build.py": hook})
    with (root / "host/pyproject.toml").open("a") as file:
        file.write("[tool.hatch.build.targets.wheel.hooks.custom]\n")
    watching = Watching(root)
    try:
        watching.wait(lambda text: (tmp_path / "started").exists())
        edit(root / PLUGIN, "request.body", "request.body * 2")
        text = watching.wait(lambda text: "changed:" in text and "artifacts built, lock" in text)
        assert f"changed: {PLUGIN}" in text
    finally:
        watching.process.kill()
        watching.process.wait()


@pytest.mark.slow
def test_what_cannot_be_built_is_told_and_the_next_change_built(watching: Watching) -> None:
    watching.wait(lambda text: "watching" in text)
    before = os.readlink(watching.root / "dist")
    edit(watching.root / PLUGIN, "class New", "class Old")
    watching.wait(lambda text: "PK501" in text and "nothing published" in text)
    assert os.readlink(watching.root / "dist") == before
    edit(watching.root / PLUGIN, "class Old", "class New")
    watching.wait(lambda text: text.count("changed:") >= 2)


@pytest.mark.slow
def test_without_the_extra_it_says_which(pluginkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monorepo(tmp_path)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    ran = pluginkit("build", "--watch")
    assert ran.status == 2
    assert "pluginkit-toolchain[watch]" in ran.err
