"""The last step of a Go artifact: its linked bytes are digested, and its stamp gets the digest."""

import hashlib
from pathlib import Path

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import UNKNOWN, find_stamps, payload_at, with_payload
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildStep


def complete(step: BuildStep, out: Path, file: str, stamp: bytes = b"") -> Artifact:
    """Write the payload's digest into the stamp of what was linked to `file` in `out`; return the artifact.

    `stamp` is added first, where none is compiled into it. Raises PluginkitError where the file has not just this one.
    """
    path = out / file
    if stamp:
        _add(step, path, stamp)
    data = path.read_bytes()
    begin, end = _payload(step, data)
    view = memoryview(data)
    finished = hashlib.sha256(view[:begin])
    linked = finished.copy()  # what precedes the payload is most of a plugin, and is hashed once
    linked.update(view[begin:])
    at, changed = begin, with_payload(data, (begin, end), f"sha256:{linked.hexdigest()}".encode())
    with path.open("r+b") as binary:
        for start, text in changed:
            finished.update(view[at:start])
            finished.update(text)
            at = start + len(text)
            binary.seek(start)
            binary.write(text)
    finished.update(view[at:])
    return Artifact(step.member.name, step.member.kind, file, finished.hexdigest(), len(data), step.inputs)


def _add(step: BuildStep, path: Path, stamp: bytes) -> None:
    """Put a stamp into a module that was linked."""
    try:
        path.write_bytes(wasm.stamped(path.read_bytes(), stamp))
    except ElfError as error:
        raise PluginkitError(f"{step.member.path}: what Go linked is not a module for a stamp: {error}") from None


def _payload(step: BuildStep, data: bytes) -> tuple[int, int]:
    """Return where the unknown payload of the one stamp begins and ends."""
    found = find_stamps(data)
    if len(found) != 1:
        raise PluginkitError(
            f"{step.member.path}: {len(found)} stamps in its binary, expected one",
            hint="no string of the sources may hold the mark of a stamp",
        )
    span = payload_at(data, *found[0])
    if span is None or data[span[0] : span[1]] != UNKNOWN.encode():
        raise PluginkitError(f"{step.member.path}: its stamp is not the one that was compiled", hint="build again")
    return span
