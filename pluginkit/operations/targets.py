"""What a path on the command line stands for: an artifact, a release, an environment or a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.verdict import Evidence, HostSide
from pluginkit.stages.verify import hosts_among, read_artifacts, workspace_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import Workspace


def release_here() -> Path:
    """Return the last release of the workspace around the working directory, or raise PluginkitError."""
    from pluginkit.core.config import find_root

    root = find_root(Path())
    if root is None:
        raise PluginkitError("nothing to verify: not in a pluginkit workspace", hint="name the artifacts to verify")
    return release_at(Path() if root == Path.cwd() else root)


def release_at(path: Path) -> Path:
    """Return where to read artifacts: a workspace stands for its last release, anything else for itself."""
    if not is_workspace(path):
        return path
    from pluginkit.core.config import DIST

    if not (path / DIST).is_dir():
        raise PluginkitError(f"{path} has no release yet", hint="run `pluginkit build`")
    return path / DIST


def host_sides(
    named: Sequence[Path], read: Mapping[Path, Sequence[Evidence]], *, unstamped: bool = False
) -> Sequence[HostSide]:
    """Read the hosts that were named; else those beside the artifacts; else the release of this workspace.

    `read` is what was read already, by place. With `unstamped` a binary without a stamp can be a host.
    """
    if named:
        return [side for path in named for side in _sides_at(path, read, unstamped)]
    directories = [(place, found) for place, found in read.items() if place.is_dir()]
    near = [side for place, found in directories for side in hosts_among(place, found)]
    from pluginkit.core.config import DIST, find_root

    root = find_root(Path())
    if near or root is None or not (root / DIST).is_dir():
        return near
    return hosts_among(root / DIST, read_artifacts(root / DIST))


def hostless_side(artifacts: Sequence[Path]) -> HostSide | None:
    """Return what the lock of a workspace without a host seals; None where there is no such workspace.

    It is the one that was named, else the one around the working directory, else the one around an artifact.
    """
    from pluginkit.core.config import find_root
    from pluginkit.stages.discover import discover

    around = map(find_root, (Path(), *(path.parent for path in artifacts)))
    root = next(filter(is_workspace, artifacts), None) or next(filter(None, around), None)
    if root is None:
        return None
    workspace = discover(root)
    return None if any(one.kind == "host" for one in workspace.members) else _by_lock(workspace)


def _by_lock(workspace: Workspace) -> HostSide:
    # These can reach toolchains; comparing artifacts with each other never does.
    from pluginkit.core.lockfile import sealed_digest
    from pluginkit.stages import lock

    sealed, _ = lock.current(workspace)
    return workspace_host(workspace, sealed, sealed_digest(sealed))


def _sides_at(path: Path, read: Mapping[Path, Sequence[Evidence]], unstamped: bool) -> Sequence[HostSide]:
    if is_workspace(path):
        from pluginkit.stages.discover import discover

        return [_by_lock(discover(path))]
    found = hosts_among(
        path, read[path] if path in read else read_artifacts(path, unstamped=unstamped), unstamped=unstamped
    )
    if not found:
        raise PluginkitError(f"{path}: no stamped host in it", hint="`pluginkit build` makes one; see also --unstamped")
    return found


def is_workspace(path: Path) -> bool:
    """Return whether `path` is the root of a workspace."""
    if not path.is_dir():
        return False
    from pluginkit.core.config import find_root

    return find_root(path) == path.resolve()
