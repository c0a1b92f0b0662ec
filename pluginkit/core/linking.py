"""What a Go binary asks of the dynamic loader, and what the loader would not find. Plain, frozen, no I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, Protocol

    from pluginkit.core.gobinary import GoBinary

    class Loader(Protocol):
        """Knows the libraries that a host's process has, and those that its dynamic loader would find."""

        where: str
        """`on this machine` or `in DIR`."""

        @property
        def is_known(self) -> bool:
            """False where the host is for another machine, so that nothing is known of its libraries."""
            ...

        def unmet(self, plugin: GoBinary, opened: Sequence[GoBinary]) -> Sequence[Unmet]:
            """Return what opening a plugin would fail for, after the plugins that were opened before it."""
            ...


@record
class Linking:
    """What stands in the program headers and PT_DYNAMIC for the dynamic loader."""

    interpreter: str = ""
    """Path of a program's dynamic loader; empty for a plugin, and for a program that is linked statically."""
    needed: tuple[str, ...] = ()
    """Names of libraries (DT_NEEDED), in their order."""
    rpath: str = ""
    runpath: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    """(library, version) of each version that a library has to define."""
    undefined: tuple[tuple[str, str], ...] = ()
    """(name, version) of each symbol that another object has to define, weak ones left out; any version where empty."""
    needed_symbols: frozenset[tuple[str, str]] = frozenset()
    """The same of a program that binds all of them before it starts (BIND_NOW), as Go links hosts; else empty."""
    static_tls: int = 0
    """Bytes of thread-local storage that must lie in the static block; 0 where it may lie anywhere."""
    file: str = ""
    """Path of the file as it was named, by which `$ORIGIN` is found."""

    @property
    def libc(self) -> str:
        """Return `musl` or `glibc`; empty where nothing tells."""
        if self.interpreter:
            return "musl" if "ld-musl-" in self.interpreter else "glibc" if "/ld-linux" in self.interpreter else ""
        if "libc.so" in self.needed or any(name.startswith("libc.musl-") for name in self.needed):
            return "musl"
        return "glibc" if "libc.so.6" in self.needed else ""


@record
class Unmet:
    """One thing that the dynamic loader would not find."""

    kind: Literal["library", "version", "symbol", "tls"]
    name: str
    """Of the library, the version or the symbol; of thread-local storage how many bytes."""
    by: str = ""
    """The library that needs it; empty for the plugin itself."""
    library: str = ""
    """Path of the library that lacks the version, or that is not one."""
    reason: str = ""
    """What is wrong with that library, where one was found."""
