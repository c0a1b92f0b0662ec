"""A plugin opened for real, in a program that has the host's builds of all packages that the two share.

The host itself is never run: it may be anybody's program, and knows nothing of being asked. What `plugin.Open` compares
is the shared packages alone, and here they are compiled like the host's, to the same hashes; that is checked.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pluginkit.backends.go.aligning.module import Listed, Module
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.toolchain import machine
from pluginkit.backends.process import run

_SECONDS = 60.0
_HIDDEN = re.compile(r"(^|/)(internal|vendor)(/|$)")
_DIRECTORY = "pluginkit_stand_in"
_SOURCE = """package main

import (
	"fmt"
	"os"
	"plugin"

{imports}
)

func main() {{
	if _, err := plugin.Open(os.Args[1]); err != nil {{
		fmt.Println(err)
		os.Exit(1)
	}}
	fmt.Println("opened")
}}
"""


class Opened(NamedTuple):
    """What came of opening a plugin."""

    how: str = ""
    """How it was opened; empty where it was not."""
    failure: str = ""
    """Why it cannot be opened."""
    note: str = ""
    """Why that was not tried."""


def open_plugin(module: Module, packages: Sequence[Listed], plugin: Path, scratch: Path) -> Opened:
    """Open a plugin that was built in the copy, in a process of its own that is given a minute."""
    facts = module.facts
    here = f"{platform.system().lower()}/{machine()}"
    if facts.binary.platform != here:
        return Opened(note=f"not opened: it is for {facts.binary.platform}, this machine is {here}")
    shared = [one for one in packages if facts.has(one.path)]
    program = scratch / "stand-in"
    said = _build(module, [one.path for one in shared if _is_importable(one)], program)
    if said:
        return Opened(
            note=f"not opened: no program with the packages that it shares with the host can be built: {said}"
        )
    try:
        other = [
            path for path, digest in _packages(program).items() if facts.binary.packages.get(path, digest) != digest
        ]
    except (ElfError, OSError) as error:
        return Opened(note=f"not opened: {error}")
    if other:
        return Opened(note=f"not opened: the host's build of {', '.join(sorted(other)[:3])} cannot be made here")
    done = run([program, plugin], cwd=scratch, seconds=_SECONDS)
    if done.status != 0:
        return Opened(
            failure=f"opening it fails: {_last(done.stdout) or _first(done.stderr) or f'exit status {done.status}'}"
        )
    own = sum(bool(one.module) for one in shared)
    return Opened(f"opened beside the {own} package{'' if own == 1 else 's'} that it shares with the host")


def _build(module: Module, imports: Sequence[str], program: Path) -> str:
    """Build the program that stands in for the host; return what the compiler said, or nothing."""
    place = module.root / _DIRECTORY
    place.mkdir()
    try:
        lines = "\n".join(f'\t_ "{path}"' for path in imports)
        (place / "main.go").write_text(_SOURCE.format(imports=lines), encoding="utf-8")
        done = module.run("build", "-buildvcs=false", *module.facts.flags, "-o", str(program), f"./{_DIRECTORY}")
    finally:
        (place / "main.go").unlink(missing_ok=True)
        place.rmdir()
    return "" if done.status == 0 else _first(done.stderr)


def _is_importable(package: Listed) -> bool:
    return package.path not in ("unsafe", "C") and package.name != "main" and not _HIDDEN.search(package.path)


def _packages(program: Path) -> dict[str, str]:
    found = read_binary(program.read_bytes()).packages
    return {path: digest for path, digest in found.items() if path != "main"}


def _first(text: str) -> str:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return lines[0].strip() if lines else ""


def _last(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines[-3:] if line)
