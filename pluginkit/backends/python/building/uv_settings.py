"""Which of uv's settings hold when pins are installed: where indexes are, and nothing that chooses versions.

What decides a resolution (constraints, overrides, `environments`, `resolution`, `no-binary` ...) did so when the lock
was made. Its pins are installed as they are, so only those settings are passed on by which uv finds files.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pluginkit.backends.python.local_wheels import sources
from pluginkit.backends.python.survey import uv_workspace
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.files import refuse_special
from pluginkit.core.toml import read_toml

_NETWORK = (
    "allow-insecure-host", "cache-dir", "concurrent-downloads", "extra-index-url", "find-links", "http-proxy",
    "https-proxy", "index", "index-strategy", "index-url", "keyring-provider", "native-tls", "no-index", "no-proxy",
    "offline", "system-certs",
)  # fmt: skip
_OF_PIP = ("extra-index-url", "find-links", "index-strategy", "index-url", "keyring-provider", "no-index")
_BUILDING = (
    "config-settings", "exclude-newer", "exclude-newer-package", "no-binary", "no-binary-package", "no-build",
    "no-build-package",
)  # fmt: skip
"""What uv goes by when it resolves build requirements, beside the indexes."""
_PLACES = ("index-url", "extra-index-url", "find-links")


def index_settings(root: Path | None) -> bytes:
    """Return a `uv.toml` with what the settings for the workspace at `root`, and the user's, say of indexes.

    An `explicit` index that the workspace takes packages from is asked for all of them: pins do not say which came from
    it, and every file is compared with a hash.
    """
    merged = _merged(root, _NETWORK)
    indexes = merged.get("index")
    explicit = [one for one in indexes if _is_explicit(one)] if isinstance(indexes, list) else []
    used = _used_indexes(root) if explicit and root else set()
    for index in explicit:
        if index.get("name") in used:
            del index["explicit"]
            merged["index-strategy"] = "unsafe-best-match"
    return _spelled(merged)


def build_settings(root: Path) -> bytes:
    """Return a `uv.toml` with what uv goes by when it resolves build requirements in the workspace at `root`.

    Overrides and constraints of the project are about what runs, as `uv build` has it.
    """
    return _spelled(_merged(root, (*_NETWORK, *_BUILDING)))


def build_constraints(root: Path) -> tuple[str, ...]:
    """Return the `build-constraint-dependencies` that the project's settings state."""
    found = _merged(root, ("build-constraint-dependencies",)).get("build-constraint-dependencies", [])
    return tuple(line for line in found if isinstance(line, str)) if isinstance(found, list) else ()


def _merged(root: Path | None, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of all files that count, as uv merges them: lists are joined, else the first one holds."""
    merged: dict[str, Any] = {}
    for directory, settings in _files(root):
        pip = settings.get("pip")
        tables = [(pip, _OF_PIP), (settings, keys)] if isinstance(pip, dict) else [(settings, keys)]
        for table, wanted in tables:
            for key in wanted:
                if key in table:
                    value = _absolute(key, table[key], directory)
                    both = isinstance(merged.get(key), list) and isinstance(value, list)
                    merged[key] = merged[key] + value if both else merged.get(key, value)
        if isinstance(pip, dict) and "torch-backend" in pip:
            merged.setdefault("pip", {"torch-backend": pip["torch-backend"]})
    return merged


def _is_explicit(index: Any) -> bool:
    return isinstance(index, dict) and index.get("explicit") is True


def _used_indexes(root: Path) -> set[Any]:
    """Return the names of the indexes that the sources of the project at `root` and of its members name."""
    projects = [root / path for path in {".", *(uv_workspace(root) or ())}]
    naming = [one for one in projects if _mentions(one / "pyproject.toml", b"index")]  # most name none: not parsed
    return {source["index"] for project in naming for _, source in sources(project) if "index" in source}


def _mentions(manifest: Path, word: bytes) -> bool:
    return manifest.is_file() and word in manifest.read_bytes()


def _spelled(settings: Mapping[str, Any]) -> bytes:
    return str(from_extra("tomli_w", "installing").dumps(settings)).encode()


def _files(root: Path | None) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield each file of settings that uv would find, with its directory, the strongest first.

    Where on this machine uv keeps its cache is not a project's to say: that may be a stranger's.
    """
    named = os.environ.get("UV_CONFIG_FILE")
    if named:
        yield from _read(Path(named))
        return
    project = _project(root) if root else None
    if project:
        directory, settings = project
        yield directory, {name: value for name, value in settings.items() if name != "cache-dir"}
    yield from _read(_of_user() / "uv" / "uv.toml")
    for place in _of_system():
        if found := list(_read(place / "uv" / "uv.toml")):
            yield from found
            return


def _project(root: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """Return the settings of the project at `root`: of the uv workspace around it, else the nearest ones above."""
    nearest = None
    for directory in (root, *root.resolve().parents):
        for found in (*_read(directory / "uv.toml"), *_read(directory / "pyproject.toml")):
            nearest = nearest or found
        manifest = next(_read(directory / "pyproject.toml"), None)
        if manifest and "workspace" in manifest[1]:
            return next(_read(directory / "uv.toml"), manifest)
    return nearest


def _read(path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if not path.is_file():
        refuse_special(path)  # uv would wait for it
        return
    try:
        table = read_toml(path)
        if path.name == "pyproject.toml":
            tool = table.table("tool")
            if "uv" not in tool.values:
                return
            table = tool.table("uv")
    except PluginkitError:
        if path.name == "pyproject.toml":
            return  # somebody's above the workspace: uv passes it over too
        raise
    yield path.resolve().parent, table.values


def _of_user() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", ""))
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _of_system() -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(os.environ.get("PROGRAMDATA", ""))
        return
    yield from (Path("/etc/xdg"), Path("/etc"))


def _absolute(key: str, value: Any, directory: Path) -> Any:
    """Return a setting whose places, which are relative to the file it stands in, hold anywhere."""
    if key == "index" and isinstance(value, list):
        return [{**one, "url": _placed(one["url"], directory)} if _has_url(one) else one for one in value]
    if key in _PLACES:
        return [_placed(one, directory) for one in value] if isinstance(value, list) else _placed(value, directory)
    return _placed(value, directory) if key == "cache-dir" else value


def _has_url(index: Any) -> bool:
    return isinstance(index, dict) and isinstance(index.get("url"), str)


def _placed(value: Any, directory: Path) -> Any:
    is_elsewhere = not isinstance(value, str) or "://" in value or value.startswith(("file:", "~"))
    return value if is_elsewhere else str(directory / value)
