"""Git repositories in a directory of a test."""

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> None:
    """Run git as somebody, with `main` for the first branch."""
    own = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *own, *arguments], cwd=root, check=True, capture_output=True)


def committed(root: Path) -> Path:
    """Make a repository of a directory, with one commit that has all of it."""
    git(root, "init")
    git(root, "add", "--all")
    git(root, "commit", "-m", "all")
    return root
