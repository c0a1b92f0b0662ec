"""What goes into a release beside the members' wheels: wheels that lie in the workspace, and the toolkit's own.

So a release installs whole where no index has them. The toolkit's wheel has a directory of its own: what installs
`dist/*.whl` into an environment may have the toolkit already, and from elsewhere.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pluginkit.backends.protocol import Vendored
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package
from pluginkit.core.model import BuildPlan
from pluginkit.core.names import requirement_name
from pluginkit.core.toolkit import DIRECTORY
from pluginkit.core.toolkit import NAME as TOOLKIT


def vendored(plan: BuildPlan) -> tuple[Vendored, ...]:
    """Return what a release of `plan` holds beside what is built for it."""
    return tuple(_found(plan))


def runs_on_sources(lock: Lock) -> bool:
    """Return whether members need the toolkit, and have it neither from an index nor as a wheel in the workspace."""
    return _is_needed(lock) and not (lock.toolkit and lock.toolkit.path) and not _is_pinned(lock)


def _found(plan: BuildPlan) -> Iterator[Vendored]:
    for package in plan.lock.vendored:
        if package is not plan.lock.toolkit or _is_needed(plan.lock):
            kind = "toolkit" if package.name == TOOLKIT else "package"
            path = plan.workspace.root / package.path
            file = f"{DIRECTORY}/{path.name}" if kind == "toolkit" else path.name
            yield Vendored(package.name, kind, file, package.hashes[0], partial(_locked, path, package))
    if runs_on_sources(plan.lock):
        from pluginkit.backends.python.building.toolkit import FILE, running

        toolkit = running()
        yield Vendored(TOOLKIT, "toolkit", f"{DIRECTORY}/{FILE}", toolkit.digest(), toolkit.wheel)


def _is_needed(lock: Lock) -> bool:
    return any(requirement_name(line) == TOOLKIT for member in lock.members for line in member.requires)


def _is_pinned(lock: Lock) -> bool:
    return any(package.name == TOOLKIT for package in lock.packages)


def _locked(path: Path, package: Package) -> bytes:
    data = path.read_bytes()
    if sha256(data) != package.hashes[0]:
        raise PluginkitError(f"{path} is not the file that was locked", hint="restore it, or run `pluginkit lock`")
    return data
