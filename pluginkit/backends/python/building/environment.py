"""Build environments: the locked closure of a `[build-system] requires`, installed once, by hash.

They are copies: what uv links into its own cache is shared by all environments of a machine, and so is any damage to
it. What was installed is compared with each RECORD, and what is used with what was installed.
"""

import filecmp
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pluginkit.backends.python.building.record_check import differing, recorded
from pluginkit.backends.python.building.resolve import requirements_text
from pluginkit.backends.python.building.uv import replay
from pluginkit.core import files
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import BuildEnvironment, Package
from pluginkit.core.notices import note
from pluginkit.core.ours import is_ours
from pluginkit.incremental import sealed
from pluginkit.store import rooms
from pluginkit.store.staging import staging

_UNINSTALLABLE = re.compile(r"Failed to install: \S+ \(([^=)]+)[^\n]*\n *(?:cause|Caused by): *([^\n]*)", re.IGNORECASE)
"""What uv says where it has a package, and cannot make anything of its files."""


def closure_digest(environment: BuildEnvironment) -> str:
    """Return `sha256:` over the pins of `environment`."""
    return fields_digest("pluginkit build closure v1", [requirements_text(environment.packages).encode()])


def ensure(environment: BuildEnvironment, root: Path | None = None, checked: Container[Path] = ()) -> Path:
    """Return the interpreter of an installed `environment`, making it when the cache has none that is as it was made.

    Wheels of it that lie in a workspace are looked for beneath its `root`. Interpreters of environments that were
    `checked` just now are not checked again. It is made beside its place and renamed into it, so that it is never seen
    half made. Raises PluginkitError with uv's explanation, for example when a file does
    not have the locked hash.
    """
    place = _place(environment)
    if interpreter(place) not in checked and not _is_sound(place):
        _make(environment, place, root)
    with suppress(OSError):
        os.utime(place / sealed.SEAL)  # the one that was used last is pruned last
    return interpreter(place)


def remade(environment: BuildEnvironment, root: Path) -> str:
    """Make an `environment` anew that the cache has, and return what of the one before was not what was installed now.

    Only files that wheels bring are compared. Empty where they are equal, or there was none. Raises PluginkitError.
    """
    place = _place(environment)
    if not sealed.is_sealed(place):
        return ""
    with staging(place) as scratch:
        made = scratch / "env"
        install(environment.packages, made, "the build environment cannot be made", root)
        sealed.seal(made)
        different = next((path for path in recorded(made) if not _same(made / path, place / path)), None)
        _replace(place, made)
    return str(different or "")


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def interpreter(place: Path) -> Path:
    """Return the interpreter of the environment at `place`."""
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def made_at(environment: BuildEnvironment) -> Path | None:
    """Return where the cache has it installed, if it does; whether it is as it was made is not looked at."""
    place = _place(environment)
    return place if sealed.is_sealed(place) else None


def _is_sound(place: Path) -> bool:
    if not sealed.is_sealed(place) or not is_ours(str(place), str(place.parent.parent)):
        return False
    how = sealed.damage(place)
    if how:
        note(f"the build environment {place} is damaged, and was made anew: {how}")
    return not how


def _place(environment: BuildEnvironment) -> Path:
    key = fields_digest("pluginkit environment v2", [closure_digest(environment).encode(), _interpreter().encode()])
    return rooms.directory("environments") / key.removeprefix("sha256:")[:32]


def _interpreter() -> str:
    return f"{sys.implementation.cache_tag} {sys.version} {sysconfig.get_platform()} {sys.base_prefix}"


def install(packages: Sequence[Package], place: Path, trouble: str, root: Path | None = None) -> None:
    """Make a virtual environment at `place` that holds just `packages`, each file by its hash.

    Those whose wheels lie in a workspace are looked for beneath its `root`.
    Raises PluginkitError that begins with `trouble` and goes on with uv's explanation.
    """
    place = place.absolute()
    _uv(trouble, root, "venv", "--no-project", "--relocatable", "--python", sys.executable, str(place))
    if not packages:
        return
    pins = place / "requirements.txt"
    pins.write_text(requirements_text(packages, root), encoding="utf-8")
    # Compiled now, so that no worker writes into it later.
    command = ["pip", "install", "--require-hashes", "--no-deps", "--compile-bytecode", "--link-mode", "copy"]
    command += ["--python", str(place), "--requirements", str(pins)]
    done = replay(root, *command, "--quiet")
    uninstallable = _UNINSTALLABLE.search(done.stderr) if done.status != 0 else None
    if done.status != 0 and not uninstallable:
        raise _failed(trouble, done.stderr)
    if damaged := {uninstallable[1]: uninstallable[2]} if uninstallable else differing(place):
        # uv compares an archive with its hash when it fetches it, and not what it unpacked into its cache.
        told = f"{trouble}: uv's cache has damaged files of {_named(damaged)}"
        _uv(told, root, *command, "--reinstall", "--no-cache")
        still = differing(place)  # what a wheel's own RECORD has wrong; the lock's hash is that of the archive
        if healed := {name: path for name, path in damaged.items() if name not in still}:
            mended_by = f"`uv cache clean {' '.join(healed)}`"
            note(f"uv's cache has damaged files of {_named(healed)}: fetched anew", mended_by)


def _named(damaged: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({path})" for name, path in damaged.items())


def _make(environment: BuildEnvironment, place: Path, root: Path | None) -> None:
    with staging(place) as scratch:
        made = scratch / "env"
        install(environment.packages, made, "the build environment cannot be made", root)
        sealed.seal(made)
        try:
            made.rename(place)
        except OSError:
            if sealed.is_sealed(place) and _is_sound(place):  # another build was faster
                return
            _replace(place, made)


def _replace(place: Path, made: Path) -> None:
    """Put an environment in the place of a damaged one, half a one, or somebody's directory. Raises PluginkitError."""
    old = place.with_name(f".making-{files.beside(place).name}")
    try:
        with suppress(FileNotFoundError):
            place.rename(old)
        made.rename(place)
    except OSError as error:
        raise PluginkitError(f"{place} cannot be replaced: {error.strerror}", hint="remove it") from None
    shutil.rmtree(old, ignore_errors=True)


def _uv(trouble: str, root: Path | None, *arguments: str) -> None:
    done = replay(root, *arguments, "--quiet")
    if done.status != 0:
        raise _failed(trouble, done.stderr)


def _failed(trouble: str, said: str) -> PluginkitError:
    return PluginkitError(
        f"{trouble}: {said.strip()}", hint="the lock pins it by hash; `pluginkit lock --upgrade` resolves it anew"
    )
