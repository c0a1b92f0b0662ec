"""Which import packages a distribution owns, and which it shares with others: by its files, never by a prefix.

A directory without an `__init__` is a namespace (PEP 420), and nobody owns it. Nor does anybody own a package whose
`__init__.py` looks for further portions of it on `sys.path`, as `pkgutil.extend_path` and pkg_resources'
`declare_namespace` do. Everything else that holds modules has one owner.
"""

from __future__ import annotations

from pluginkit.core.frozen import EMPTY, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

VENDORED = frozenset((
    "_vendor", "vendor", "vendored", "_vendored", "third_party", "extern", "_extern", "externals",
))  # fmt: skip
"""Directories in which a distribution keeps copies of others."""
BY_ACCIDENT = frozenset((
    "tests", "test", "docs", "doc", "examples", "example", "scripts", "tools", "benchmarks",
))  # fmt: skip
"""What many wheels have at the import root though nobody meant to ship it, and nothing imports from there."""
_EXTENSIONS = (".so", ".pyd")


@record
class Init:
    """What the `__init__.py` of a package is to other distributions that have modules there."""

    extends: bool
    """It looks for further portions of its package."""
    code: str
    """Digest of what else it does, by which two are compared; empty where that is nothing."""


@record
class Owner:
    """A distribution with files beneath a top-level name of what is imported."""

    name: str
    """Normalized (PEP 503)."""
    label: str
    """`name version`, as messages print it."""
    files: tuple[str, ...]
    """Import paths, as `Evidence.files` has them."""


SHARED = Init(extends=True, code="")
"""What all distributions of a namespace may have a copy of: which one is imported makes no difference."""


def module_name(file: str) -> str:
    """Return the module that a file (no directory) holds, `__init__` for a package's; empty where it holds none."""
    stem, _, suffix = file.partition(".")
    holds = suffix == "py" or f".{suffix}".endswith(_EXTENSIONS)
    return stem if holds and stem.isidentifier() else ""


def modules(files: Iterable[str], inits: Mapping[str, Init] = EMPTY) -> tuple[str, ...]:
    """Return the dotted modules that a distribution with these import paths owns with all beneath them, sorted.

    `inits` says of its packages what their `__init__.py` is. A package that is shared with others, or has one inside
    that is, is listed by its parts; where it has code of its own it is listed too, beside parts of it, and then it is
    the `__init__.py` alone that is owned (see `is_shared`).
    """
    found = {(path.rpartition("/")[0], module) for path in files if (module := module_name(path.rpartition("/")[2]))}
    packages = {directory for directory, module in found if module == "__init__"}
    split = _split(packages, inits)
    outermost = {directory: _outermost(directory, packages - split) for directory, _ in found}
    owned = (outermost[directory] or _outside(directory, module, inits) for directory, module in found)
    parts = {path: path.split("/") for path in owned if path}
    return tuple(sorted(".".join(names) for names in parts.values() if all(map(str.isidentifier, names))))


def is_shared(module: str, owned: Iterable[str]) -> bool:
    """Return whether of an owned module only the `__init__.py` is: its parts are listed one by one."""
    return any(one.startswith(f"{module}.") for one in owned)


def dotted(path: str) -> str:
    """Return the module that an import path holds, a package for its `__init__`; empty where it holds none."""
    directory, _, file = path.rpartition("/")
    name = module_name(file)
    if not name:
        return ""
    package = directory.replace("/", ".")
    return package if name == "__init__" else f"{package}.{name}" if package else name


def _split(packages: Collection[str], inits: Mapping[str, Init]) -> set[str]:
    """Return the packages that are shared with others, and those around them."""
    shared = [one for one, init in inits.items() if init.extends and VENDORED.isdisjoint(one.split("/"))]
    return {above for one in shared for above in _above(one) if above in packages}


def _outside(directory: str, module: str, inits: Mapping[str, Init]) -> str:
    """Return what is owned of a module in no package that is owned as a whole."""
    if module != "__init__":
        return f"{directory}/{module}" if directory else module
    init = inits.get(directory)
    return directory if init is None or not init.extends or init.code else ""


def _outermost(directory: str, packages: Collection[str]) -> str:
    """Return the outermost of the packages that a directory lies in."""
    return next((one for one in _above(directory) if one in packages), "")


def _above(directory: str) -> Iterable[str]:
    parts = directory.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
