"""What a path on the command line stands for: an artifact, a release, an environment or a workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.target import platform_named
from pluginkit.core.verdict import Evidence, HostSide
from pluginkit.operations.signed_release import with_release
from pluginkit.stages.verify import directories, hosts_among, read_artifacts, workspace_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import Workspace
    from pluginkit.core.trust import Trust


class WithheldError(Exception):
    """Where a host should be is nothing that the trust lets be read; `evidences` are what was found."""

    def __init__(self, evidences: Sequence[Evidence]) -> None:
        super().__init__("no host that is signed as the trust asks")
        self.evidences = evidences


def releases_here() -> Sequence[Path]:
    """Return where the last release of the workspace around the working directory lies, or raise PluginkitError."""
    from pluginkit.core.config import find_root

    root = find_root(Path())
    if root is None:
        raise PluginkitError("nothing to verify: not in a pluginkit workspace", hint="name the artifacts to verify")
    return releases_at(Path() if root == Path.cwd() else root)


def releases_at(path: Path) -> Sequence[Path]:
    """Return where to read artifacts: a workspace stands for its last release, anything else for itself.

    A release for several targets is read as one for each.
    """
    if not is_workspace(path):
        return directories(path)
    from pluginkit.core.config import DIST

    if not (path / DIST).is_dir():
        raise PluginkitError(f"{path} has no release yet", hint="run `pluginkit build`")
    return directories(path / DIST)


def host_sides(
    named: Sequence[Path],
    artifacts: Sequence[Path],
    read: Mapping[Path, Sequence[Evidence]],
    note: Callable[[str], None],
    *,
    unstamped: bool = False,
    trust: Trust | None = None,
) -> Sequence[HostSide]:
    """Read the hosts that were named; else those beside the artifacts; else the release of this workspace.

    Where none of these has a host, it is an environment that was read, by the APIs in it, or what the lock of the
    workspace seals, and `note` is told so. `read` is what was read already, by place. With `unstamped` a binary
    without a stamp can be a host. With a `trust`, which takes the place of each host's own, hosts are read as
    artifacts are; raises WithheldError where one cannot be.
    """
    if named:
        sides = [side for path in named for side in _sides_at(path, read, note, unstamped, trust)]
    else:
        sides = [*_near(artifacts, read, note, trust)]
    return [replace(side, host=replace(side.host, trust=trust)) for side in sides] if trust else sides


def _near(
    artifacts: Sequence[Path],
    read: Mapping[Path, Sequence[Evidence]],
    note: Callable[[str], None],
    trust: Trust | None,
) -> Sequence[HostSide]:
    from pluginkit.core.config import DIST, find_root

    around = [(place, found) for place, found in read.items() if place.is_dir()]
    root = find_root(Path())
    near = [side for place, found in around for side in hosts_among(place, found)]
    if not near:
        _refuse_withheld([one for _, found in around for one in found])
    if not near and root is not None and (root / DIST).is_dir():
        last = [(place, read_artifacts(place, trust=trust)) for place in directories(root / DIST)]
        near = [side for place, found in last for side in hosts_among(place, found)]
        if not near:
            _refuse_withheld([one for _, found in last for one in found])
    near = near or [side for place, _ in around for side in _third_party(place, read, note)]
    return near or _hostless(artifacts, note)


def _refuse_withheld(evidences: Sequence[Evidence]) -> None:
    """Raise WithheldError where what is withheld may be the host that is looked for."""
    if any(one.withheld for one in evidences):
        raise WithheldError(evidences)


def _hostless(artifacts: Sequence[Path], note: Callable[[str], None]) -> Sequence[HostSide]:
    """Return what the lock of a workspace without a host seals; nothing where there is no such workspace.

    It is the one that was named, else the one around the working directory, else the one around an artifact.
    """
    from pluginkit.core.config import find_root
    from pluginkit.stages.discover import discover

    around = map(find_root, (Path(), *(path.parent for path in artifacts)))
    root = next(filter(is_workspace, artifacts), None) or next(filter(None, around), None)
    workspace = discover(root) if root else None
    if workspace is None or any(one.kind == "host" for one in workspace.members):
        return []
    note(f"no member of {workspace.root} is a host: compared with what pluginkit.lock seals")
    return _by_lock(workspace)


def _by_lock(workspace: Workspace) -> Sequence[HostSide]:
    # These can reach toolchains; comparing artifacts with each other never does.
    from pluginkit.core.lockfile import sealed_digest
    from pluginkit.stages import lock

    sealed, _ = lock.current(workspace)
    return [workspace_host(workspace, one, sealed_digest(one)) for one in sealed.views()]


def _sides_at(
    path: Path,
    read: Mapping[Path, Sequence[Evidence]],
    note: Callable[[str], None],
    unstamped: bool,
    trust: Trust | None,
) -> Sequence[HostSide]:
    if is_workspace(path):
        from pluginkit.stages.discover import discover

        return _by_lock(discover(path))
    return [side for place in directories(path) for side in _sides_in(place, read, note, unstamped, trust)]


def _sides_in(
    path: Path,
    read: Mapping[Path, Sequence[Evidence]],
    note: Callable[[str], None],
    unstamped: bool,
    trust: Trust | None,
) -> Sequence[HostSide]:
    try:
        evidences = read[path] if path in read else read_artifacts(path, unstamped=unstamped, trust=trust)
    except PluginkitError:
        found = _third_party(path, read, note)  # an environment in which nothing has a stamp
        if not found:
            raise
        return found
    found = hosts_among(path, evidences, unstamped=unstamped)
    if not found:
        _refuse_withheld(evidences)
    found = tuple(with_release(path, side, trust) for side in found) or tuple(_third_party(path, read, note))
    if not found:
        raise PluginkitError(
            f"{path}: no {'' if unstamped else 'stamped '}host in it, and no API that the plugins are for",
            hint="name a host's binary or wheel, a release, an environment or a workspace"
            if unstamped
            else "`pluginkit build` makes a stamped host; add --unstamped for one that pluginkit did not build",
        )
    return found


def paired(
    read: Mapping[Path, Sequence[Evidence]], sides: Sequence[HostSide]
) -> Sequence[tuple[Sequence[Evidence], Sequence[HostSide]]]:
    """Return which of the artifacts to compare with which hosts: all with all, unless the hosts' platforms differ.

    Then an artifact is compared with the hosts for the platform that its directory in a release is named after, else
    for that which it was built for; with all where none is for that one.
    """
    platforms = dict.fromkeys(side.host.platform for side in sides)
    if len(platforms) < 2:
        return [([one for found in read.values() for one in found], sides)]
    meant = [(_platform(place, one), one) for place, found in read.items() for one in found]
    groups = {
        platform: [one for wanted, one in meant if wanted == platform or wanted not in platforms]
        for platform in platforms
    }
    return [
        (mine, [side for side in sides if side.host.platform == platform]) for platform, mine in groups.items() if mine
    ]


def _platform(place: Path, one: Evidence) -> str:
    return platform_named(place.name) or (one.binary.platform if one.binary else "")


def _third_party(
    path: Path, read: Mapping[Path, Sequence[Evidence]], note: Callable[[str], None]
) -> Sequence[HostSide]:
    """Return the host at `path` that pluginkit did not build, by the APIs there that the plugins in `read` are for."""
    from pluginkit.backends.readers import publications

    for language in dict.fromkeys(one.language for found in read.values() for one in found):
        reader = publications(language)
        host = reader.host(path, read) if reader else None
        if host:
            there = ", ".join(api.label for api in host.apis)
            note(f"no stamped host in {path}: compared with the files of {there} in it")
            return [HostSide(host)]
    return []


def is_workspace(path: Path) -> bool:
    """Return whether `path` is the root of a workspace."""
    if not path.is_dir():
        return False
    from pluginkit.core.config import find_root

    return find_root(path) == path.resolve()
