"""A `pylock.toml` (PEP 751) of a host's pins and of plugins from anywhere, which pip and uv install exactly."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from pluginkit.backends.python.wheel.distinfo import parse_file_name
from pluginkit.core import release
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import normalize
from pluginkit.core.toml import MAX_SIZE, parse_toml
from pluginkit.core.upgrade import Installable, InstallPlan
from pluginkit.core.urls import SERVERS, without_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"pylock(\.[^.]+)?\.toml")
_KEYS = ("lock-version", "environments", "requires-python", "created-by")
_HEAD = {"lock-version": "1.0", "created-by": "pluginkit"}


def install_list(chosen: Sequence[Installable], host: str, plugins: Collection[str], target: Path) -> InstallPlan:
    """Return the file at `target` that installs a host's side and the wheels that were chosen.

    `host` is the path of a host, or the URL of its `release.json`. The `pylock.release.toml` beside it is taken over,
    but for the distributions that are `plugins`; without one the plan has the plugins alone. Paths in the plan are
    relative to its directory. Raises PluginkitError where PEP 751 has no such file name, or the host's file cannot be
    read.
    """
    if not _NAME.fullmatch(target.name):
        raise PluginkitError(
            f"{target}: installers read such a file as `pylock.toml` or `pylock.NAME.toml` only",
            hint=f"add --plan {shlex.quote(str(target.parent / 'pylock.toml'))}",
        )
    base = target.resolve().parent
    place, data = _fetched(host) if host.startswith(SERVERS) else _beside(Path(host))
    try:
        pinned: dict[str, Any] = parse_toml(data, place).values
        own = [one for one in pinned.get("packages", ()) if normalize(one["name"]) not in plugins]
        entries = [_moved(one, place, base) for one in own] + [_entry(one, base) for one in chosen]
        entries.sort(key=lambda one: (one["name"], one.get("version", ""), one.get("marker", "")))
    except (AttributeError, KeyError, TypeError):
        raise PluginkitError(f"{place}: not a lock file as PEP 751 has it", hint="build the release again") from None
    head = _HEAD | {key: pinned[key] for key in _KEYS if key in pinned}
    text = "\n".join(["".join(_lines(head)), *("[[packages]]\n" + "".join(_lines(entry)) for entry in entries)])
    if not text.isascii() and text != text.encode("utf-8", "replace").decode("utf-8"):
        raise PluginkitError(f"{target}: TOML cannot name a path that is not UTF-8", hint="move the artifacts")
    shown = without_credentials(host) if host.startswith(SERVERS) else host
    missing = () if data else (f"{shown} itself and what it requires: no {release.PYLOCK} of a release names them",)
    return InstallPlan(text, missing)


def _beside(host: Path) -> tuple[str, bytes]:
    """Return where the pins of a host in a release lie, and their bytes; empty where it is not in one."""
    directory = host.parent if host.is_file() else host
    place = directory / release.PYLOCK
    return str(place), place.read_bytes() if (directory / release.NAME).is_file() and place.is_file() else b""


def _fetched(url: str) -> tuple[str, bytes]:
    """Return the URL of the pins beside a `release.json`, and their bytes; empty where the server has none."""
    from pluginkit.backends.web import get

    place = urljoin(url, release.PYLOCK)
    answer = get(place, {}, most=MAX_SIZE)
    if answer.status not in (200, 404):
        raise PluginkitError(f"cannot fetch {without_credentials(place)}: the server answers {answer.status}")
    return without_credentials(place), answer.body


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


def _moved(entry: dict[str, Any], lock: str, base: Path) -> dict[str, Any]:
    """Return an entry of the lock file at a path or URL as one in the directory `base` has it."""

    def moved(file: dict[str, Any]) -> dict[str, Any]:
        if "path" not in file:
            return file
        rest = {key: value for key, value in file.items() if key != "path"}
        if lock.startswith(SERVERS):
            return {"url": urljoin(lock, quote(file["path"]))} | rest
        return {"path": _relative(Path(lock).parent / file["path"], base)} | rest

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
