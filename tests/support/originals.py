"""Workspaces that many tests begin with: each is built once by a worker, and every test has a copy of it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from monorepo import settle
from processes import cache_beside

from pluginkit.cli import main

Make = Callable[[Path], object]
Copy = Callable[[Make, Path], Path]


class Originals:
    """The workspaces that were made so far, beneath one directory."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._made: dict[Make, Path] = {}

    def copy(self, make: Make, root: Path, cache: Path) -> Path:
        """Put at `root` what `make` writes, built, and into `cache` what the build kept there; return `root`."""
        original = self._made.get(make) or self._build(make)
        shutil.copytree(original / "root", root, symlinks=True, dirs_exist_ok=True)
        shutil.copytree(original / "cache/artifacts", cache / "artifacts", symlinks=True, dirs_exist_ok=True)
        settle()  # what was written in the very moment of a build is not kept
        return root

    def _build(self, make: Make) -> Path:
        original = self._place / str(len(self._made))
        root = original / "root"
        root.mkdir(parents=True)
        make(root)
        settle()
        shared = Path(os.environ["PLUGINKIT_CACHE_DIR"])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PLUGINKIT_CACHE_DIR", str(cache_beside(shared, original / "cache")))
            patch.chdir(root)
            assert main(["build"]) == 0
        self._made[make] = original
        return original
