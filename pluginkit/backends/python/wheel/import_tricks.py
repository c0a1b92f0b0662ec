"""Imports read for certain, and how a package may provide a module for which it has no file."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from pluginkit.backends.python.wheel.syntax import parsed
from pluginkit.core.names import normalize, requirement_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pluginkit.backends.python.wheel.code import Sources
    from pluginkit.backends.python.wheel.imports import Statement
    from pluginkit.core.verdict import Import

_PROVIDES = re.compile(
    rb"\bmodules\s{0,9}\[[^\n]{0,200}\]\s{0,9}=(?!=)|\bmodules\s{0,9}\.\s{0,9}(?:setdefault|update)\b|\bmeta_path\b|\bpath_hooks\b"
)
"""By which any module may make the import of another succeed."""
_EXTENDS = re.compile(rb"__path__|extend_path|declare_namespace")
"""By which a package takes modules from elsewhere."""
_BINDS = re.compile(
    rb"import\s{0,99}\(?\s{0,99}\*|__getattr__|\bglobals\b|\bvars\b|\bexec\b|\bsetattr\b|__dict__|\bmodules\b"
)
"""By which a package may have names that its text does not show."""
_EXTENSIONS = (".so", ".pyd", ".dll")
_MOST, _MAX_TEXT = 20, 32 << 20
"""Imports that are looked into, and bytes of sources; with more of those, nothing is certain."""


def parsed_imports(source: bytes, _own: object) -> Iterator[Statement]:
    """Yield the imports at the top level of a module, up to a `raise`; none of one that cannot be parsed."""
    tree = parsed(source)
    for node in tree.body if tree else ():
        if isinstance(node, ast.Import):
            yield from ((alias.name, (), node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield "." * node.level + (node.module or ""), names, node.lineno
        elif isinstance(node, ast.Raise):
            return


def without_tricks(found: Iterable[Import], sources: Sources, requires: Iterable[str]) -> Iterator[Import]:
    """Yield the imports that nothing in the artifact, and no requirement of its name, can make succeed."""
    others = [f"-{requirement_name(line)}-" for line in requires]
    found = [one for one in found if not any(f"-{_family(one.module)}-" in name for name in others)]
    if not found:
        return
    texts: dict[str, bytes] = {}
    left = _MAX_TEXT
    for path, name in sources.paths.items():
        if path.endswith(".py"):
            texts[path] = sources.read(name)
            left -= len(texts[path])
            if left < 0:
                return
    if any(map(_PROVIDES.search, texts.values())):
        return
    for one in found[:_MOST]:
        parent, _, name = one.module.rpartition(".")
        own = texts.get(f"{parent.replace('.', '/')}/__init__.py", b"")
        set_from_outside = re.compile(rb"\." + name.encode() + rb"\s*=(?!=)")
        if not (
            _taken_from_elsewhere(parent, texts)
            or _beside_extension(parent, sources)
            or _BINDS.search(own)
            or _is_bound(name, parent, own)
            or any(map(set_from_outside.search, texts.values()))
        ):
            yield one


def _is_bound(name: str, package: str, source: bytes) -> bool:
    """Return whether a package's own code may bind a name, other than by importing it from itself."""
    bound = _bound(package, source)
    return bound is None or name in bound


@lru_cache(maxsize=2)
def _bound(package: str, source: bytes) -> frozenset[str] | None:
    tree = parsed(source)
    return frozenset(name for node in ast.walk(tree) for name in _names(node, package)) if tree else None


def _names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Import(names=aliases):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
        case ast.ImportFrom(names=aliases, module=module, level=level):
            itself = module == package if not level else level == 1 and not module
            yield from (alias.asname or alias.name for alias in aliases if not itself or alias.asname)
        case ast.ExceptHandler(name=str(name)):
            yield name


def _family(module: str) -> str:
    return normalize(module.partition(".")[0]).strip("-")


def _taken_from_elsewhere(parent: str, texts: dict[str, bytes]) -> bool:
    return any(_EXTENDS.search(texts.get(f"{directory}/__init__.py", b"")) for directory in _above(parent))


def _beside_extension(parent: str, sources: Sources) -> bool:
    """Return whether an extension module lies where it may make submodules for a package."""
    directories = set(_above(parent))
    return any(path.endswith(_EXTENSIONS) and path.rpartition("/")[0] in directories for path in sources.paths)


def _above(package: str) -> Iterator[str]:
    parts = package.split(".")
    yield from ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
