"""What opening a plugin in a host's process would fail for, before any code of it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.go.loading.root import Root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.linking import Unmet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.go.loading.process import Process

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
        self._process: Process | None = None
        self._wrong: str | None = None
        self._opened: list[GoBinary] = []
        self._last: tuple[GoBinary, int, Sequence[Unmet]] | None = None

    @property
    def wrong(self) -> str:
        """Why this is not the host's machine: what it needs itself and would not find; empty where it would start."""
        if self._wrong is None:
            from pluginkit.backends.go.loading.process import NotHereError  # reads libraries, which few plugins need

            try:
                self._process, self._wrong = self._started(), ""
            except NotHereError as error:
                self._wrong = str(error)
        return self._wrong

    def _started(self) -> Process:
        from pluginkit.backends.go.loading.process import started

        return started(self._host.linking, self._root, musl=self._musl)

    @property
    def is_known(self) -> bool:
        """True where the host would start, so that what a plugin does not find is missing."""
        return not self.wrong

    def unmet(self, plugin: GoBinary, opened: Sequence[GoBinary]) -> Sequence[Unmet]:
        """Return what opening a plugin would fail for, after those opened before it; nothing where that is unknown."""
        if _is_covered(plugin, self._host) or not self.is_known:
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

    def _after(self, opened: Sequence[GoBinary]) -> Process:
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


def _is_covered(plugin: GoBinary, host: GoBinary) -> bool:
    """Return whether all that a plugin needs is there because the host itself needs it, and would not start otherwise.

    No library has to be read then. Nearly all plugins are like that: their C code is that of Go's runtime.
    """
    mine, theirs = plugin.linking, host.linking
    return (
        not mine.static_tls
        and theirs.needed_symbols.issuperset(mine.undefined)
        and set(theirs.needed).issuperset(mine.needed)
        and set(theirs.versions).issuperset(mine.versions)
    )


def _differ(one: object, other: object) -> bool:
    return one is not other
