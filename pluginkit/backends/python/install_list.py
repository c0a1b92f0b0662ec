"""A `pylock.toml` (PEP 751) of a host's pins and of plugins from anywhere, which pip and uv install exactly."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from pluginkit.backends.python.wheel.distinfo import parse_file_name
from pluginkit.core import release
from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import normalize
from pluginkit.core.toml import parse_toml
from pluginkit.core.upgrade import Installable, InstallPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"pylock(\.[^.]+)?\.toml")
_KEYS = ("lock-version", "environments", "requires-python", "created-by")
_HEAD = {"lock-version": "1.0", "created-by": "pluginkit"}


def install_list(chosen: Sequence[Installable], host: Path, plugins: Collection[str], target: Path) -> InstallPlan:
    """Return the file at `target` that installs a host's side and the wheels that were chosen.

    `host` is the place of the host, whose `pylock.release.toml` is taken over but for the distributions that are
    `plugins`; without one the plan has the plugins alone. Paths in it are relative to its directory. Raises
    PluginkitError where PEP 751 has no such file name, or the host's file cannot be read.
    """
    if not _NAME.fullmatch(target.name):
        raise PluginkitError(
            f"{target}: installers read such a file as `pylock.toml` or `pylock.NAME.toml` only",
            hint=f"add --plan {target.parent / 'pylock.toml'}",
        )
    base = target.resolve().parent
    found = _beside(host)
    pinned: dict[str, Any] = parse_toml(found.read_bytes(), str(found)).values if found else {}
    head = _HEAD | {key: pinned[key] for key in _KEYS if key in pinned}
    own = [entry for entry in pinned.get("packages", ()) if normalize(entry["name"]) not in plugins]
    entries = [_moved(entry, host if found is None else found.parent, base) for entry in own]
    entries += [_entry(one, base) for one in chosen]
    entries.sort(key=lambda one: (one["name"], one.get("version", ""), one.get("marker", "")))
    text = "\n".join(["".join(_lines(head)), *("[[packages]]\n" + "".join(_lines(entry)) for entry in entries)])
    if not text.isascii() and text != text.encode("utf-8", "replace").decode("utf-8"):
        raise PluginkitError(f"{target}: TOML cannot name a path that is not UTF-8", hint="move the artifacts")
    missing = () if found else (f"{host} itself and what it requires: it is not a release, which would name them",)
    return InstallPlan(text, missing)


def _beside(host: Path) -> Path | None:
    places = (host, host.parent) if host.is_file() else (host, host / DIST)
    return next((place / release.PYLOCK for place in places if (place / release.PYLOCK).is_file()), None)


def _entry(one: Installable, base: Path) -> dict[str, Any]:
    name = one.place.partition("#")[0].rpartition("/")[2] if one.is_remote else Path(one.place).name
    parsed = parse_file_name(unquote(name) if one.is_remote else name)
    place = {"url": one.place} if one.is_remote else {"path": _relative(Path(one.place), base)}
    size = {"size": one.size} if one.size else {}
    return {
        "name": normalize(parsed.name),
        "version": parsed.version,
        "wheels": [place | size | {"hashes": {"sha256": one.sha256}}],
    }


def _moved(entry: dict[str, Any], before: Path, base: Path) -> dict[str, Any]:
    """Return an entry of a file in the directory `before` as one in the directory `base` has it."""

    def moved(file: dict[str, Any]) -> dict[str, Any]:
        return file | ({"path": _relative(before / file["path"], base)} if "path" in file else {})

    single = {key: moved(entry[key]) for key in ("sdist", "archive", "directory") if key in entry}
    return entry | single | ({"wheels": [moved(one) for one in entry["wheels"]]} if "wheels" in entry else {})


def _relative(path: Path, base: Path) -> str:
    return os.path.relpath(path.parent.resolve() / path.name, base).replace(os.sep, "/")


def _lines(table: dict[str, Any]) -> Iterator[str]:
    yield from (f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    """Return a value as TOML has it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, (str, bool, int)):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
