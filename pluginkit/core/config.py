"""Where a workspace begins: the nearest directory with a configuration."""

from pathlib import Path

from pluginkit.core.toml import Table, read_toml

CONFIG = "pluginkit.toml"
DIST = "dist"
"""Where a workspace's release is found: a link to it."""


def find_root(start: Path) -> Path | None:
    """Return the nearest directory at or above `start` with a workspace configuration, if any."""
    for directory in (start.resolve(), *start.resolve().parents):
        if (directory / CONFIG).is_file() or tool_table(directory) is not None:
            return directory
    return None


def tool_table(directory: Path) -> Table | None:
    """Return `[tool.pluginkit]` of the directory's pyproject.toml, where it configures a workspace.

    A member's own table only declares capabilities. Raises PluginkitError for TOML that cannot be read.
    """
    manifest = directory / "pyproject.toml"
    if not manifest.is_file():
        return None
    table = read_toml(manifest).table("tool").table("pluginkit")
    return table if set(table.values) - {"capabilities"} else None
