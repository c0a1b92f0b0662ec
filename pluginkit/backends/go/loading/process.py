"""The process of a host, modelled: which libraries it has, and what one more object would add or lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.loading.library import Library, read_library
from pluginkit.backends.go.loading.root import Root
from pluginkit.backends.go.loading.search import Search
from pluginkit.core.linking import Linking, Unmet

_MOST = 1 << 10
"""Libraries of one process."""


class NotHereError(Exception):
    """The host would not start there."""


def started(linking: Linking, root: Root, *, musl: bool) -> Process:
    """Return the process of a host before it opens anything. Raises NotHereError where it would not start in `root`."""
    path = root.file(linking.interpreter) if linking.interpreter else ""
    if not path:
        raise NotHereError(f"{linking.interpreter or 'a dynamic loader'} is not there")
    try:
        interpreter, program = Library(path), Library(linking.file)
    except (ElfError, OSError) as error:
        raise NotHereError(str(error)) from error
    if interpreter.machine != program.machine:
        raise NotHereError(f"{linking.interpreter} is for another processor")
    search = Search(root, interpreter, linking.interpreter, musl=musl)
    process = Process(search, interpreter, program, musl=musl)
    for unmet in process.load(linking, ()):
        raise NotHereError(f"{unmet.name} is not found")
    return process


class Process:
    """The libraries that a process has, by the names under which others find them."""

    def __init__(self, search: Search, interpreter: Library, program: Library, *, musl: bool) -> None:
        self._search, self._program, self._musl = search, program, musl
        self._interpreter = interpreter
        self._libraries: list[Library] = [interpreter]
        self._names: dict[str, Library | None] = {interpreter.soname or interpreter.path: interpreter}
        self._bound: set[tuple[str, str]] = set()
        self.plugins: list[str] = []
        """Files of the plugins that were opened."""

    def trial(self) -> Process:
        """Return a copy that can load more."""
        made = Process(self._search, self._interpreter, self._program, musl=self._musl)
        made._libraries, made._names, made.plugins = [*self._libraries], {**self._names}, self.plugins
        made._bound = self._bound
        return made

    def load(self, linking: Linking, chain: Sequence[Linking]) -> Iterator[Unmet]:
        """Add an object and all that it needs; yield what is not found of it."""
        before = len(self._libraries)
        loaded, missing = self._add(linking, chain)
        yield from missing
        lacking = [one for each, by in loaded for one in self._of_versions(each, by)]
        yield from lacking
        if missing or None in self._names.values():  # what cannot be read may define anything
            return
        fresh, versions = self._libraries[before:], {one.name for one in lacking}
        for each, by in loaded:
            for name, version in each.undefined:
                if version not in versions and not self._is_bound(name, version, fresh):
                    yield Unmet("symbol", f"{name}@{version}" if version else name, by)

    def _add(self, linking: Linking, chain: Sequence[Linking]) -> tuple[list[tuple[Linking, str]], list[Unmet]]:
        """Add the libraries that an object needs; return what was added, by name, and what is missing."""
        waiting = [(linking, (linking, *chain), "")]
        loaded, missing = [(linking, "")], list[Unmet]()
        while waiting and len(self._libraries) < _MOST:
            one, above, by = waiting.pop(0)
            for name in one.needed:
                if name in self._names:
                    continue
                found = self._find(name, above)
                if isinstance(found, Unmet):
                    missing.append(Unmet(found.kind, name, by, found.library, found.reason))
                elif found is not None and found not in self._libraries:
                    self._libraries.append(found)
                    waiting.append((found.linking, (found.linking, *above), name))
                    loaded.append((found.linking, name))
        return loaded, missing

    def _find(self, name: str, above: Sequence[Linking]) -> Library | Unmet | None:
        """Return the library that is meant by a name, and remember it; None for one that cannot be read."""
        if self._search.is_libc(name):
            self._names[name] = self._interpreter
            return self._interpreter
        for path in self._search.candidates(name, above):
            found = read_library(path)
            if isinstance(found, Library):
                if found.machine != self._interpreter.machine:
                    continue
                found = next((one for one in self._libraries if one.path == found.path), found)
                self._names[name] = found
                if found.soname and not self._musl:
                    self._names[found.soname] = found
                return found
            if isinstance(found, ElfError) and found.code == "PK403":
                continue
            if isinstance(found, ElfError) and str(found) == "no ELF object":
                return Unmet("library", name, "", path, "not a shared library")
            self._names[name] = None
            return None
        return Unmet("library", name)

    def _of_versions(self, linking: Linking, by: str) -> Iterator[Unmet]:
        for library, version in () if self._musl else linking.versions:
            there = self._names.get(library)
            if there and there.versions and version not in there.versions.values():
                yield Unmet("version", version, by, there.path)

    def _is_bound(self, name: str, version: str, fresh: Sequence[Library]) -> bool:
        if (name, version) in self._bound:
            return True
        old = (one for one in [*self._libraries, self._program] if one not in fresh)
        if self._defined(name, version, old):
            self._bound.add((name, version))
            return True
        return self._defined(name, version, fresh) or self._by_plugins(name, version)

    def _defined(self, name: str, version: str, libraries: Iterable[Library]) -> bool:
        return any(one.defines(name, version, versioned=not self._musl) for one in libraries)

    def _by_plugins(self, name: str, version: str) -> bool:
        """Return whether a plugin that was opened before defines a symbol: its symbols are global."""
        read = map(read_library, self.plugins)
        return self._defined(name, version, [one for one in read if isinstance(one, Library)])
