"""Where uv takes distributions from that lie in the workspace: `[tool.uv.sources]` and `[tool.uv.workspace]`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pluginkit.core.names import normalize
from pluginkit.core.toml import Table, read_toml


def local_sources(root: Path, member: str = "") -> Mapping[str, Path]:
    """Return by normal name where the distributions lie that the sources of `root/member` take from the workspace."""
    manifest = root / member / "pyproject.toml"
    sources = _uv(manifest).values.get("sources") or {}
    found: dict[str, Path] = {}
    for name, source in sources.items() if isinstance(sources, dict) else ():
        if isinstance(source, dict) and isinstance(source.get("path"), str):
            found[normalize(name)] = (manifest.parent / source["path"]).resolve()
        elif isinstance(source, dict) and source.get("workspace") is True and (place := _project(root, name)):
            found[normalize(name)] = place
    return found


def _project(root: Path, name: str) -> Path | None:
    """Return the member of uv's workspace of that name."""
    workspace = _uv(root / "pyproject.toml").values.get("workspace") or {}
    for pattern in workspace.get("members") or ():
        for place in sorted(root.glob(pattern)):
            stated = _read(place / "pyproject.toml").table("project").values.get("name")
            if isinstance(stated, str) and normalize(stated) == normalize(name):
                return place.resolve()
    return None


def _uv(manifest: Path) -> Table:
    return _read(manifest).table("tool").table("uv")


def _read(manifest: Path) -> Table:
    return read_toml(manifest) if manifest.is_file() else Table({}, manifest.name)
