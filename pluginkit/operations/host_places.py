"""Where a plugin's host is: a path, or the URL of a release, of which what it is judged by is fetched."""

from __future__ import annotations

from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.release import NAME


def host_of(named: str | None, directory: Path) -> Path:
    """Return the path of the host that was named, else of the one that the configuration around `directory` names.

    Raises PluginkitError where neither names one.
    """
    if not named:
        raise PluginkitError("no host to bring the plugin in step with", hint="name one with --host")
    return local(named)


def local(place: str, base: Path = Path()) -> Path:
    """Return the path of a host: that of a release for its release.json."""
    path = base / place
    return path.parent if path.name == NAME else path
