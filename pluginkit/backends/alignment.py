"""What bringing a plugin's repository in step with a host takes and gives; each language has its own way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.verdict import Host, Verdict


@record
class Edit:
    """One change of a file that pins what a plugin is built from."""

    text: str
    """What it says now, and before: `go.mod: require example.com/dep v1.0.0, not v1.1.0`."""
    why: str
    """Which fact of the host asks for it."""


@record
class Unmet:
    """A requirement of the plugin that the host does not meet."""

    need: str
    """`example.com/dep v1.2.0`."""
    offered: str
    """What the host has: `example.com/dep v1.0.0`."""
    askers: tuple[str, ...]
    """Who requires it."""


@record
class Built:
    """An artifact that was built from the copy."""

    name: str
    file: Path
    command: str
    """How it is built in the repository, for a shell."""


@record
class Task:
    """A plugin's repository, and the host that it is to fit."""

    root: Path
    """Its directory; nothing is written there."""
    place: Path
    """Where the host is: a file, a release or an environment."""
    host: Host
    scratch: Path
    """An empty directory for the copy and what is built from it."""
    source: Path | None
    """Go: a checkout of the host, where what it builds from its own directories is to be had; None: there is none."""
    packages: Sequence[str]
    """Which of its plugins; none: all."""
    judge: Callable[[Sequence[Path]], Verdict]
    """Returns what the host makes of artifacts."""
    build: Callable[[Path], Sequence[Path]] | None = None
    """Builds the plugins of a copy that has a configuration of pluginkit; None where it has none."""


@record
class Aligned:
    """How far a copy of the repository was brought in step."""

    root: Path | None = None
    """The directory that the paths of `changes` are relative to."""
    edits: tuple[Edit, ...] = ()
    changes: Mapping[str, tuple[bytes | None, bytes | None]] = EMPTY
    """By path relative to the root: the bytes of a file before and now; None where it is not there."""
    unmet: tuple[Unmet, ...] = ()
    built: tuple[Built, ...] = ()
    verdict: Verdict | None = None
    """What the host makes of what was built."""
    loaded: str = ""
    """How it was seen to load; empty where it was not tried, or failed."""
    notes: tuple[str, ...] = ()
    failure: str = ""
    """What the toolchain or the loader said, where that is not a requirement."""

    def place(self, name: str) -> Path:
        """Return where a changed file is in the repository."""
        return (self.root or Path()) / name

    @property
    def proven(self) -> bool:
        """True when the host accepts all that was built, and nothing failed on the way."""
        return bool(self.built) and not (self.unmet or self.failure) and bool(self.verdict and self.verdict.accepted)


class Aligner(Protocol):
    """Brings a copy of a plugin's repository in step with a host, and builds, judges and loads it there."""

    def __call__(self, task: Task) -> Aligned:
        """Return what has to change. Raises PluginkitError where it cannot be tried, for want of a toolchain."""
        ...
