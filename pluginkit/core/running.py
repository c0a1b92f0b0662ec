"""How the configuration says in which way plugins run: `[go] mode`, and `[plugin.NAME]`."""

import re
from pathlib import PurePosixPath

from pluginkit.core.errors import PluginkitError
from pluginkit.core.modes import MODES, WASM, Limits, shares_memory
from pluginkit.core.names import nearest
from pluginkit.core.toml import Table

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_SIZES = {"KiB": 10, "MiB": 20, "GiB": 30}
_MOST = 1_000
_LEAST_MEMORY = 1 << 20


def check_mode(mode: str, where: str) -> str:
    """Return `mode`. Raises PluginkitError for one that there is not."""
    if mode not in MODES:
        raise PluginkitError(
            f"{where}: unknown mode {mode!r}{nearest(mode, MODES)}", hint=f"use {', '.join(map(repr, MODES))}"
        )
    return mode


def read_mode(table: Table, default: str) -> str:
    """Take the mode of one plugin out of its table. Raises PluginkitError for an unknown one."""
    return check_mode(table.take("mode", str, default), table.where)


def read_limits(table: Table, mode: str) -> Limits:
    """Take the limits of one plugin out of its table: `timeout`, `memory`, `restarts` and `files`.

    Raises PluginkitError for one that its mode cannot hold a plugin to.
    """
    asked = [key for key in ("timeout", "memory", "restarts", "files") if key in table.values]
    if asked and shares_memory(mode):
        raise PluginkitError(
            f"{table.where}: {asked[0]!r} is for plugins apart from the host's process, not for mode = {mode!r}",
            hint=f'remove it, or write mode = "subprocess" or "{WASM}"',
        )
    restarts = table.take("restarts", int, 0) if "restarts" in table.values else None
    if restarts is not None and not 0 <= restarts <= _MOST:
        raise PluginkitError(f"{table.where}: 'restarts' is {restarts}", hint=f"use a number from 0 to {_MOST}")
    files = table.strings("files", ())
    if files and mode != WASM:
        raise PluginkitError(
            f"{table.where}: 'files' is for mode = \"{WASM}\": a process of its own sees what the host sees",
            hint="remove it",
        )
    for one in files:
        if not PurePosixPath(one).is_absolute():
            raise PluginkitError(f"{table.where}: 'files' has {one!r}, which is not an absolute path")
    return Limits(_seconds(table), _bytes(table), restarts, files)


def _seconds(table: Table) -> float:
    text = table.take("timeout", str, "")
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)", text)
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0
    if text and not 0 < seconds <= 86_400:
        raise PluginkitError(
            f"{table.where}: 'timeout' is {text!r}, which is not a time up to a day",
            hint='write it as in "500ms" or "5s"',
        )
    return seconds


def _bytes(table: Table) -> int:
    text = table.take("memory", str, "")
    found = re.fullmatch(r"([0-9]{1,6}) ?(KiB|MiB|GiB)", text)
    size = int(found[1]) << _SIZES[found[2]] if found else 0
    if text and not _LEAST_MEMORY <= size < 1 << 40:
        raise PluginkitError(
            f"{table.where}: 'memory' is {text!r}, which is not a size from 1 MiB on", hint='write it as in "64MiB"'
        )
    return size
