"""What opening a plugin in a host's process would fail for, before any code of it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.loading.library import Library, read_library
from pluginkit.backends.go.loading.root import Root
from pluginkit.backends.go.loading.search import Search
from pluginkit.core.errors import PluginkitError
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.linking import Linking, Unmet

_MOST = 1 << 10
"""Libraries of one process."""
_STATIC_TLS = 1664
"""Bytes that glibc keeps for the thread-local storage of what is opened later (glibc.rtld.optional_static_tls)."""


def system_loader(host: GoBinary, sysroot: Path | None) -> SystemLoader:
    """Return the dynamic loader that starts `host` on this machine, or in the file system below `sysroot`.

    Raises PluginkitError where `sysroot` is not a directory, or the host itself would not start there.
    """
    if sysroot is not None and not sysroot.is_dir():
        raise PluginkitError(f"{sysroot}: no such directory", hint="name the root of the host's file system")
    made = SystemLoader(host, Root(sysroot))
    wrong = made.wrong if sysroot is not None and host.linking.interpreter else ""
    if wrong:
        raise PluginkitError(f"the host itself would not start in {sysroot}: {wrong}")
    return made


class SystemLoader:
    """Implements `core.linking.Loader` by the files of a root."""

    def __init__(self, host: GoBinary, root: Root) -> None:
        self._host, self._root, self.where = host, root, root.where
        self._musl = host.linking.libc == "musl"
        self._process: _Process | None = None
        self._wrong: str | None = None
        self._opened: list[GoBinary] = []
        self._last: tuple[GoBinary, int, Sequence[Unmet]] | None = None

    @property
    def wrong(self) -> str:
        """Why this is not the host's machine: what it needs itself and would not find; empty where it would start."""
        if self._wrong is None:
            try:
                self._process, self._wrong = self._started(), ""
            except _NotHereError as error:
                self._wrong = str(error)
        return self._wrong

    def _started(self) -> _Process:
        """Return the host's process before it opens anything. Raises _NotHereError where it would not start."""
        linking = self._host.linking
        path = self._root.file(linking.interpreter) if linking.interpreter else ""
        if not path:
            raise _NotHereError(f"{linking.interpreter or 'a dynamic loader'} is not there")
        try:
            interpreter, program = Library(path), Library(linking.file)
        except (ElfError, OSError) as error:
            raise _NotHereError(str(error)) from error
        if interpreter.machine != program.machine:
            raise _NotHereError(f"{linking.interpreter} is for another processor")
        search = Search(self._root, interpreter, linking.interpreter, musl=self._musl)
        process = _Process(search, interpreter, program, musl=self._musl)
        for unmet in process.load(linking, ()):
            raise _NotHereError(f"{unmet.name} is not found")
        return process

    @property
    def is_known(self) -> bool:
        """True where the host would start, so that what a plugin does not find is missing."""
        return not self.wrong

    def unmet(self, plugin: GoBinary, opened: Sequence[GoBinary]) -> Sequence[Unmet]:
        """Return what opening a plugin would fail for, after those opened before it; nothing where that is unknown."""
        if not self.is_known:
            return ()
        if self._last is None or self._last[0] is not plugin or self._last[1] != len(opened):
            self._last = (plugin, len(opened), self._tried(plugin, opened))
        return self._last[2]

    def _tried(self, plugin: GoBinary, opened: Sequence[GoBinary]) -> Sequence[Unmet]:
        process = self._after(opened)
        found = [*process.trial().load(plugin.linking, (self._host.linking,))]
        used = sum(one.linking.static_tls for one in opened)
        if plugin.linking.static_tls and (self._musl or used + plugin.linking.static_tls > _STATIC_TLS):
            found.append(Unmet("tls", str(plugin.linking.static_tls)))
        return found

    def _after(self, opened: Sequence[GoBinary]) -> _Process:
        known = len(self._opened)
        process = self._process
        if process is None or len(opened) < known or any(map(_differ, opened, self._opened)):
            self._opened, known = [], 0
            process = self._process = self._started()
        for one in opened[known:]:
            for _ in process.load(one.linking, (self._host.linking,)):
                pass  # it was accepted all the same
            process.plugins.append(one.linking.file)
            self._opened.append(one)
        return process


class _NotHereError(Exception):
    """The host would not start there."""


def _differ(one: object, other: object) -> bool:
    return one is not other


class _Process:
    """The libraries that a process has, by the names under which others find them."""

    def __init__(self, search: Search, interpreter: Library, program: Library, *, musl: bool) -> None:
        self._search, self._program, self._musl = search, program, musl
        self._interpreter = interpreter
        self._libraries: list[Library] = [interpreter]
        self._names: dict[str, Library | None] = {interpreter.soname or interpreter.path: interpreter}
        self._bound: set[tuple[str, str]] = set()
        self.plugins: list[str] = []
        """Files of the plugins that were opened."""

    def trial(self) -> _Process:
        """Return a copy that can load more."""
        made = _Process(self._search, self._interpreter, self._program, musl=self._musl)
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
