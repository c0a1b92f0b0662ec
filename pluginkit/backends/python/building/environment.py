"""Build environments: the locked closure of a `[build-system] requires`, installed once, by hash."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.python.building.resolve import requirements_text
from pluginkit.backends.python.building.uv import replay
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import BuildEnvironment, Package
from pluginkit.store.directory import cache_directory
from pluginkit.store.staging import staging


def closure_digest(environment: BuildEnvironment) -> str:
    """Return `sha256:` over the pins of `environment`."""
    return fields_digest("pluginkit build closure v1", [requirements_text(environment.packages).encode()])


def ensure(environment: BuildEnvironment, root: Path | None = None) -> Path:
    """Return the interpreter of an installed `environment`, making it when it is not in the cache.

    Wheels of it that lie in a workspace are looked for beneath its `root`. It is made beside its place and renamed into
    it, so that it is never seen half made. Raises PluginkitError with uv's explanation, for example when a file does
    not have the locked hash.
    """
    place = _place(environment)
    if not is_made(environment):
        _make(environment, place, root)
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_made(environment: BuildEnvironment) -> bool:
    """Return whether the cache has it installed."""
    return (_place(environment) / ".complete").is_file()


def _place(environment: BuildEnvironment) -> Path:
    key = fields_digest("pluginkit environment v1", [closure_digest(environment).encode(), _interpreter().encode()])
    return cache_directory() / "environments" / key.removeprefix("sha256:")[:32]


def _interpreter() -> str:
    return f"{sys.implementation.cache_tag} {sys.version} {sysconfig.get_platform()} {sys.base_prefix}"


def install(packages: Sequence[Package], place: Path, trouble: str, root: Path | None = None) -> None:
    """Make a virtual environment at `place` that holds just `packages`, each file by its hash.

    Those whose wheels lie in a workspace are looked for beneath its `root`.
    Raises PluginkitError that begins with `trouble` and goes on with uv's explanation.
    """
    place = place.absolute()
    _uv(trouble, root, "venv", "--no-project", "--relocatable", "--python", sys.executable, str(place))
    if packages:
        pins = place / "requirements.txt"
        pins.write_text(requirements_text(packages, root), encoding="utf-8")
        # Compiled now, so that no worker writes into it later.
        command = ["pip", "install", "--require-hashes", "--no-deps", "--compile-bytecode", "--python", str(place)]
        _uv(trouble, root, *command, "--requirements", str(pins))


def _make(environment: BuildEnvironment, place: Path, root: Path | None) -> None:
    with staging(place) as scratch:
        made = scratch / "env"
        install(environment.packages, made, "the build environment cannot be made", root)
        (made / ".complete").touch()
        try:
            made.rename(place)
        except OSError:
            if not (place / ".complete").is_file():  # half a one of an older version, or somebody's directory
                shutil.rmtree(place, ignore_errors=True)
                made.rename(place)


def _uv(trouble: str, root: Path | None, *arguments: str) -> None:
    done = replay(root, *arguments, "--quiet")
    if done.status != 0:
        raise PluginkitError(
            f"{trouble}: {done.stderr.strip()}",
            hint="the lock pins it by hash; `pluginkit lock --upgrade` resolves it anew",
        )
