"""Python sources as syntax trees, and modules of a wheel that do not parse, so that importing them must fail."""

from __future__ import annotations

import _ast as ast  # what `ast` makes trees of; importing that takes longer than reading ten plugins
import warnings
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_MAX_SOURCE = 4 << 20
"""Bytes; a larger module is generated, and not parsed."""


MAX_TOKENS = 200_000
"""Of a module, about 600 kB of what people write; a syntax tree has up to a kilobyte for each."""
_MAX_PARTS = 5000
"""Dots of a line."""
_SIGNS = b"()[]{}.,+-*/%<>=~^&|@!:;'\"\\\n"
_BLANKS = bytes.maketrans(_SIGNS, b" " * len(_SIGNS))


UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `parse` raises."""


def parse(source: bytes) -> ast.Module:
    """Return the syntax tree of a module, without a word of the compiler's warnings. Raises what UNREADABLE lists.

    A module of more than MAX_TOKENS is a MemoryError.
    """
    if is_costly(source):
        raise MemoryError("too many tokens")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Any = compile(source, "<unknown>", "exec", ast.PyCF_ONLY_AST)
    module: ast.Module = tree
    return module


def is_costly(source: bytes) -> bool:
    """Return whether the syntax tree of a source takes too much memory.

    A dotted name takes as much as the square of its parts.
    """
    if source.count(b".") > _MAX_PARTS:
        lines = source.replace(b"\\\n", b"").replace(b"\\\r\n", b"").splitlines()
        if any(line.count(b".") > _MAX_PARTS for line in lines):
            return True
    return tokens(source) > MAX_TOKENS


def tokens(source: bytes) -> int:
    """Return about how many words, signs and line ends a source has, comments and strings included."""
    if len(source) <= MAX_TOKENS:  # no more than bytes
        return len(source) // 4
    return len(source.translate(_BLANKS).split()) + len(source) - len(source.translate(None, _SIGNS))


@lru_cache(maxsize=2)  # what is asked for many names that it may bind
def parsed(source: bytes) -> ast.Module | None:
    """Return the syntax tree of a module; None for one that cannot be parsed."""
    try:
        return parse(source)
    except UNREADABLE:
        return None


def syntax_errors(sources: Mapping[str, bytes], requires_python: str) -> Iterator[tuple[str, str]]:
    """Yield (import path, `LINE:COLUMN: message`) of each module that the running Python cannot compile, sorted.

    `sources` are the importable files with their bytes. Nothing is found in a wheel that is not for this Python, nor in
    directories of a package that have no `__init__.py`: those hold templates and other data.
    """
    if is_for_another_python(requires_python):
        return
    for path in sorted(sources):
        if path.endswith(".py") and _is_module(path, sources) and len(sources[path]) <= _MAX_SOURCE:
            found = syntax_error(sources[path])
            if found:
                yield path, found


@lru_cache(maxsize=2)
def syntax_error(source: bytes) -> str:
    """Return what keeps a module from being compiled, as `LINE:COLUMN: message`; empty where nothing does.

    Nothing is said of a module of more than MAX_TOKENS.
    """
    if is_costly(source):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<unknown>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{error.lineno or 1}:{max(error.offset or 1, 1)}: {error.msg}"
    except ValueError as error:
        return f"1:1: {error}"
    except (RecursionError, MemoryError):
        pass  # only running it could tell
    return ""


def is_for_another_python(requires: str) -> bool:
    """Return whether the running interpreter is not one the artifact is for: its grammar decides nothing then."""
    import platform

    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return not SpecifierSet(requires).contains(platform.python_version(), prereleases=True)
    except InvalidSpecifier:
        return False


def _is_module(path: str, sources: Mapping[str, bytes]) -> bool:
    *above, file = path.split("/")
    if not all(map(str.isidentifier, (*above, file.removesuffix(".py")))):
        return False
    packages = ["/".join((*above[:depth], "__init__.py")) in sources for depth in range(1, len(above) + 1)]
    return all(packages[packages.index(True) :]) if True in packages else True
