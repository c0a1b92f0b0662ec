"""What `fleet` looks at where it is not told: this workspace, and the host that `verify` would take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pluginkit.core.config import DIST, configuration, find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.release import NAME, read_release
from pluginkit.operations.targets import is_workspace

_HERE = Path()


def places_here() -> tuple[str, ...]:
    """Return the workspace around the working directory, which stands for its last release.

    Raises PluginkitError where there is none.
    """
    root = _root()
    if root is None:
        raise PluginkitError(
            "no place is named, and there is no pluginkit workspace here",
            hint="name where releases of plugins are: `pluginkit fleet DIR --host HOST`",
        )
    return (str(root),)


def hosts_here(places: Sequence[str]) -> tuple[str, ...]:
    """Return the hosts to compare what is at `places` with.

    It is the one that the configuration around names, else those of the releases among the places and of the last
    releases of workspaces among them, else that of the workspace around: of its last release, or where it has none of
    its lock. Raises PluginkitError where there is none.
    """
    root = _root()
    named = configuration(root).values.get("host") if root else None
    if root and isinstance(named, str):
        return (named if "://" in named else str(root / named),)
    releases = [
        str(Path(place) / DIST) if is_workspace(Path(place)) else place for place in places if "://" not in place
    ]
    beside = [place for place in releases if _has_host(Path(place))]
    if not beside and root is None:
        raise PluginkitError(
            "no host is named, and there is no pluginkit workspace here",
            hint="add --host HOST: a release, an environment, or a host's wheel or binary",
        )
    return tuple(beside) or (str(root / DIST if root and (root / DIST).is_dir() else root),)


def _root() -> Path | None:
    root = find_root(_HERE)
    return _HERE if root == Path.cwd() else root


def _has_host(place: Path) -> bool:
    """Return whether a place is a release with a host in it."""
    return (place / NAME).is_file() and any(one.kind == "host" for one in read_release(place).artifacts)
