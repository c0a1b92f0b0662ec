"""Which C compiler and linker finish a binary: Go says nothing of them in it, and other ones give other bytes."""

import os
import shlex
import shutil
from pathlib import Path

from pluginkit.backends.process import run
from pluginkit.core.digest import fields_digest
from pluginkit.core.files import write_atomic
from pluginkit.incremental.file_stat import signatures
from pluginkit.store.directory import cache_directory


def identity(cc: str) -> str:
    """Return what the C compiler (the variable CC; empty for gcc) and its linker say they are, and the C library.

    Asked once for each pair of files, and then remembered.
    """
    command = shlex.split(cc) or ["gcc"]
    files = [os.path.realpath(shutil.which(name) or name) for name in (command[0], "ld")]
    asked = [os.fsencode(text) for text in (*command, *files, *signatures(files))]
    remembered = cache_directory() / "compilers" / fields_digest("pluginkit compiler v1", asked).removeprefix("sha256:")
    if remembered.is_file():
        return remembered.read_text(encoding="utf-8")
    said = [run([*command, *option]).stdout for option in (["--version"], ["-Wl,--version"])]
    found = "\n".join((*(text.partition("\n")[0] for text in said), _c_library()))
    remembered.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(remembered, found.encode())
    return found


def candidates() -> list[Path]:
    """Return where Go and a C compiler may be found, in the order of PATH, whether they are there or not."""
    names = ("go", "gcc", "clang", "cc", "ld")
    return [Path(folder, name).absolute() for folder in os.get_exec_path() if folder for name in names]


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError):  # another system, another C library
        return ""
