"""Runs what was built for another processor: QEMU and a C library, installed or unpacked from Debian's packages."""

import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

FOREIGN = "arm64" if platform.machine() == "x86_64" else "amd64"
"""The processor that this machine is not."""
_NAMES = {"arm64": ("aarch64", "aarch64-linux-gnu"), "amd64": ("x86_64", "x86_64-linux-gnu")}
_PATIENCE = 120
"""Seconds for a download."""
_IMPATIENT = ("-q", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10")


def emulator(scratch: Path) -> Sequence[str]:
    """Return the words before a command for FOREIGN that run it here; none where they cannot be had.

    Nothing is installed: packages are unpacked into `scratch`.
    """
    machine, triple = _NAMES[FOREIGN]
    library = Path("usr", triple)
    for name in (f"qemu-{machine}", f"qemu-{machine}-static"):
        if shutil.which(name) and (Path("/") / library).is_dir():
            return [name, "-L", str(Path("/") / library)]
    if not _unpacked(scratch, "qemu-user-static", f"libc6-{FOREIGN}-cross"):
        return []
    return [str(scratch / f"usr/bin/qemu-{machine}-static"), "-L", str(scratch / library)]


def _unpacked(scratch: Path, *packages: str) -> bool:
    """Download packages of Debian and unpack them; False where that does not work."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    try:
        _run(["apt-get", *_IMPATIENT, "download", *packages], scratch)
        for archive in scratch.glob("*.deb"):
            _run(["dpkg-deb", "-x", archive.name, "."], scratch)
            archive.unlink()
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _run(command: Sequence[str], cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=_PATIENCE)
