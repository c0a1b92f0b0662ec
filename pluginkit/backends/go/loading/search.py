"""Where a dynamic loader looks for a library, in its order (ld.so(8), dlopen(3) and musl's ldso/dynlink.c)."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from pluginkit.backends.go.binary.content import read_data
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.loading.library import Library
from pluginkit.backends.go.loading.root import Root
from pluginkit.core.linking import Linking

_CACHE, _MAGIC, _ENTRY, _HEADER = "/etc/ld.so.cache", b"glibc-ld.so.cache1.1", 24, 48
_KINDS = {62: 0x0303, 183: 0x0A03}
"""FLAG_ELF_LIBC6 of the machines, in that cache."""
_DIRECTORIES = rb"((?:/[\w.+-]+)*/lib\w*(?:/[\w.+-]+)?)/\0"
_DOMAINS = {"$LIB": ("lib64", "lib"), "$PLATFORM": ("x86_64", "aarch64")}
_OF_LIBC = ("c", "pthread", "rt", "m", "dl", "util", "xnet")
_MOST_PLACES = 256
"""Directories of one search path."""
_MUSL_PATH = "/lib:/usr/local/lib:/usr/lib"


class Search:
    """The paths of one dynamic loader: glibc's, or with `musl` musl's."""

    def __init__(self, root: Root, interpreter: Library, path: str, *, musl: bool) -> None:
        self._root, self._interpreter, self._path, self._musl = root, interpreter, path, musl

    def is_libc(self, name: str) -> bool:
        """Return whether the loader takes itself for that library: musl has all of the C library in one file."""
        return self._musl and name.startswith("lib") and name[3:].partition(".")[0] in _OF_LIBC

    def candidates(self, name: str, chain: Sequence[Linking]) -> Iterator[str]:
        """Yield the files that can be meant by a name, in the order in which they are tried.

        `chain` has the object that needs it, then the one for which that was loaded, and so on, the program last.
        """
        if "/" in name:
            yield from filter(None, map(self._root.beside, self._expanded(name, chain[0])))
            return
        groups = (self._of_musl if self._musl else self._of_glibc)(chain)
        for directories in groups:
            for directory in directories():
                found = self._root.beside(f"{directory}/{name}")
                if found:
                    yield found
        if not self._musl:
            yield from self._cached(name)
            yield from filter(None, (self._root.file(f"{one}/{name}") for one in self._defaults))

    def _of_glibc(self, chain: Sequence[Linking]) -> list[Callable[[], list[str]]]:
        old = [one for one in chain if not one.runpath] if not chain[0].runpath else []
        return [
            lambda: [path for one in old for path in self._split(one.rpath, one)],
            self._of_environment,
            lambda: self._split(chain[0].runpath, chain[0]),
        ]

    def _of_musl(self, chain: Sequence[Linking]) -> list[Callable[[], list[str]]]:
        return [
            self._of_environment,
            lambda: [path for one in chain for path in self._split(one.runpath or one.rpath, one)],
            lambda: re.split("[:\n]", self._configured),
        ]

    def _of_environment(self) -> list[str]:
        """Return the directories of LD_LIBRARY_PATH, which a host that is started here inherits."""
        value = os.environ.get("LD_LIBRARY_PATH", "") if self._root.is_here else ""
        return [path or "." for path in re.split("[:;]", value)] if value else []

    def _split(self, paths: str, owner: Linking) -> list[str]:
        return [
            one for path in paths.split(":", _MOST_PLACES)[:_MOST_PLACES] if path for one in self._expanded(path, owner)
        ]

    def _expanded(self, path: str, owner: Linking) -> list[str]:
        """Fill in dynamic string tokens (ld.so(8))."""
        path = re.sub(r"\$\{(\w+)\}", r"$\1", path)
        if "$ORIGIN" in path:
            path = path.replace("$ORIGIN", self._root.directory_of(owner.file))
        for token, values in _DOMAINS.items():
            if token in path:
                return [path.replace(token, value) for value in values]
        return [path]

    @cached_property
    def _defaults(self) -> Sequence[str]:
        """Return the directories that are compiled into the loader."""
        data = read_data(self._interpreter.path)
        return tuple(dict.fromkeys(one.decode() for one in re.findall(_DIRECTORIES, data)))

    @cached_property
    def _configured(self) -> str:
        """Return the search path of musl's configuration file."""
        machine = self._path.rpartition("/ld-musl-")[2].partition(".")[0]
        prefix = self._path.rpartition("/lib/")[0]
        found = self._root.file(f"{prefix}/etc/ld-musl-{machine}.path")
        try:
            return bytes(read_data(found, False)).decode("utf-8", "replace") if found else _MUSL_PATH
        except (OSError, ElfError):
            return _MUSL_PATH

    def _cached(self, name: str) -> Iterator[str]:
        """Yield the paths that the cache has for a name, those for every processor first."""
        data, wanted = self._cache, name.encode() + b"\0"
        count = int.from_bytes(data[20:24], "little") if len(data) >= _HEADER else 0
        table = data[_HEADER : _HEADER + min(count, len(data) // _ENTRY) * _ENTRY]
        found: list[tuple[int, int]] = []
        at = data.find(wanted, _HEADER + len(table))
        while at >= 0:
            found += _entries(table, struct.pack("<iI", _KINDS[self._interpreter.machine], at))
            at = data.find(wanted, at + 1)
        for _, value in sorted(found):
            path = self._root.file(data[value : data.find(b"\0", value)].decode("utf-8", "replace"))
            if path:
                yield path

    @cached_property
    def _cache(self) -> bytes:
        """Return the cache of ldconfig(8), in glibc's own format since 2.2, or nothing."""
        found = self._root.file(_CACHE)
        try:
            data = bytes(read_data(found, False)) if found else b""
        except (OSError, ElfError):
            return b""
        start = data.find(_MAGIC)
        return data[start:] if start >= 0 else b""


def _entries(table: bytes, key: bytes) -> Iterator[tuple[int, int]]:
    """Yield (capabilities of the processor, where its path stands) of the entries that begin with a key."""
    at = table.find(key)
    while at >= 0:
        if at % _ENTRY == 0:
            value, _, hardware = struct.unpack_from("<IIQ", table, at + 8)
            yield hardware, value
        at = table.find(key, at + 1)
