"""Where a build keeps what it need not make twice."""

from __future__ import annotations

import os

from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def cache_directory() -> Path:
    """Return the user's cache: `PLUGINKIT_CACHE_DIR`, or `pluginkit` beneath the XDG cache directory.

    Raises PluginkitError where neither is set and there is no home directory.
    """
    from pathlib import Path

    return Path(cache_path())


def cache_path() -> str:
    """Return the same as a string, for a host's start: importing `pathlib` takes longer than reading what is there."""
    own = os.environ.get("PLUGINKIT_CACHE_DIR")
    if own:
        return own
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    if base.startswith("~"):
        raise PluginkitError("there is no home directory to keep a cache in", hint="set PLUGINKIT_CACHE_DIR")
    return os.path.join(base, "pluginkit")  # noqa: PTH118
