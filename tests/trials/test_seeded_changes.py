"""Twenty changes of APIs over twelve plugins: each is found, and nothing else is blamed."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from monorepo import write
from seeded_changes import Repository, Seeded, missed
from seeded_go import GO
from seeded_python import PYTHON

from pluginkit.core.trial import Trials
from pluginkit.operations.lock import lock_workspace
from pluginkit.operations.testing import TrialOptions, try_plugins
from pluginkit.stages.discover import discover

REPOSITORIES = (GO, PYTHON)
CASES = [(repository, change) for repository in REPOSITORIES for change in repository.changes]
NAMES = [f"{repository.language}: {change.name}" for repository, change in CASES]
Trying = Callable[[Repository, Seeded], Trials]


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Repository], Path]:
    """Return a function that gives a locked workspace, written once, and a cache that its trials share."""
    roots: dict[str, Path] = {}

    def made(repository: Repository) -> Path:
        if repository.language not in roots:
            root = write(tmp_path_factory.mktemp(repository.language), repository.files)
            lock_workspace(discover(root))
            roots[repository.language] = root
        return roots[repository.language]

    return made


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remembered")


@pytest.fixture
def trying(
    workspaces: Callable[[Repository], Path], remembered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Trying:
    """Return a function that tries a change; what was remembered of the tests without it is shared."""
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", os.fspath(remembered))

    def run(repository: Repository, change: Seeded) -> Trials:
        api = repository.seed(tmp_path / "changed", change)
        return try_plugins(TrialOptions(start=workspaces(repository), api=os.fspath(api)))

    return run


@pytest.mark.fleet
@pytest.mark.parametrize(("repository", "change"), CASES, ids=NAMES)
def test_a_seeded_change_is_found_and_nothing_else_is_blamed(
    trying: Trying, repository: Repository, change: Seeded
) -> None:
    trials = trying(repository, change)
    assert not missed(change, trials)
    assert not trials.harmless
    before = {one.plugin: one.before.failed for one in trials.trials if one.before and one.before.failed}
    assert before == repository.failing


@pytest.mark.fleet
@pytest.mark.parametrize("repository", REPOSITORIES, ids=lambda repository: repository.language)
def test_a_change_of_nothing_breaks_nothing_and_is_remembered(
    trying: Trying, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = Seeded("nothing", repository.changes[-1].old, repository.changes[-1].old)
    trials = trying(repository, same)
    assert not missed(same, trials)
    assert trials.harmless
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process is started"))
    began = time.monotonic()
    assert trying(repository, same) == trials
    print(f"{repository.language}: {time.monotonic() - began:.2f} s with nothing changed")


@pytest.mark.slow
@pytest.mark.parametrize("change", [GO.changes[0], GO.changes[9]], ids=lambda change: change.name)
def test_a_change_of_the_surface_and_one_of_behaviour_are_found(trying: Trying, change: Seeded) -> None:
    trials = trying(GO, change)
    assert not missed(change, trials)


def test_every_change_has_a_truth_that_names_what_is_there() -> None:
    assert len(CASES) == 20
    assert sum(bool(change.breaks) for _, change in CASES) == 10
    for repository, change in CASES:
        assert bool(change.breaks) != bool(change.tests)
        for place in change.breaks.values():
            file, _, line = place.rpartition(":")
            assert int(line) <= repository.files[file].count("\n"), place
