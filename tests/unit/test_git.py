"""Which files a repository has is asked of git, and git asks nobody else."""

import os
import subprocess
from pathlib import Path

import pytest
from gitrepo import committed, git
from monorepo import write
from strangers import Marks, arm_git

from pluginkit.backends import git as git_files
from pluginkit.backends.git import files_at
from pluginkit.backends.process import environment, find_program
from pluginkit.core.errors import PluginkitError

FILES = {"one.py": "", "sub/two.py": "", "sub/left": "", ".gitignore": "left\n"}
FOUND = (".gitignore", "one.py", "sub/two.py")


def test_nothing_of_a_repository_runs(tmp_path: Path) -> None:
    root, marks = committed(write(tmp_path / "root", FILES)), Marks(tmp_path / "marks")
    arm_git(root, marks)
    marks.left()
    assert files_at(root / "sub") == ("two.py",)
    assert marks.left() == set()
    subprocess.run(["git", "status"], cwd=root, capture_output=True, check=False)
    assert "git worktree config" in marks.left()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("core.worktree", "/"), ("core.bare", "true"), ("core.excludesFile", "ignoring"), ("core.fsmonitor", "true")],
)
def test_settings_of_a_repository_do_not_move_it(setting: str, value: str, tmp_path: Path) -> None:
    write(tmp_path, {"ignoring": "*\n"})
    root = committed(write(tmp_path / "root", FILES))
    git(root, "config", setting, str(tmp_path / value)) if value == "ignoring" else git(root, "config", setting, value)
    assert files_at(root) == FOUND


def test_a_directory_that_looks_like_a_repository_is_not_asked(tmp_path: Path) -> None:
    root = write(tmp_path / "root", FILES)
    for name in ("HEAD", "config", "objects/x", "refs/x"):
        write(root / "sub", {name: "ref: refs/heads/main\n" if name == "HEAD" else ""})
    committed(root)
    assert "sub/two.py" in files_at(root)
    assert "two.py" in files_at(root / "sub")


def test_a_linked_worktree_is_read(tmp_path: Path) -> None:
    root = committed(write(tmp_path / "root", FILES))
    git(root, "worktree", "add", str(tmp_path / "linked"))
    assert files_at(tmp_path / "linked") == FOUND


@pytest.mark.parametrize("path", ["{}", ".", "", "bin", ".:"])
def test_programs_of_the_working_directory_are_not_found(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Marks(tmp_path / "marks").script("tool", tmp_path / "bin/tool")
    monkeypatch.chdir(tmp_path / "bin" if path in (".", "", ".:") else tmp_path)
    monkeypatch.setenv("PATH", path.format(tmp_path / "bin"))
    assert find_program("tool") == (str(tmp_path / "bin/tool") if path == "{}" else None)
    assert all(Path(folder).is_absolute() for folder in environment()["PATH"].split(":"))


@pytest.mark.parametrize("name", [".gitignore", ".git/index"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = committed(write(tmp_path / "root", FILES))
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    monkeypatch.setattr(git_files, "_PATIENCE", 0.3)
    with pytest.raises(PluginkitError, match=r"git ls-files has not ended after 0\.3 s"):
        files_at(root)
