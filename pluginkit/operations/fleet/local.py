"""Artifacts on this machine: files, trees of directories, releases, environments and workspaces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pluginkit.backends.inspectors import for_directory, for_file, suffixes
from pluginkit.backends.language import LANGUAGES
from pluginkit.core.errors import PluginkitError
from pluginkit.core.release import NAME
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.targets import is_workspace, releases_at
from pluginkit.stages.verify import read_artifacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence

_ENVIRONMENT = "pyvenv.cfg"


def candidates_at(place: Path, trust: Trust | None = None) -> Iterator[Candidate]:
    """Yield the artifacts at a place, whose sub-directories are entered, in the order of their paths.

    A workspace stands for its last release; hidden directories are left out. With a `trust`, nothing is parsed of what
    none of its keys signed. Raises PluginkitError where there is no such place.
    """
    if not place.exists() and not place.is_symlink():
        raise PluginkitError(f"{place}: no such file or directory")
    if not place.is_dir():
        yield _named(place)
        return
    for top in releases_at(place) if is_workspace(place) else [place]:
        yield from _tree(top, set(), trust)


def is_environment(directory: Path) -> bool:
    """Return whether distributions are installed in a directory itself."""
    return (directory / _ENVIRONMENT).is_file() or any(directory.glob("*.dist-info"))


def _tree(directory: Path, entered: set[str], trust: Trust | None) -> Iterator[Candidate]:
    """Yield what a directory holds; each directory is entered once, whatever links lead to it."""
    real = os.path.realpath(directory)
    if real in entered:
        return
    entered.add(real)
    if is_environment(directory):
        yield from _installed(directory, trust)
        return
    found = sorted(os.scandir(directory), key=lambda entry: entry.name)
    endings = suffixes()
    ends = [entry for entry in found if entry.name.endswith(endings) and not entry.is_dir()]
    release = signatures([str(directory / NAME)])[0] if ends else ""
    for entry in ends:
        yield _file(directory / entry.name, release)
    for entry in found:
        if not entry.name.startswith(".") and entry.is_dir():
            yield from _tree(directory / entry.name, entered, trust)


def _installed(directory: Path, trust: Trust | None) -> Iterator[Candidate]:
    """Yield the distributions of an environment that have a stamp, or that its hosts would load."""
    for inspector in for_directory(directory):
        for one in inspector.installed(directory, trust):
            yield Candidate(one.subject, "", one.name, one.language, partial(_known, one, directory))


def _known(evidence: Evidence, place: Path, trust: Trust | None) -> Reading:
    return Reading(evidence, place=place)


def _named(path: Path) -> Candidate:
    if for_file(path) is None:
        raise PluginkitError(
            f"{path}: not a kind of artifact that can be verified", hint=f"artifacts end in {', '.join(suffixes())}"
        )
    return _file(path, signatures([str(path.parent / NAME)])[0])


def _file(path: Path, release: str) -> Candidate:
    """Return the candidate that a file is; `release` is the signature of the `release.json` beside it."""
    identity = settled(signatures([str(path)])[0], time.time_ns())
    known = f"{identity} {release}" if identity != UNKNOWN else ""
    return Candidate(str(path), known, name_of(path.name), language_of(path.name), partial(_read, path))


def language_of(file: str) -> str:
    """Return the language of an artifact, by the ending of its file's name."""
    return next((one.name for one in LANGUAGES.values() if file.endswith(one.suffixes)), "go")


def name_of(file: str) -> str:
    """Return what an artifact is called, as far as its file's name tells."""
    return file.partition("-")[0].replace("_", "-") if language_of(file) == "python" else file.partition(".")[0]


def _read(path: Path, trust: Trust | None) -> Reading:
    (evidence,) = read_artifacts(path, trust=trust)
    return Reading(evidence, place=path)
