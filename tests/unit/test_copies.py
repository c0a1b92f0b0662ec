"""A copy of a repository has what its author would commit."""

import subprocess
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.copies import copy_tree, link_neighbours

FILES = {"main.go": "package main\n", "sub/data": "1", ".gitignore": "*.so\ngo.work\n", "old.so": "", "go.work": "\n"}


def copied(root: Path, scratch: Path) -> set[str]:
    target = copy_tree(root, scratch, ["go.work", "vendor"])
    return {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file() or path.is_symlink()}


@pytest.mark.parametrize("in_git", [True, False])
def test_what_git_ignores_is_left_out_but_for_what_is_named(tmp_path: Path, in_git: bool) -> None:
    root = write(tmp_path / "plugin", FILES)
    if in_git:
        subprocess.run(["git", "init", "-q", root], check=True)
    ignored = set() if in_git else {"old.so"}
    assert copied(root, tmp_path / "scratch") == {"main.go", "sub/data", ".gitignore", "go.work"} | ignored


def test_a_tracked_file_that_is_gone_is_not_copied(tmp_path: Path) -> None:
    root = write(tmp_path / "plugin", {"main.go": "package main\n", "gone.go": "package main\n"})
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    (root / "gone.go").unlink()
    assert copied(root, tmp_path / "scratch") == {"main.go"}


def test_relative_paths_lead_out_of_the_copy_to_the_same_directories(tmp_path: Path) -> None:
    root = write(tmp_path / "plugin", {"main.go": "package main\n"})
    write(tmp_path / "api", {"api.go": "package api\n"})
    scratch = tmp_path / "scratch"
    target = copy_tree(root, scratch)
    link_neighbours(root, scratch, ["../api", "../absent", "."])
    assert (target / "../api/api.go").read_text() == "package api\n"
    assert not (target / "../absent").exists()
    assert not target.is_symlink()
