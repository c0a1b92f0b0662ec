"""Write the lock, or check it."""

from dataclasses import dataclass
from pathlib import Path

from pluginkit.core.lockfile import NAME
from pluginkit.core.model import Lock, Workspace
from pluginkit.stages import lock as lock_stage
from pluginkit.stages.discover import discover


@dataclass(frozen=True, slots=True)
class Locked:
    """What came of writing a lock."""

    path: Path
    lock: Lock
    changed: bool
    """The file says something else than before."""
    doubts: tuple[str, ...]
    """What a reader may want to change."""


def lock(start: Path, *, upgrade: bool = False, allow_same_version: bool = False) -> Locked:
    """Resolve and seal every pin of the workspace that `start` lies in, and write the lock.

    Raises PluginkitError when requirements conflict, and when an API's bytes changed under one version.
    """
    return lock_workspace(discover(start), upgrade=upgrade, allow_same_version=allow_same_version)


def lock_workspace(workspace: Workspace, *, upgrade: bool = False, allow_same_version: bool = False) -> Locked:
    """Do the same for a workspace that was discovered already."""
    made = lock_stage.lock(workspace, upgrade=upgrade, allow_same_version=allow_same_version)
    changed = lock_stage.write(workspace, made)
    return Locked(workspace.root / NAME, made, changed, lock_stage.doubtful(workspace, made))


def check(start: Path) -> None:
    """Raise StaleLockError unless the lock describes the workspace that `start` lies in."""
    lock_stage.check(discover(start))
