"""The Inspector for Go: hosts and plugins as files, read and never loaded."""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.reading import read_binary
from pluginkit.backends.go.binary.stamps import find_stamps, payload_digest
from pluginkit.core.api import Contract
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.stamp import Stamp, StampError, parse_stamp
from pluginkit.core.verdict import Defect, Evidence, Host

SUFFIX = ".so"
MAX_SIZE = 4 << 30
"""Bytes; no artifact is larger."""


class GoInspector:
    """Implements `backends.protocol.Inspector`."""

    def artifacts(self, place: Path) -> Sequence[Path]:
        """Return the plugins in a directory; of a release the hosts in `bin` and the plugins in `plugins`."""
        plugins = sorted([*place.glob(f"*{SUFFIX}"), *(place / "plugins").glob(f"*{SUFFIX}")])
        return [*sorted(path for path in (place / "bin").glob("*") if is_elf(path)), *plugins]

    def inspect(self, path: Path, subject: str) -> Evidence:
        """Read one host or plugin."""
        name = path.name.removesuffix(SUFFIX)
        try:
            data = _read(path)
            binary = read_binary(data)
        except ElfError as error:
            return Evidence(subject, language="go", name=name, defects=(Defect(error.code, str(error)),))
        except OSError as error:
            reason = error.strerror or str(error)
            return Evidence(subject, language="go", name=name, defects=(Defect("PK101", f"cannot be read: {reason}"),))
        stamp, payload, defects = _stamp(data, binary)
        if path.name.endswith(SUFFIX) and binary.kind == "executable":
            defects = [Defect("PK101", "an executable, not a plugin", "executable", "plugin")]
        if binary.search_path:
            defects.append(
                Defect("PK102", "searches libraries in a relative path", binary.search_path, "an absolute one")
            )
        return Evidence(
            subject,
            language="go",
            name=stamp.name if stamp else name,
            version=stamp.version if stamp else "",
            defects=tuple(defects),
            stamp=stamp,
            payload=payload,
            binary=binary,
        )

    def installed(self, place: Path) -> Sequence[Evidence]:
        """Return nothing: Go's plugins are files in a directory, not installed distributions."""
        return ()

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        """Return the hosts among `evidences`."""
        for one in evidences:
            if one.binary and one.binary.kind == "executable":
                yield _host(one, place)


def is_elf(path: Path) -> bool:
    """Tell whether a regular file begins as ELF objects do, as a host without any suffix."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def _host(evidence: Evidence, place: Path) -> Host:
    stamp = evidence.stamp
    if stamp is None:
        return Host(str(place), evidence.name, (), Contract(), language="go", binary=evidence.binary)
    return Host(
        label=str(place),
        name=stamp.name,
        language="go",
        apis=stamp.apis,
        contract=stamp.contract,
        lock=stamp.lock,
        toolchain=stamp.toolchain,
        binary=evidence.binary,
    )


def _read(path: Path) -> bytes:
    """Return a regular file's bytes. Opening a pipe would wait for its other end."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ElfError("not a regular file")
        if status.st_size > MAX_SIZE:
            raise ElfError(f"has {status.st_size} bytes, at most {MAX_SIZE} are read")
        return file.read()


def _stamp(data: bytes, binary: GoBinary) -> tuple[Stamp | None, str, list[Defect]]:
    found = find_stamps(data)
    if len(found) > 1:
        return None, "", [Defect("PK204", f"{len(found)} stamps", str(len(found)), "1")]
    if not found:
        return None, "", [Defect("PK201", "no stamp: nothing says which API it was built against")]
    start, end = found[0]
    try:
        stamp = parse_stamp(bytes(data[start:end]))
    except StampError as error:
        return None, "", [Defect(error.code, str(error))]
    payload = payload_digest(data, start, end)
    defects = list(_contradictions(stamp, binary))
    if payload != stamp.payload:
        defects.append(Defect("PK104", "its bytes are not those that were stamped", payload, stamp.payload))
    return stamp, payload, defects


def _contradictions(stamp: Stamp, binary: GoBinary) -> Iterable[Defect]:
    """Yield where stamp and build information tell different things of one artifact."""
    kind = {"plugin": "plugin", "executable": "host"}.get(binary.kind, binary.kind)
    said = {
        "language": (stamp.language, "go"),
        "kind": (stamp.kind, kind),
        "Go version": (stamp.toolchain.get("go", ""), binary.go_version),
        "tags": (stamp.toolchain.get("tags", ""), binary.settings.get("-tags", "")),
    }
    for what, (stamped, found) in said.items():
        if stamped != found:
            yield Defect("PK105", f"the stamp names another {what} than the binary", stamped, found)
