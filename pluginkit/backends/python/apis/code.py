"""What a plugin's Python code uses, and the lines on which it does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.surface.comparison import Place
from pluginkit.surface.interim import Uses, python_uses


def code(name: str, subject: str, files: Mapping[str, bytes], prefix: str = "") -> Code:
    """Return a plugin's code.

    `files` are its bytes by POSIX path beneath the import root (of compiled modules the paths alone count); `prefix`
    stands before these paths in reports.
    """

    def uses(api: ApiCopy) -> Uses:
        return python_uses(files)

    def find(api: ApiCopy, mentions: Sequence[str]) -> Sequence[Place]:
        return [Place(prefix + file, line) for file, line in places(files, map(identifier, mentions))]

    return Code(name, subject, uses, find)


def identifier(mention: str) -> str:
    """Return the identifier that a source must have where it makes a use: the last one of a dotted path."""
    return mention.partition("|")[0].rpartition(".")[2]


def places(files: Mapping[str, bytes], words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield file and line where a module mentions one of these identifiers, as a name or as a string that is one."""
    wanted = frozenset(filter(None, words))
    for file, data in files.items():
        if file.endswith(".py") and any(word.encode() in data for word in wanted):
            yield from ((file, line) for line in sorted(set(_lines(data, wanted))))


def _lines(data: bytes, wanted: frozenset[str]) -> Iterator[int]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # another Python's: by the text alone
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(wanted)))})\b".encode())
        yield from (number for number, line in enumerate(data.splitlines(), 1) if pattern.search(line))
        return
    for node in ast.walk(tree):
        for name, line in _mentioned(node):
            if name in wanted:
                yield line


def _mentioned(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Name(id=name, lineno=line):
            yield name, line
        case ast.Attribute(attr=name, end_lineno=int(line)):
            yield name, line
        case ast.FunctionDef(name=name, lineno=line) | ast.AsyncFunctionDef(name=name, lineno=line):
            yield name, line
        case ast.ClassDef(name=name, lineno=line):
            yield name, line
        case ast.alias(name=name, lineno=line):
            yield from ((part, line) for part in name.split("."))
        case ast.ImportFrom(module=str(module), lineno=line):
            yield from ((part, line) for part in module.split("."))
        case ast.keyword(arg=str(name), lineno=line):
            yield name, line
        case ast.Constant(value=str(name), lineno=line):
            yield name, line
        case _:
            pass
