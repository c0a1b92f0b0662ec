"""Operations report here what happens while they work. The outcome itself is what they return."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from pluginkit.core.model import Artifact, BuildPlan
from pluginkit.incremental.last_build import LastBuild
from pluginkit.operations.lock import Locked

ArtifactCallback = Callable[[Artifact], None]
"""Called for each artifact as it is made, by any thread."""


class Reporter(Protocol):
    """Hears of what happens, as it happens."""

    def warn(self, message: str, hint: str = "") -> None:
        """Take a warning: the work goes on."""

    def locked(self, locked: Locked) -> None:
        """Take a lock that was written because it was out of date."""

    def planned(self, plan: BuildPlan, last_build: LastBuild | None) -> None:
        """Take a plan that is about to be built, and what is known of the build before."""

    def building(self, count: int) -> AbstractContextManager[ArtifactCallback]:
        """Return a context for a build of so many artifacts; it yields what any thread calls for each."""
        ...


class Silent:
    """A reporter for callers that only want the outcome."""

    def warn(self, message: str, hint: str = "") -> None:
        """Ignore it."""

    def locked(self, locked: Locked) -> None:
        """Ignore it."""

    def planned(self, plan: BuildPlan, last_build: LastBuild | None) -> None:
        """Ignore it."""

    def building(self, count: int) -> AbstractContextManager[ArtifactCallback]:
        """Return a context that yields a function which ignores artifacts."""
        return nullcontext(lambda artifact: None)
