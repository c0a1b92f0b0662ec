"""A stranger's tree: nothing of it runs in the commands that only read, whatever it says and wherever that is said."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from gitrepo import committed
from gorepo import go_monorepo
from monorepo import monorepo, write
from strangers import Marks, arm_git, arm_go, arm_programs, arm_tree, environments, go_tree, python_tree, ran

from pluginkit.cli import main

pytestmark = pytest.mark.slow
PLUGINKIT = str(Path(sys.executable).parent / "pluginkit")
COMMANDS = (
    "verify",
    "verify --host .",
    "inspect dist",
    "plan",
    "plan --rehash --no-cache",
    "diff",
    "diff git:HEAD",
    "diff git:HEAD . --plugins",
    "explain PK101",
)


@dataclass(frozen=True)
class Stranger:
    root: Path
    marks: Marks


@pytest.fixture(scope="module", params=["python", "go", "go.work"])
def stranger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """Build a workspace honestly, commit it, and then arm it."""
    place = tmp_path_factory.mktemp(request.param)
    marks = Marks(place / "marks")
    make = python_tree if request.param == "python" else go_tree
    root = make(place / "root", marks)
    assert main(["build", str(root)]) == 0
    if request.param == "python":
        assert marks.left() == {"backend"}  # in a build it does run
    else:
        arm_go(root, marks)
        write(root, {request.param: "go 1.24\n\ntoolchain go1.99.0\n\nuse .\n"} if request.param == "go.work" else {})
        assert main(["lock", str(root)]) == 0
    committed(root)
    arm_git(root, marks)
    (arm_tree if request.param == "python" else arm_programs)(root, marks)
    marks.left()  # of our own arming
    return Stranger(root, marks)


def run_of_tree(stranger: Stranger, *command: str) -> set[str]:
    """Run a command, which must do its work; return what of the tree ran."""
    for env in environments():
        done = ran(list(command), stranger.root, env)
        if found := stranger.marks.left():
            return found
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return set()


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_of_the_tree_runs(command: str, stranger: Stranger) -> None:
    assert run_of_tree(stranger, PLUGINKIT, *command.split()) == set()


def test_init_runs_nothing_of_the_tree(stranger: Stranger, tmp_path: Path) -> None:
    for number, env in enumerate(environments()):
        root = shutil.copytree(stranger.root, tmp_path / str(number), symlinks=True)
        (root / "pluginkit.toml").unlink()
        done = ran([PLUGINKIT, "init", "--yes"], root, env)
        assert stranger.marks.left() == set()
        assert done.returncode == 0, done.stderr


def test_a_wheel_is_fetched_by_no_program_of_the_tree(stranger: Stranger) -> None:
    if not (stranger.root / "uv.toml").is_file():
        pytest.skip("Go has no wheels")
    for env in environments():
        offline = {**env, "UV_FIND_LINKS": str(stranger.root / "dist"), "UV_NO_INDEX": "1"}
        done = ran([PLUGINKIT, "diff", "acme-api==1.0.0", "."], stranger.root, offline)
        assert (done.returncode, stranger.marks.left()) == (0, set()), done.stderr
    assert not (stranger.root / "c").exists()


def test_modules_of_the_working_directory_are_not_imported(stranger: Stranger) -> None:
    assert run_of_tree(stranger, sys.executable, "-m", "pluginkit", "plan") == set()


def test_git_itself_would_run_what_the_repository_names(stranger: Stranger) -> None:
    """Else the tests above would prove nothing."""
    root = stranger.root
    for command in ("status", "diff", "ls-files --others", "add --all --dry-run"):
        subprocess.run(["git", *command.split()], cwd=root, capture_output=True, check=False)
    found = stranger.marks.left()
    assert {"git process", "git worktree config"} & found


PIPES = {
    "python": ("plugins/filter/acme_filter/more.py", "plugins/filter/setup.py", "uv.toml"),
    "go": ("plugins/filter/more.go", "vendor/modules.txt", "go.sum"),
}


@pytest.mark.parametrize(("language", "name"), [(language, name) for language in PIPES for name in PIPES[language]])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(language: str, name: str, tmp_path: Path) -> None:
    root = (monorepo if language == "python" else go_monorepo)(tmp_path / "root")
    assert main(["lock", str(root)]) == 0
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    for command in ("plan", "diff", "lock --no-build"):
        done = ran([PLUGINKIT, *command.split()], root, os.environ)
        assert "Traceback" not in done.stderr
        assert done.returncode == 0 or "a pipe, socket or device among the sources" in done.stderr, done.stderr
