"""A locked distribution's files, fetched by hash: how an API that is not a member comes to be sealed."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.python.building.environment import install
from pluginkit.backends.python.building.resolve import requirements_text
from pluginkit.backends.python.building.uv import replay
from pluginkit.backends.python.inits import read_inits
from pluginkit.backends.python.installed import content_hashes
from pluginkit.backends.python.roots import site_packages
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Package
from pluginkit.core.ownership import modules


@dataclass(frozen=True, slots=True)
class Fetched:
    """An unpacked distribution."""

    version: str
    root: Path
    """The import root it lies in."""
    files: Sequence[tuple[str, str]]
    """(import path, sha256 hex)."""
    modules: tuple[str, ...]


def fetch(pin: Package, scratch: Path, root: Path, *, static: bool = False) -> Fetched:
    """Install `pin`, which may lie in the workspace at `root`, and nothing else into an environment in `scratch`.

    With `static` its wheel is only unpacked, and an sdist is not built. Raises PluginkitError when it cannot be had
    with the locked hash.
    """
    site: Path | None = scratch / "env"
    if static:
        install_wheel(pin, scratch / "env", root)
    else:
        install([pin], scratch / "env", f"the API {pin.name} cannot be fetched", root)
        site = site_packages(scratch / "env")
    if site is None:
        raise PluginkitError(f"{pin.name} {pin.version} could not be installed")
    (dist_info,) = site.glob("*.dist-info")
    hashes = content_hashes(str(dist_info))
    owned = modules(hashes, read_inits(hashes, lambda path: (site / path).read_bytes()))
    return Fetched(pin.version, site, sorted(hashes.items()), owned)


def install_wheel(pin: Package, site: Path, root: Path | None = None) -> None:
    """Unpack the wheel of `pin`, and nothing else, into the directory `site`; it must have one of its hashes, if any.

    A wheel that lies in a workspace is looked for beneath its `root`. An sdist is not taken: its backend would run.
    Raises PluginkitError with uv's explanation.
    """
    command: list[str | Path] = ["pip", "install", "--no-deps", "--no-build", "--quiet", "--target", site.absolute()]
    command += ["--python", sys.executable, *(["--require-hashes"] if pin.hashes else [])]
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(requirements_text([pin], root), encoding="utf-8")
        done = replay(root, *command, "--requirements", requirements)
    if done.status != 0:
        said = done.stderr.strip().removeprefix("error: ")
        not_built = "building from source is disabled" in said or "no usable wheels" in said
        raise PluginkitError(
            f"no wheel of {pin.name} {pin.version} can be had: {said}",
            hint="its sdist is not built, since that would run its code: name a directory of it" if not_built else "",
        )
