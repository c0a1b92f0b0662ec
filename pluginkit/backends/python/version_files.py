"""A version in one file: in TOML, in `setup.cfg`, assigned in a module, by a pattern, or all there is in it.

What cannot be read has none. The text is searched as it stands, so that a version can be written anew in its place.
"""

import ast
import json
import os
import re
import sys
import tomllib
from itertools import islice
from pathlib import Path

from pluginkit.backends.process import run
from pluginkit.backends.python.wheel.syntax import UNREADABLE, is_costly
from pluginkit.core.stated_version import StatedVersion
from pluginkit.core.toml import too_much

_MARK = "0!pluginkit"
"""Put in the place of a version to see what reads it; not a version."""
_MAX_SIZE = 2 << 20
"""Bytes; no file that people write a version into is longer."""
_MAX_PLACES = 100
"""Where a file may have its version; each is tried, which parses the file."""
_MAX_PARSED = 1 << 20
"""Bytes that these tries parse together."""
_MAX_SEARCHED = 256 << 10
"""Characters of a file in which a pattern of the project is looked for."""
_SECONDS = 3
"""For that search, which takes for ever with some patterns."""
_SEARCH = """
import json, re, sys
pattern, text = json.load(sys.stdin)
found = re.search(pattern, text, flags=re.MULTILINE)
print(json.dumps(found.span("version") if found else (-1, -1)))
"""


def in_toml(root: Path, file: Path, keys: tuple[str, ...]) -> StatedVersion | None:
    """Return where a TOML file has the string at the path `keys`, if it does; that decides.

    A candidate is the place if the parsed value changes with it: a comment or another table can't be taken for it.
    """
    text = _text(file)
    value = _value(text, keys)
    if value is None:
        return None
    key = re.escape(keys[-1])
    places = re.finditer(rf"""(?<![\w-])(?:{key}|"{key}"|'{key}')[ \t]*=[ \t]*(["'])([^"'\n]*)\1""", text)
    for found in islice(places, min(_MAX_PLACES, 1 + _MAX_PARSED // len(text))):
        start, end = found.span(2)
        if found[2] == value and _value(text[:start] + _MARK + text[end:], keys) == _MARK:
            return _stated(root, file, text, start, value, decides=True)
    return StatedVersion(_relative(root, file), 1, -1, value, decides=True)


def in_setup_cfg(root: Path, file: Path) -> StatedVersion | None:
    """Return where `setup.cfg` has `version` in `[metadata]`, if it does; its text may be `attr:` or `file:`."""
    section, at, text = "", 0, _text(file)
    for line in text.splitlines(keepends=True):
        head = re.match(r"\[([^\]]*)\]", line)
        section = head[1].strip() if head else section
        found = re.match(r"version[ \t]*[=:][ \t]*([^\s#;](?:[^\r\n]*[^\s])?)", line)
        if found and section == "metadata":
            return _stated(root, file, text, at + found.start(1), found[1], decides=True)
        at += len(line)
    return None


def matched(root: Path, file: Path, pattern: str) -> StatedVersion | None:
    """Return where the group `version` of a pattern is found in a file; that decides. As hatchling's `regex` source."""
    text = _text(file)
    try:
        found = re.search(pattern, text, flags=re.MULTILINE)
        start, end = found.span("version") if found else (-1, -1)
    except (re.error, IndexError):
        return None
    return None if start < 0 else _stated(root, file, text, start, text[start:end], decides=True)


def searched(root: Path, file: Path, pattern: str) -> StatedVersion | None:
    """Return what `matched` does, for a pattern that anybody may have written: in a process that has an end.

    Where that comes before a result, the file states no version.
    """
    text = _text(file)
    if len(text) > _MAX_SEARCHED:
        return None
    done = run([sys.executable, "-ISc", _SEARCH], stdin=json.dumps([pattern, text]), seconds=_SECONDS)
    start, end = json.loads(done.stdout) if done.status == 0 else (-1, -1)
    return None if start < 0 else _stated(root, file, text, start, text[start:end], decides=True)


def whole_file(root: Path, file: Path) -> StatedVersion | None:
    """Return the version that is all a file says; that decides."""
    text = _text(file)
    version = text.strip()
    found = version and version.isprintable()
    return _stated(root, file, text, text.index(version), version, decides=True) if found else None


def assignment(root: Path, file: Path, name: str, *, decides: bool = False) -> StatedVersion | None:
    """Return where a module last assigns a string to `name` at its top level; None where it assigns something else."""
    text = _text(file)
    values = _assigned(parsed(file), name) if name in text else []
    last = values[-1] if values else None
    if not isinstance(last, ast.Constant) or not isinstance(last.value, str):
        return None
    start = _offset(text, last.lineno, last.col_offset)
    literal = re.match(r"""(["'])([^"'\\\n]*)\1""", text[start:])
    if literal is None or literal[2] != last.value:
        return StatedVersion(_relative(root, file), last.lineno, -1, last.value, decides)
    return _stated(root, file, text, start + 1, last.value, decides=decides)


def module_file(place: Path, dotted: str) -> Path | None:
    """Return the file of a module, or of a package, in the directory `place`."""
    stem = place.joinpath(*dotted.split("."))
    return next((file for file in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py") if file.is_file()), None)


def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of a module, empty where it does not parse."""
    text = _text(file).removeprefix("\ufeff")
    try:
        return ast.Module([], []) if is_costly(text.encode()) else ast.parse(text, str(file))
    except UNREADABLE:
        return ast.Module([], [])


def _assigned(module: ast.Module, name: str) -> list[ast.expr]:
    """Return what is assigned to `name`, in order."""
    found: list[ast.expr] = []
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                found.append(node.value)
    return found


def _offset(text: str, line: int, column: int) -> int:
    """Return how many characters come before a place that `ast` gives, in lines and bytes of UTF-8."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text.removeprefix(mark))
    before = lines[line - 1].encode()[:column].decode()
    return len(mark) + sum(map(len, lines[: line - 1])) + len(before)


def _value(text: str, keys: tuple[str, ...]) -> str | None:
    if too_much(text.encode()):
        return None
    try:
        value: object = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _text(file: Path) -> str:
    """Return a file's text, line ends as they are; empty where it cannot be read as UTF-8."""
    try:
        return file.read_bytes().decode("utf-8") if file.stat().st_size <= _MAX_SIZE else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _stated(root: Path, file: Path, text: str, start: int, version: str, *, decides: bool) -> StatedVersion:
    line = len(re.findall(r"\r\n|\r|\n", text[:start])) + 1
    return StatedVersion(_relative(root, file), line, start, version, decides)


def _relative(root: Path, file: Path) -> str:
    return Path(os.path.normpath(file)).relative_to(root).as_posix()
