"""The ways in which a host runs one plugin, and what it grants to one that has a process of its own."""

from __future__ import annotations

from pluginkit.core.frozen import record

PLUGIN, LINKED, SUBPROCESS, WASM = MODES = ("plugin", "linked", "subprocess", "wasm")
"""Loaded into the host's process, part of the host's binary, an executable of its own, a WebAssembly module."""
WASM_PLATFORM = "wasip1/wasm"
"""What Go calls the platform of WebAssembly modules, whatever that of their host: WASI, preview 1."""
SUFFIXES = {PLUGIN: ".so", SUBPROCESS: ".plugin", WASM: ".wasm"}
"""How the file names of Go plugins end. What is linked has no file of its own."""
MODULES = {SUBPROCESS: "github.com/hashicorp/go-plugin", WASM: "github.com/tetratelabs/wazero"}
"""The Go module by which a host runs the plugins of a mode."""


@record
class Limits:
    """What a plugin may take that shares no memory with its host. 0, or nothing: what its runner grants to all."""

    timeout: float = 0
    """Seconds that a call may take which has no context."""
    memory: int = 0
    """Bytes."""
    restarts: int | None = None
    """How often it is started again after it ended; None: what its runner grants to all."""
    files: tuple[str, ...] = ()
    """Directories that a WebAssembly module may see."""


def shares_memory(mode: str) -> bool:
    """Return whether a plugin of that mode lies in the host's memory, so that both must have the very same packages."""
    return mode in (PLUGIN, LINKED)


def mode_of_file(name: str) -> str:
    """Return the mode whose files are named like this one; empty for any other file."""
    return next((mode for mode, suffix in SUFFIXES.items() if name.endswith(suffix)), "")


def is_run(file: str) -> bool:
    """Return whether a file of a release, by its path in it, is a program: a host, or a plugin of mode subprocess."""
    return "bin" in file.split("/")[:-1] or file.endswith(SUFFIXES[SUBPROCESS])
