"""By which tables the values of a plugin's types are in interfaces: Go compares the tables, not the types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pluginkit.backends.go.binary.symbols import Symbols

_TABLE = b"\0go:itab."
_LONGEST = 1 << 10
"""Bytes of a name that are looked at."""


def own_packages(modules: Iterable[str], spelled: Mapping[str, str]) -> dict[str, str]:
    """Return those of the packages, by their names as symbols spell them, that belong to a module: not Go's own."""
    known = frozenset(modules)
    return {name: path for name, path in spelled.items() if _has_owner(path, known)}


def _has_owner(path: str, modules: frozenset[str]) -> bool:
    if path in ("main", "command-line-arguments"):
        return True
    while path:
        if path in modules:
            return True
        path = path.rpartition("/")[0]
    return False


def tables(symbols: Symbols, own: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the tables for types of packages, `*pkg.Type,other.Interface` as symbols spell it, by import path."""
    found: dict[str, list[str]] = {}
    strings = symbols.strings
    at = strings.find(_TABLE) if own else -1
    while at >= 0:
        at, end = at + len(_TABLE), strings.find(b"\0", at + 1)
        name = strings[at : min(end, at + _LONGEST)]
        start, slash, last = name.partition(b",")[0].partition(b"[")[0].lstrip(b"*").rpartition(b"/")
        package = own.get((start + slash + last.partition(b".")[0]).decode("utf-8", "replace"))
        if package:
            found.setdefault(package, []).append(name.decode("utf-8", "replace"))
        at = strings.find(_TABLE, end)
    return {package: tuple(sorted(names)) for package, names in found.items()}
