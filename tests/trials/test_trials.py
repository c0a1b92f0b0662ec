"""`pluginkit test` as an operation, with a language whose tests are lines of text."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from gitrepo import committed, git
from monorepo import edit, write
from toylang import TOY
from toylang.tester import ToyTester

from pluginkit.backends import process
from pluginkit.backends.language import LANGUAGES
from pluginkit.core.errors import PluginkitError
from pluginkit.core.trial import Ran, Trial, Trials
from pluginkit.operations.lock import lock
from pluginkit.operations.testing import TrialOptions, try_plugins

CONFIG = 'language = "toy"\napi = "api"\nhosts = ["host"]\nplugins = ["plugins/*"]\n'
FILES = {
    "pluginkit.toml": CONFIG,
    "toys.txt": "no other toys\n",
    "api/api.txt": "version 1.0.0\nsqueak\n",
    "host/main.txt": "version 1.0.0\nhost\n",
    "plugins/bear/main.txt": "version 1.0.0\n",
    "plugins/bear/tests.txt": "loud growl\nquiet squeak\n",
    "plugins/cat/main.txt": "version 1.0.0\nshy\n",
    "plugins/cat/tests.txt": "quiet squeak\n",
    "plugins/duck/main.txt": "version 1.0.0\n",
    "plugins/duck/tests.txt": "hears squeak\n",
    "plugins/fox/main.txt": "version 1.0.0\n",
    "plugins/gnu/main.txt": "version 1.0.0\n",
    "plugins/gnu/tests.txt": "waits hang\n",
    "plugins/hen/main.txt": "version 1.0.0\n",
    "plugins/hen/tests.txt": "tries luck\n",
}
OTHER = "version 2.0.0\ngrunt\nhang\nluck\n"


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Have the language, and see that nothing stays where scratch files go."""
    monkeypatch.setitem(LANGUAGES, "toy", TOY)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    ToyTester.runs.clear()
    ToyTester.luck.clear()
    yield
    assert not [*(tmp_path / "scratch").iterdir()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = write(tmp_path / "toys", FILES)
    lock(found)
    return committed(found)


@pytest.fixture
def other(tmp_path: Path) -> str:
    """Return another copy of the API."""
    return str(write(tmp_path / "other", {"api.txt": OTHER}))


def trials(root: Path, *plugins: str, **options: object) -> Trials:
    return try_plugins(TrialOptions(root, plugins, **options))  # type: ignore[arg-type]


def test_a_change_is_blamed_for_what_passed_without_it(root: Path, other: str) -> None:
    found = trials(root, api=other)
    assert {one.plugin: (one.status, one.blamed) for one in found.trials} == {
        "bear": ("breaks", ("quiet",)),  # `loud` failed before
        "cat": ("refused", ()),
        "duck": ("breaks", ("hears",)),
        "fox": ("no tests", ()),
        "gnu": ("breaks", ("waits",)),
        "hen": ("ok", ()),
    }
    assert found.trials[1].breaks == ("it is too shy for 2.0.0",)
    assert found.notes == ("hen: tries passes or fails by chance: not blamed",)
    assert not found.harmless


def test_what_is_to_blame_runs_again_only_where_it_ran(root: Path, other: str, tmp_path: Path) -> None:
    trials(root, "bear", api=other)
    third = str(write(tmp_path / "third", {"api.txt": OTHER.replace("grunt", "growl")}))
    found = trials(root, "bear", "duck", api=third)  # without the change, `bear` is known and `duck` is not
    assert [(one.plugin, one.blamed) for one in found.trials] == [("bear", ("quiet",)), ("duck", ("hears",))]


def test_what_is_known_is_not_run_again(root: Path, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trials(root, "bear", "cat", "duck", "hen", api=other)
    ToyTester.runs.clear()
    monkeypatch.setattr("pluginkit.operations.testing.grounds.Copies.tree", None)
    assert trials(root, "bear", "cat", "duck", "hen", api=other).trials == first.trials
    assert not ToyTester.runs


def test_an_edit_runs_the_tests_of_that_plugin_alone(root: Path, other: str) -> None:
    trials(root, "bear", "duck", api=other)
    ToyTester.runs.clear()
    edit(root / "plugins/duck/tests.txt", "squeak", "version")
    found = trials(root, "bear", "duck", api=other)
    assert [one.status for one in found.trials] == ["breaks", "ok"]
    assert ToyTester.runs == ["duck", "duck"]


def test_what_took_too_long_is_tried_again(root: Path, other: str) -> None:
    trials(root, "gnu", api=other)
    ToyTester.runs.clear()
    trials(root, "gnu", api=other)
    assert ToyTester.runs == ["gnu"]  # with the change: without it, it is known


def test_without_a_name_the_change_is_what_was_not_committed(root: Path) -> None:
    edit(root / "api/api.txt", "squeak", "quack")
    assert trials(root, "duck").trials[0].status == "breaks"
    git(root, "commit", "--all", "-m", "quack")
    found = trials(root, "duck")
    assert found.trials[0].status == "failed before"
    assert found.notes == ("the APIs are what they are in the last commit: name a change with --api",)


def test_what_an_earlier_change_broke_is_not_said_of_none(root: Path) -> None:
    edit(root / "api/api.txt", "1.0.0", "2.0.0")
    assert trials(root, "cat").trials[0].status == "refused"
    git(root, "commit", "--all", "-m", "2.0.0")
    assert trials(root, "cat").trials[0].status == "ok"


def test_a_revision_is_another_copy_too(root: Path) -> None:
    edit(root / "api/api.txt", "squeak", "quack")
    git(root, "commit", "--all", "-m", "quack")
    edit(root / "api/api.txt", "quack", "squeak")
    assert trials(root, "duck", api="git:HEAD").trials[0].blamed == ("hears",)
    assert trials(root, "duck", api="git:HEAD~1").trials[0].status == "ok"


def test_a_host_elsewhere_brings_its_apis(root: Path, tmp_path: Path) -> None:
    following = tmp_path / "next"
    shutil.copytree(root, following)
    edit(following / "api/api.txt", "squeak", "quack")
    assert trials(root, "duck", host=str(following)).trials[0].blamed == ("hears",)
    assert trials(root, "duck", host=str(root)).notes == (f"--host {root} is what the workspace has already",)


def test_without_git_the_tests_run_as_things_are(root: Path) -> None:
    shutil.rmtree(root / ".git")
    found = trials(root, "duck")
    assert found.trials[0].status == "ok"
    assert found.notes[0].startswith("no last commit to compare with: ")


def test_what_cannot_be_made_or_run_is_an_error_of_those_that_need_it(root: Path, tmp_path: Path) -> None:
    write(root, {"plugins/duck/tests.txt": "plays missing\n"})
    found = trials(root, "bear", "duck", api="git:HEAD")
    assert [one.status for one in found.trials] == ["failed before", "error"]
    assert found.trials[1].error == "without the change: nobody to play with"
    api = write(tmp_path / "none", {"api.txt": "version 1.0.0\nno bench\n"})
    found = trials(root, "bear", api=str(api))
    assert (found.trials[0].status, found.trials[0].error) == ("error", "with the change: no toys can be made")


def test_an_interruption_ends_what_runs_and_begins_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: ToyTester, *_: object, **__: object) -> Ran:
        self.runs.append("begun")
        raise KeyboardInterrupt

    ended: list[str] = []
    monkeypatch.setattr(ToyTester, "run", interrupted)
    monkeypatch.setattr("pluginkit.operations.testing.running.end_groups", lambda: ended.append("ended"))
    with pytest.raises(KeyboardInterrupt):
        trials(root, jobs=1)
    assert (ToyTester.runs, ended) == (["begun"], ["ended"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plugins": ("dukc",)}, "'dukc' is not a plugin of .*duck"),
        ({"api": "nowhere"}, "nowhere: no such directory"),
        ({"api": "git:nowhere"}, "git:nowhere: "),
        ({"host": "plugins"}, "plugins: not a pluginkit workspace"),
    ],
)
def test_what_cannot_be_tried_is_told(
    root: Path, options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    with pytest.raises(PluginkitError, match=message):
        try_plugins(TrialOptions(root, **options))  # type: ignore[arg-type]


def test_a_file_of_tests_that_cannot_be_read_is_blamed_for_all_its_tests() -> None:
    before = Ran("passed", ("t/a.py::one", "t/a.py::two", "t/b.py::three"))
    trial = Trial("p", "python", "", before=before, after=Ran("failed", ("t/b.py::three",), ("t/a.py",)))
    assert trial.blamed == ("t/a.py::one", "t/a.py::two")


def test_a_group_that_outlives_its_time_is_killed(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print('begun', flush=True); time.sleep(60)"
    )
    done = process.run_group(["python3", "-c", script], cwd=tmp_path, seconds=0.5)
    assert (done.status, done.stdout) == (process.TIMED_OUT, "begun\n")


SCRIPT = """
import sys
from pathlib import Path
from pluginkit.backends.language import LANGUAGES
from pluginkit.backends.process import run_group
from pluginkit.cli import main
from toylang import TOY
from toylang.tester import ToyTester

def run(self, bench, member, *, seconds, compile_only=False):
    return run_group(["sh", "-c", f"echo $$ > {sys.argv[1]}; sleep 60 & sleep 60"], cwd=Path("/"), seconds=60)

LANGUAGES["toy"], ToyTester.run = TOY, run
sys.exit(main(["test", "duck"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_ended_leaves_nothing_running_or_lying(root: Path, tmp_path: Path, number: int) -> None:
    told, scratch = tmp_path / "pid", tmp_path / "scratch"
    variables = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(Path(__file__).parents[1] / "support")}
    child = subprocess.Popen([sys.executable, "-c", SCRIPT, told], cwd=root, env=variables, stderr=subprocess.DEVNULL)
    while not (told.is_file() and told.read_text(encoding="utf-8").strip()):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(number)
    assert child.wait(10) != 0
    assert not [*running(int(told.read_text(encoding="utf-8")))]


def running(group: int) -> Iterator[int]:
    """Yield the processes of a group, but for those that ended and that nobody asked about."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = place.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            if int(of) == group and state != "Z":
                yield int(place.parent.name)
