"""Artifacts on this machine: files, trees of directories, releases, environments and workspaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pluginkit.backends.inspectors import for_directory, for_file, suffixes
from pluginkit.backends.language import LANGUAGES
from pluginkit.core.errors import PluginkitError
from pluginkit.incremental.file_stat import signatures
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.targets import is_workspace, releases_at
from pluginkit.stages.verify import read_artifacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence

_ENVIRONMENT = "pyvenv.cfg"


def candidates_at(place: Path) -> Iterator[Candidate]:
    """Yield the artifacts at a place, whose sub-directories are entered, in the order of their paths.

    A workspace stands for its last release. Raises PluginkitError where there is no such place.
    """
    if not place.exists() and not place.is_symlink():
        raise PluginkitError(f"{place}: no such file or directory")
    if not place.is_dir():
        yield _file(place)
        return
    for top in releases_at(place) if is_workspace(place) else [place]:
        yield from _tree(top, set())


def _tree(directory: Path, entered: set[str]) -> Iterator[Candidate]:
    """Yield what a directory holds; each directory is entered once, whatever links lead to it."""
    real = os.path.realpath(directory)
    if real in entered:
        return
    entered.add(real)
    installed = _installed(directory)
    yield from installed
    if installed:
        return
    found = sorted(directory.iterdir())
    for path in found:
        if path.name.endswith(suffixes()) and not path.is_dir():
            yield _file(path)
    for path in found:
        if path.is_dir() and not path.name.startswith("."):
            yield from _tree(path, entered)


def _installed(directory: Path) -> list[Candidate]:
    """Return the distributions of an environment that have a stamp, or that its hosts would load."""
    if not (directory / _ENVIRONMENT).is_file() and not any(directory.glob("*.dist-info")):
        return []
    read = [one for inspector in for_directory(directory) for one in inspector.installed(directory)]
    return [Candidate(one.subject, "", one.name, one.language, partial(_known, one)) for one in read]


def _known(evidence: Evidence, trust: Trust | None) -> Reading:
    return Reading(evidence)


def _file(path: Path) -> Candidate:
    inspector = for_file(path)
    if inspector is None:
        raise PluginkitError(
            f"{path}: not a kind of artifact that can be verified", hint=f"artifacts end in {', '.join(suffixes())}"
        )
    language = next((one.name for one in LANGUAGES.values() if path.suffix in one.suffixes), "go")
    return Candidate(str(path), signatures([str(path)])[0], path.stem, language, partial(_read, path))


def _read(path: Path, trust: Trust | None) -> Reading:
    (evidence,) = read_artifacts(path, trust=trust)
    return Reading(evidence)
