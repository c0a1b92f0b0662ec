"""How uv is run: with the user's settings to resolve, and with none but the indexes to install what is pinned."""

import tempfile
from pathlib import Path

from pluginkit.backends.process import Completed, run
from pluginkit.backends.python.building.uv_settings import index_settings
from pluginkit.core.extras import from_extra


def uv() -> Path:
    """Return the uv executable that the `build` extra brings. Raises PluginkitError without it."""
    return Path(from_extra("uv", "resolving and installing").find_uv_bin())


def replay(root: Path | None, *arguments: str | Path) -> Completed:
    """Run uv on pins, away from every project: of the settings for the workspace at `root` only the indexes hold."""
    return with_settings(index_settings(root), *arguments)


def with_settings(settings: bytes, *arguments: str | Path, stdin: str = "") -> Completed:
    """Run uv in an empty directory with `settings`, a `uv.toml`, and no others."""
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        config = Path(scratch, "uv.toml")
        config.write_bytes(settings)
        return run([uv(), *arguments, "--config-file", config], cwd=Path(scratch), stdin=stdin)
