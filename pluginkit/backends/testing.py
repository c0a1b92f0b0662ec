"""What running plugins' own tests takes; each language has its own way to an environment and its own test runner."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pluginkit.core.frozen import record
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.trial import Ran


@record
class Bench:
    """A tree in which tests can be run."""

    workspace: Workspace
    """A copy that tests may write to."""
    python: Path | None = None
    """The interpreter of the environment with host, APIs and plugins of that tree, where the language has one."""


class Tester(Protocol):
    """Runs the tests of plugins in a copy of their workspace."""

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        """Return `sha256:...` of all in a workspace that decides how a plugin's tests end: what is known unchanged."""
        ...

    def bench(self, workspace: Workspace, members: tuple[Member, ...]) -> Bench:
        """Make a copy of a workspace ready to run the tests of these plugins.

        `workspace` is that copy, with an API or host replaced where a change is tried. It is locked anew where that is
        needed, without asking for a new version of the API. Raises PluginkitError where it cannot be made.
        """
        ...

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        """Run the tests of one plugin, which are ended after so many seconds. May be called from several threads."""
        ...
