"""TOML files read strictly: every surprise becomes an error that names the file and the key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")


MAX_SIZE = 16 << 20
"""Bytes; a larger TOML file is refused unread."""
MAX_PARTS = 16
"""Of a dotted key: tomllib takes time quadratic in them."""
MAX_COST = 500_000
"""Of keys, tables, values and lines, by `_COSTS`, for each MiB begun: a second's work; locks of uv have half of it."""
MAX_QUOTES = 1_000_000
"""Quotation marks, apostrophes, backslashes and line ends."""
MAX_TOKEN = 10_000
"""Characters of a number, date or key without quotes: a regular expression remembers each digit of a number."""

_COSTS = ((b"=", 8), (b"[", 8), (b"{", 8), (b".", 4), (b",", 3), (b"\n", 1))
"""What tomllib spends on what these bytes stand for, measured under a header of MAX_PARTS parts."""
_MANY = "it has more keys, tables and values than are read"
_QUOTES = (b"\\", b'"', b"'", b"\n")
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")
_PARTS = rb"(?:\.[\w-]*+){%d}" % MAX_PARTS
_TOKEN = rb"(?<![\w.+-])[\w.+-]{%d}" % MAX_TOKEN
_TEXT = rb"""(?xs)
      \# [^\n]*+
    | "{3} (?: [^"\\] | \\. | "(?!"") )*+ (?:"{3,5}+)?
    | '{3} (?: [^'] | '(?!'') )*+ (?:'{3,5}+)?
    | " (?: [^"\\\n] | \\[^\n] )*+ "?
    | ' [^'\n]*+ '?
"""
"""Comments and strings, closed or not. It never goes back, so that no file takes longer than its length."""


def read_toml(path: Path) -> Table:
    """Read a TOML file (UTF-8, no BOM) as a Table.

    Raises PluginkitError for a file that is missing, not a regular file, too large, not UTF-8, not
    TOML, or nested past what a reader can follow.
    """
    try:
        if not path.is_file():
            raise PluginkitError(f"{path}: no such file")
        with path.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}") from None
    return parse_toml(data, str(path))


def parse_toml(data: bytes, where: str) -> Table:
    """Parse TOML bytes; `where` names them in errors. Raises as `read_toml` does."""
    import tomllib

    if len(data) > MAX_SIZE:
        raise PluginkitError(f"{where}: larger than {MAX_SIZE >> 20} MiB")
    if any(data.startswith(mark) or b"\n" + mark in data for mark in _MARKERS):
        raise PluginkitError(f"{where}: has merge conflict markers", hint="resolve the conflict first")
    if data.startswith(b"\xef\xbb\xbf"):
        raise PluginkitError(f"{where}: starts with a byte order mark", hint="save it as UTF-8 without one")
    if refusal := too_much(data):
        raise PluginkitError(f"{where}: {refusal}")
    try:
        return Table(tomllib.loads(data.decode("utf-8")), where)
    except RecursionError:
        raise PluginkitError(f"{where}: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise PluginkitError(f"{where}: not valid TOML: {error}") from None


def too_much(data: bytes) -> str:
    """Return why tomllib would take too long for TOML bytes, in words, or nothing. It takes less time than tomllib."""
    if sum(map(data.count, _QUOTES)) > MAX_QUOTES:
        return _MANY
    most = MAX_COST * (1 + (len(data) >> 20))
    has_long = len(data) > MAX_TOKEN and re.search(_TOKEN, data)
    if not has_long and _cost(data) <= most and all(line.count(b".") < MAX_PARTS for line in data.split(b"\n")):
        return ""
    bare = re.sub(_TEXT, b" ", data)
    if re.search(_PARTS, bare.translate(None, b" \t")):
        return f"a key has more than {MAX_PARTS} parts"
    if re.search(_TOKEN, bare):
        return f"a number or a key has more than {MAX_TOKEN} characters"
    return _MANY if _cost(bare) > most else ""


def _cost(data: bytes) -> int:
    return sum(data.count(mark) * cost for mark, cost in _COSTS)


class Table:
    """A TOML table whose values are taken out by name and type, until nothing unknown is left."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self.values = values
        self.where = where
        self._asked: set[str] = set()

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return the value of `key`, which must be a `kind`; `default` None makes it required."""
        self._asked.add(key)
        value = self.values.get(key, default)
        if value is None:
            raise PluginkitError(f"{self.where}: {key!r} is missing")
        if type(value) is not kind:
            raise PluginkitError(f"{self.where}: {key!r} is {_kind(value)}, expected {_KINDS[kind]}")
        return value

    def strings(self, key: str, default: Iterable[str] | None = None, *, one: bool = False) -> tuple[str, ...]:
        """Return an array of strings; with `one`, a single string stands for an array of one."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None:
            if default is None:
                raise PluginkitError(f"{self.where}: {key!r} is missing")
            return tuple(default)
        if one and isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise PluginkitError(f"{self.where}: {key!r} is {_kind(value)}, expected an array of strings")
        return tuple(value)

    def table(self, key: str) -> Table:
        """Return a sub-table, empty where there is none."""
        return Table(self.take(key, dict, {}), f"{self.where}: [{key}]")

    def tables(self, key: str) -> list[Table]:
        """Return an array of tables, empty where there is none."""
        values = self.take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise PluginkitError(f"{self.where}: {key!r} is not an array of tables")
        return [Table(value, f"{self.where}: [[{key}]]") for value in values]

    def skip(self, keys: Iterable[str]) -> None:
        """Let these keys stand, whatever they say."""
        self._asked.update(keys)

    def done(self) -> None:
        """Raise PluginkitError for the first key nobody took, naming the nearest known one."""
        for key in self.values:
            if key not in self._asked:
                raise PluginkitError(f"{self.where}: unknown key {key!r}{nearest(key, self._asked)}")


_KINDS = {str: "a string", int: "an integer", bool: "true or false", list: "an array", dict: "a table"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
