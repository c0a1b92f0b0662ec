"""Which C compiler and linker finish a binary: Go says nothing of them in it, and other ones give other bytes."""

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pluginkit.backends.go.toolchain import cross_compilers
from pluginkit.backends.process import find_program, run, search_path
from pluginkit.core import files
from pluginkit.core.digest import fields_digest
from pluginkit.incremental.file_stat import signatures
from pluginkit.store import rooms


def identity(cc: str) -> str:
    """Return what the C compiler (the variable CC; empty for gcc) and its linker say they are, and the C library.

    Asked once for each pair of files, and then remembered.
    """
    command = shlex.split(cc) or ["gcc"]
    tools = [os.path.realpath(find_program(name) or name) for name in (command[0], "ld")]
    asked = [os.fsencode(text) for text in (*command, *tools, *signatures(tools))]
    key = fields_digest("pluginkit compiler v3", asked)
    remembered = rooms.read("compilers", key)
    if remembered is not None:
        return remembered.decode("utf-8")
    said = [run([*command, *option]).stdout for option in (["--version"], ["-Wl,--version"])]
    found = "\n".join((*(text.partition("\n")[0] for text in said), *_libraries(command)))
    rooms.write("compilers", key, found.encode())
    return found


def _libraries(command: Sequence[str]) -> Iterator[str]:
    """Yield which C library a compiler links: zig brings one for each target, that of others is the machine's."""
    if command[1:2] == ["cc"]:
        yield f"zig {run([command[0], 'version']).stdout.strip()}"
    if "-target" in command:
        yield command[command.index("-target") + 1]
    elif command[0].endswith("-linux-gnu-gcc"):
        library = Path(run([*command, "-print-file-name=libc.so.6"]).stdout.strip())
        yield files.digest(library) if library.is_absolute() and library.is_file() else ""
    else:
        yield _c_library()


def candidates(goarches: Iterable[str] = ()) -> list[Path]:
    """Return where Go and C compilers for processors may be found, in the order of PATH, whether they are there."""
    names = ("go", "gcc", "clang", "cc", "ld", *(name for one in goarches for name in cross_compilers(one)))
    return [Path(folder, name) for folder in search_path() for name in names]


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError):  # another system, another C library
        return ""
