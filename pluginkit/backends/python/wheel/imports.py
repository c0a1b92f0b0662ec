"""What importing an artifact imports of its own packages, followed by reading: nothing is imported or run."""

from __future__ import annotations

from pluginkit.core.ownership import modules
from pluginkit.core.verdict import Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from pluginkit.backends.python.wheel.code import Sources
    from pluginkit.core.stamp import Stamp
    from pluginkit.core.verdict import Factory

    Statement = tuple[str, bytes | tuple[str, ...], int]
    """Module with leading dots, the names taken from it (none for `import module`; bytes: as written), and the line."""
    Statements = Callable[[bytes, Collection[bytes]], Iterable[Statement]]

_MAX_SOURCE = 4 << 20
"""Bytes; a larger module is data, and imports nothing."""
_MAX_STATEMENT = 64 << 10
"""Bytes of one; what follows in the line of another is not looked for farther away."""
_MAX_DEPTH = 64
"""Dots of a module's name; an archive has no deeper ones."""
_MAX_READ = 64 << 20
"""Bytes of modules that are looked through; what others import is not known."""
_INIT = "/__init__.py"
_NO_PART = {"test", "tests", "doc", "docs", "example", "examples", "setup", "conftest", "noxfile", "tasks"}
"""What gets into wheels by accident, and is imported by nobody."""


def absent_modules(roots: Iterable[str], sources: Sources, requires: Iterable[str] = ()) -> tuple[Import, ...]:
    """Return the modules of an artifact's own packages that importing the modules `roots` asks for in vain.

    Only imports that are certain to run count: those at the top level of a module, outside of any block. They are found
    by their spelling, in a hundredth of the time that parsing takes; where one leads nowhere, all is parsed, to be
    certain. What a module may provide by other means than a file is not missing, nor what one of the requirements
    `requires` may install into the same directory, as `azure-storage-common` does into `azure`.
    """
    roots = tuple(roots)
    found = _Walk(sources, spelled_imports).run(roots)
    if not found:
        return ()
    from pluginkit.backends.python.wheel.import_tricks import parsed_imports, without_tricks

    if not any(without_tricks(found, sources, requires)):
        return ()
    return tuple(without_tricks(_Walk(sources, parsed_imports).run(roots), sources, requires))


def roots_of(stamp: Stamp | None, factories: Iterable[Factory], files: Iterable[str]) -> Iterable[str]:
    """Return the modules that are certain to be imported: of a plugin those of its entry points, else its packages."""
    if stamp and stamp.kind == "plugin":
        return [factory.reference.partition(":")[0] for factory in factories if factory.shipped]
    return [module for module in modules(files) if module not in _NO_PART]


def spelled_imports(source: bytes, own: Collection[bytes]) -> Iterator[Statement]:
    """Yield what looks like an import at the beginning of a line; text in a string may too. The line is 0.

    Only what is relative, or whose first name is among `own`, matters.
    """
    at = source.find(b"import ")
    while at >= 0:
        begin = source.rfind(b"\n", max(at - _MAX_STATEMENT, 0), at) + 1
        end = _end(source, b"\n", at)
        line = source[at + 7 : end]
        if begin == at:
            if any(map(line.__contains__, own)):
                yield from ((name, (), 0) for name in _first_words(line))
        elif source.startswith(b"from ", begin):
            module = source[begin + 5 : at].strip()
            if module[:1] == b"." or module.partition(b".")[0] in own:
                if line.lstrip().startswith(b"(") and b")" not in line:
                    end = _end(source, b")", at)
                    line = source[at + 7 : end]
                yield module.decode("utf-8", "replace").replace(" ", ""), line, 0
        at = source.find(b"import ", end)


def _end(source: bytes, mark: bytes, at: int) -> int:
    """Return where the next mark is, or where what begins at a place is too long to be a statement."""
    found = source.find(mark, at, at + _MAX_STATEMENT)
    return found if found >= 0 else min(at + _MAX_STATEMENT, len(source))


def _first_words(names: bytes) -> Iterator[str]:
    """Yield what a list of names imports, without what each is imported as."""
    for line in names.decode("utf-8", "replace").split("\n"):
        for name in line.partition("#")[0].partition(";")[0].strip(" \t\r()\\").split(","):
            if words := name.split():
                yield words[0]


class _Walk:
    """Modules being imported in the mind."""

    def __init__(self, sources: Sources, statements: Statements) -> None:
        self._paths, self._read_entry, self._statements = sources.paths, sources.read, statements
        self._own = {path.partition("/")[0].partition(".")[0].encode() for path in sources.paths}
        self._waiting: list[tuple[str, str]] = []
        """(dotted name, import path) of modules yet to be read."""
        self._met: dict[str, str] = {}
        """What `_missing` said."""
        self._others: dict[str, str] | None = None

    def run(self, roots: Iterable[str]) -> list[Import]:
        """Return the imports that lead nowhere, each module once."""
        for root in roots:
            self._missing(root)
        found: dict[str, Import] = {}
        left = _MAX_READ
        while self._waiting and left > 0:
            name, path = self._waiting.pop()
            source = self._read(path)
            left -= len(source)
            package = name if path.endswith(_INIT) else name.rpartition(".")[0]
            for spelled, names, line in self._statements(source, self._own) if len(source) <= _MAX_SOURCE else ():
                module = absolute(spelled, package) if spelled[:1] == "." else spelled
                for missing in self._vain(module, names, path):
                    found.setdefault(missing, Import(missing, path, line))
        return list(found.values())

    def _vain(self, module: str, names: bytes | tuple[str, ...], importer: str) -> Iterator[str]:
        """Yield what one statement in the file `importer` imports in vain, and note what it imports."""
        if not module:
            return
        missing = self._missing(module)
        if missing:
            yield missing
            return
        if not names or not self._is_package(module):
            return
        path = self._find(module)
        for name in _first_words(names) if isinstance(names, bytes) else names:
            if name == "*" or not self._missing(f"{module}.{name}"):
                continue
            if path in (importer, f"{module.replace('.', '/')}/") or not _mentions(self._read(path), name.encode()):
                yield f"{module}.{name}"

    def _missing(self, module: str) -> str:
        """Return the first part of a dotted module that is not where only this artifact can have it; else nothing.

        A directory without `__init__.py` that is in no package belongs to other distributions too.
        """
        if module in self._met or module.count(".") > _MAX_DEPTH:
            return self._met.get(module, "")
        above, _, _ = module.rpartition(".")
        missing = self._missing(above) if above else ""
        if not missing:
            path = self._find(module)
            if path.endswith(".py"):
                self._waiting.append((module, path))
            elif not path and above and self._is_package(above):
                missing = module
        self._met[module] = missing
        return missing

    def _is_package(self, module: str) -> bool:
        """Return whether a module has a directory that only this artifact can have."""
        path = self._find(module)
        return path.endswith(_INIT) or (path.endswith("/") and self._is_inside(module))

    def _is_inside(self, module: str) -> bool:
        """Return whether a package of this artifact is around a directory."""
        above, _, _ = module.rpartition(".")
        return bool(above) and self._is_package(above)

    def _read(self, path: str) -> bytes:
        return self._read_entry(self._paths[path])

    def _find(self, dotted: str) -> str:
        """Return the import path of a module in whatever form, `dir/` of a directory; empty where there is none."""
        base = dotted.replace(".", "/")
        for path in (f"{base}{_INIT}", f"{base}.py"):
            if path in self._paths:
                return path
        if self._others is None:
            self._others = _other_forms(self._paths)
        return self._others.get(base, "")


def _mentions(source: bytes, name: bytes) -> bool:
    """Return whether a word stands in a source, so that it may be bound there."""
    at = source.find(name)
    while at >= 0:
        before, after = source[at - 1 : at] or b" ", source[at + len(name) : at + len(name) + 1] or b" "
        if not (before.isalnum() or after.isalnum() or b"_" in before + after):
            return True
        at = source.find(name, at + 1)
    return False


def _other_forms(paths: Iterable[str]) -> dict[str, str]:
    """Return by what it would be imported as each directory, and each file that is no Python source."""
    found: dict[str, str] = {}
    for path in paths:
        directory, _, file = path.rpartition("/")
        stem = file.partition(".")[0]
        base = directory if stem == "__init__" else f"{directory}/{stem}" if directory else stem
        found[base] = path
        above = directory.rpartition("/")[0] if base == directory else directory
        while above and above not in found:
            found[above] = f"{above}/"
            above = above.rpartition("/")[0]
    return found


def absolute(spelled: str, package: str) -> str:
    """Return the module that a relative import in `package` names; empty where that leads out of all packages."""
    module = spelled.lstrip(".")
    level = len(spelled) - len(module)
    parts = package.split(".") if package else []
    if level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])
