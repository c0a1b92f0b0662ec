"""Commands as a user types them: real processes, in an environment of their own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

UV = find_uv_bin()


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


def cache_beside(shared: Path, own: Path) -> Path:
    """Return `own` as a cache without artifacts; what takes long to make, and is no artifact, lies in `shared`."""
    own.mkdir(exist_ok=True)
    for room in ("astools", "compilers", "environments", "pylock", "toolkit"):
        (shared / room).mkdir(parents=True, exist_ok=True)
        (own / room).symlink_to(shared / room)
    return own


def run(*command: object, cwd: Path | None = None, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=kept | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
