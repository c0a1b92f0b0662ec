"""Where a build keeps what it need not make twice."""

import os
from pathlib import Path


def cache_directory() -> Path:
    """Return the user's cache: `PLUGINKIT_CACHE_DIR`, or `pluginkit` beneath the XDG cache directory."""
    own = os.environ.get("PLUGINKIT_CACHE_DIR")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pluginkit"
