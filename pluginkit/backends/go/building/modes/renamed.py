"""How the main package of a plugin comes to be one that other packages import: by an overlay, touching no source file.

Each file with the clause `package main` is replaced by a copy with another name in just that place, and the tests are
left out: the go command refuses a directory with two packages.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.go.building.overlay import Entries

_CLAUSE = re.compile(
    rb"""
    (?:\xef\xbb\xbf)?                        # a byte order mark
    (?P<space>(?:[ \t\r\n] | //[^\n]*(?:\n|\Z) | /\*.*?\*/ )*+)
    package
    (?:[ \t\r\n] | //[^\n]*\n | /\*.*?\*/ )++
    (?P<name>main)
    (?![0-9A-Za-z_\x80-\xff])
    """,
    re.VERBOSE | re.DOTALL,
)
"""Go's tokens before and in a package clause (Go specification, "Lexical elements" and "Package clause")."""
_KEYWORDS = frozenset((
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go",
    "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type",
    "var",
))  # fmt: skip
_TAKEN = frozenset(("main", "init", "documentation", "_"))
"""What the go command gives another meaning: it does not even compile files of a package `documentation`."""


def package_name(plugin: str) -> str:
    """Return the name that the package of a plugin gets: the plugin's, as far as it is an identifier of Go's."""
    name = re.sub(r"[^0-9A-Za-z_]", "_", plugin)
    name = f"_{name}" if name[:1].isdigit() else name
    return f"{name}_" if name in _KEYWORDS | _TAKEN or name.endswith("_test") else name


def importable(directory: Path, name: str) -> Entries:
    """Return the entries of an overlay with which the main package in `directory` is a package of that name.

    All else stays as it is in its files: lines, build constraints, line endings.
    """
    found: dict[Path, str | bytes | None] = {}
    for path in _sources(directory):
        if path.name.endswith("_test.go"):
            found[path] = None
        elif (renamed := with_clause(path.read_bytes(), name)) is not None:
            found[path] = renamed
    return found


def with_clause(source: bytes, name: str) -> bytes | None:
    """Return a Go file with another name in its package clause; None where that is not `package main`."""
    found = _CLAUSE.match(source)
    return source[: found.start("name")] + name.encode() + source[found.end("name") :] if found else None


def _sources(directory: Path) -> Iterator[Path]:
    """Yield the Go files that the go command sees in a directory, sorted."""
    for path in sorted(directory.glob("*.go")):
        if path.name[0] not in "._" and path.is_file():
            yield path
