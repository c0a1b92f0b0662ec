"""What a plugin's Python code uses, and the lines on which it mentions an identifier."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from pluginkit.backends.protocol import Code
from pluginkit.surface.comparison import Place
from pluginkit.surface.interim import python_uses


def code(name: str, subject: str, files: Mapping[str, bytes]) -> Code:
    """Return a plugin's code; `files` are its bytes by the path that reports shall give."""

    def find(words: Sequence[str]) -> Sequence[Place]:
        return places(files, words)

    return Code(name, subject, python_uses(files), find)


def places(files: Mapping[str, bytes], words: Sequence[str]) -> list[Place]:
    """Return the lines on which a module mentions one of these identifiers, as a name or as a string that is one."""
    wanted = frozenset(words)
    found: list[Place] = []
    for file, data in files.items():
        if file.endswith(".py") and any(word.encode() in data for word in wanted):
            found += [Place(file, line) for line in sorted(set(_lines(data, wanted)))]
    return found


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
