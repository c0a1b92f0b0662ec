"""`pylock.release.toml` (PEP 751): third-party pins and our wheels, as one file installers follow.

Unlike `pluginkit.lock` it is made for one place: it names where the index at hand serves each file.
"""

import json
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.process import environment
from pluginkit.backends.python.building.resolve import requirements_text
from pluginkit.backends.python.building.uv import with_settings
from pluginkit.backends.python.building.uv_settings import index_settings
from pluginkit.backends.python.pylock_entries import wheel_entry
from pluginkit.backends.python.wheel.distinfo import parse_file_name
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.files import create
from pluginkit.core.lock import Package
from pluginkit.core.model import Artifact, BuildPlan
from pluginkit.core.release import PYLOCK
from pluginkit.store import rooms


def write(plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
    """Write the file into `out`; our wheels are named by path, relative to it.

    Raises PluginkitError when the index at hand does not have the files that the lock pins.
    """
    tomli_w = from_extra("tomli_w", "building")
    python = plan.lock.toolchain.get("python", "")
    document = {"lock-version": "1.0"} | ({"requires-python": python} if python else {}) | {"created-by": "pluginkit"}
    packages = {_order(package): tomli_w.dumps({"packages": [package]}) for package in _third_party(plan)}
    markers = {package.name: package.marker for package in plan.lock.vendored}
    packages |= dict(_ours(artifact, markers.get(artifact.name, "")) for artifact in artifacts)
    text = "\n".join((tomli_w.dumps(document), *(text for _, text in sorted(packages.items()))))
    create(out / PYLOCK, text.encode("utf-8"))


def _order(package: Mapping[str, Any]) -> tuple[str, str, str]:
    return package["name"], package["version"], package.get("marker", "")


def _ours(artifact: Artifact, marker: str) -> tuple[tuple[str, str, str], str]:
    """Return where a wheel of ours comes in the order, and its table; there are many, and no name needs escaping."""
    version = parse_file_name(artifact.file.rpartition("/")[2]).version
    wanted = f"marker = {json.dumps(marker)}\n" if marker else ""
    named = f'[[packages]]\nname = "{artifact.name}"\nversion = "{version}"\n'
    return (artifact.name, version, marker), f"{named}{wanted}wheels = [\n    {{ {wheel_entry(artifact)} }},\n]\n"


def _third_party(plan: BuildPlan) -> list[dict[str, Any]]:
    pins = [package for package in plan.lock.packages if not package.path]
    if not pins:
        return []
    wanted = {(package.name, package.version): set(package.hashes) for package in pins}
    document = tomllib.loads(_served(plan, pins).decode("utf-8"))
    found = {(package["name"], package["version"]): package for package in document["packages"]}
    served = [_restricted(package, wanted.get(pin, set())) for pin, package in found.items()]
    missing = sorted(wanted.keys() - {pin for pin, package in zip(found, served, strict=True) if package})
    if missing:
        raise PluginkitError(
            f"the package index has no file with a locked hash for {', '.join(map(' '.join, missing))}",
            hint="use the index the lock was made with, or run `pluginkit lock --upgrade`",
        )
    return [package for package in served if package]


def _restricted(package: dict[str, Any], hashes: set[str]) -> dict[str, Any]:
    """Return the entry with those files only whose hash is locked, or nothing."""

    def keep(file: Mapping[str, Any]) -> bool:
        return f"sha256:{file.get('hashes', {}).get('sha256')}" in hashes

    def bare(file: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in file.items() if key in ("name", "url", "path", "size", "hashes")}

    keys = ("name", "version", "marker", "requires-python")
    kept: dict[str, Any] = {key: package[key] for key in keys if key in package}
    wheels = [bare(wheel) for wheel in package.get("wheels", ()) if keep(wheel)]
    if wheels:
        kept["wheels"] = wheels
    if "sdist" in package and keep(package["sdist"]):
        kept["sdist"] = bare(package["sdist"])
    return kept if "wheels" in kept or "sdist" in kept else {}


def _served(plan: BuildPlan, packages: Sequence[Package]) -> bytes:
    """Return uv's PEP 751 form of the pins; remembered by lock and index, since asking takes the network."""
    index = "\n".join(f"{name}={value}" for name, value in sorted(environment().items()) if name.startswith("UV_"))
    pins, settings = requirements_text(packages), index_settings(plan.workspace.root)
    key = fields_digest("pluginkit pylock v3", [pins.encode(), index.encode(), settings])
    remembered = rooms.read("pylock", key)
    if remembered is not None:
        return remembered
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        source, output = Path(scratch, "requirements.in"), Path(scratch, "pylock.toml")
        source.write_text(pins, encoding="utf-8")
        command: list[str | Path] = ["pip", "compile", source, "--universal", "--no-deps", "--quiet"]
        command += ["--format", "pylock.toml", "--output-file", output]
        command += ["--python-version", plan.lock.toolchain.get("python", "").removeprefix(">=") or "3.11"]
        done = with_settings(settings, *command)
        if done.status != 0:
            raise PluginkitError(
                f"the locked packages are not on the package index: {done.stderr.strip()}",
                hint="use the index the lock was made with, or run `pluginkit lock --upgrade`",
            )
        served = output.read_bytes()
    rooms.write("pylock", key, served)
    return served
