"""Artifacts on this machine: files, trees of directories, releases, environments and workspaces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from pluginkit.backends.inspectors import for_directory, for_file, suffixes
from pluginkit.backends.language import LANGUAGES
from pluginkit.backends.python.wheel.distinfo import DistInfoError, parse_file_name
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
        yield from _tree(top, trust)


def _tree(top: Path, trust: Trust | None) -> Iterator[Candidate]:
    """Yield what a directory holds; each directory is entered once, whatever links lead to it."""
    entered, left = set(), [str(top)]
    while left:
        place = left.pop()
        try:
            status = os.stat(place)  # noqa: PTH116 - paths may have thousands of parts
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            found = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:  # there may be plugins in it
            raise PluginkitError(
                f"{place}: cannot be read: {error.strerror or error}", hint="name the directories to read one by one"
            ) from None
        if any(entry.name == _ENVIRONMENT or entry.name.endswith(".dist-info") for entry in found):
            yield from _installed(Path(place), trust)
            continue
        yield from _files(place, found)
        within = [entry.name for entry in found if not entry.name.startswith(".") and _is_directory(entry)]
        left += (os.path.join(place, name) for name in reversed(within))  # noqa: PTH118


def _files(directory: str, found: Sequence[os.DirEntry[str]]) -> Iterator[Candidate]:
    """Yield the files of a directory that are artifacts by the endings of their names."""
    endings = suffixes()
    ends = [entry.name for entry in found if entry.name.endswith(endings) and not _is_directory(entry)]
    release = signatures([f"{directory}/{NAME}"])[0] if ends else ""
    yield from (_file(Path(directory, name), release) for name in ends)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that lead to each other
        return False


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


def version_of(subject: str) -> str:
    """Return the version in a wheel's file name, which also one has that cannot be read; else nothing."""
    file = subject.rpartition("/")[2]
    if not file.endswith(".whl"):
        return ""
    try:
        return parse_file_name(file).version
    except DistInfoError:
        return ""


def _read(path: Path, trust: Trust | None) -> Reading:
    try:
        (evidence,) = read_artifacts(path, trust=trust)
    except PluginkitError as error:  # it is gone, or has become a directory, since it was found
        return Reading(None, unread=error.message.removeprefix(f"{path}: "))
    return Reading(evidence, place=path)


class Links:
    """Where links lead; what is asked of a directory is asked once."""

    def __init__(self) -> None:
        self._directories: dict[str, str] = {}

    def followed(self, subject: str) -> str:
        """Return the path of an artifact without links; a URL as it is."""
        if "://" in subject:
            return subject
        directory, name = os.path.split(subject)
        if directory not in self._directories:
            self._directories[directory] = os.path.realpath(directory)
        path = f"{self._directories[directory]}/{name}"
        return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114 - paths may have any length
