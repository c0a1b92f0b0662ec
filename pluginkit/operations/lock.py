"""Write the lock, or check it."""

from dataclasses import dataclass
from pathlib import Path

from pluginkit.core.files import write_atomic
from pluginkit.core.lock import Lock, LockedMember
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.core.model import Workspace
from pluginkit.core.toolkit import DIRECTORY, STEM
from pluginkit.operations.host_places import with_host
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
    left_out: tuple[LockedMember, ...] = ()
    """Members of the lock of before that are none any more."""


def lock(start: Path, *, upgrade: bool = False, allow_same_version: bool = False, static: bool = False) -> Locked:
    """Resolve and seal every pin of the workspace that `start` lies in, and write the lock.

    With `static` no build backend runs. Raises PluginkitError when requirements conflict, when an API changed and its
    version did not, or by too small a step (unless `allow_same_version`), and for what only a backend knows.
    """
    return lock_workspace(discover(start), upgrade=upgrade, allow_same_version=allow_same_version, static=static)


def lock_workspace(
    workspace: Workspace, *, upgrade: bool = False, allow_same_version: bool = False, static: bool = False
) -> Locked:
    """Do the same for a workspace that was discovered already; `upgrade` renews its copy of the toolkit too.

    The lock keeps within the host that the configuration names, or that the workspace was given.
    """
    if upgrade:
        _renew_toolkit(workspace.root)
    path, workspace = workspace.root / NAME, with_host(workspace)
    left_out = lock_stage.left_out(workspace, read_lock(path)[0]) if path.is_file() else ()
    made = lock_stage.lock(workspace, upgrade=upgrade, allow_same_version=allow_same_version, static=static)
    changed = lock_stage.write(workspace, made)
    return Locked(path, made, changed, lock_stage.doubtful(workspace, made), left_out)


def _renew_toolkit(root: Path) -> None:
    """Put the wheel of the toolkit that is running in the place of the one in the workspace, if there is one."""
    found = sorted((root / DIRECTORY).glob(f"{STEM}-*.whl"))
    if not found:
        return
    from pluginkit.backends.python.building.toolkit import FILE, running  # few workspaces have a wheel of it
    from pluginkit.core.rendering import ANSWERS

    wheel = running().wheel()
    if not (found == [root / DIRECTORY / FILE] and found[0].read_bytes() == wheel):
        write_atomic(root / DIRECTORY / FILE, wheel)
    for old in (path for path in found if path.name != FILE):
        for name in ("pyproject.toml", ANSWERS):  # they name the wheel
            manifest = root / name
            text = manifest.read_text(encoding="utf-8") if manifest.is_file() else ""
            if old.name in text:
                write_atomic(manifest, text.replace(old.name, FILE).encode())
        old.unlink()


def check(start: Path) -> None:
    """Raise StaleLockError unless the lock describes the workspace that `start` lies in."""
    lock_stage.check(with_host(discover(start)))
