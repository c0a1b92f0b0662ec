"""What a language has to bring: a Builder, which needs its toolchain, and an Inspector, which only reads.

They are apart so that verifying can never reach a toolchain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Lock, Member, Workspace
    from pluginkit.core.pitfall import Pitfall
    from pluginkit.core.verdict import Evidence, Host


class Builder(Protocol):
    """Seals a workspace's pins and turns a plan into artifacts."""

    def early(self, lock: Lock) -> tuple[str, ...]:
        """Return what a build by this lock should begin before it knows more, in the words of `backends.early`."""
        ...

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool) -> Lock:
        """Resolve and digest everything the lock seals; keep the pins of `previous` unless `upgrade`."""
        ...

    def steps(
        self, workspace: Workspace, lock: Lock, lock_digest: str, members: Sequence[Member]
    ) -> tuple[BuildStep, ...]:
        """Return how to build each of `members`, with the digest of all that goes into it."""
        ...

    def surroundings(self, workspace: Workspace, lock: Lock) -> Sequence[Path]:
        """Return the files beyond the members' sources that decide what `steps` returns, whether they exist or not."""
        ...

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        """Return why `lock` no longer describes the APIs' bytes, or nothing. May build; writes nothing."""
        ...

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[Pitfall]]:
        """Build every step of `plan` as a stamped artifact in `out`, calling `report` for each.

        Returns, by member, what plugins do while they are loaded and should not. Raises StaleLockError
        when an API's bytes are not those the lock sealed, and PluginkitError
        naming every member that failed.
        """
        ...

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Add what an installer of that language wants beside the artifacts."""
        ...


class Inspector(Protocol):
    """Reads artifacts and hosts without running, importing or loading anything of them."""

    def artifacts(self, place: Path) -> Sequence[Path]:
        """Return the artifacts in a directory, in the order in which a host loads them."""
        ...

    def inspect(self, files: Sequence[tuple[Path, str]]) -> Sequence[Evidence]:
        """Read artifacts, each a path and what reports call it; what is wrong becomes a defect, never an exception."""
        ...

    def installed(self, place: Path) -> Sequence[Evidence]:
        """Read the distributions of an installed environment; empty when `place` is none."""
        ...

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        """Return the hosts among `evidences`, which were read at `place`: a file, a release or an environment."""
        ...
