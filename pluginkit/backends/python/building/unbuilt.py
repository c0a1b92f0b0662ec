"""What is known of members without running a build backend, for `pluginkit lock --no-build`; the rest is refused."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.python.apis import layout, sources
from pluginkit.backends.python.building.backends import Backends, as_api
from pluginkit.backends.python.hermetic import FLIT, HATCHLING, PDM, SETUPTOOLS, UV
from pluginkit.backends.python.hermetic.names import table
from pluginkit.backends.sources import list_sources
from pluginkit.core import files
from pluginkit.core.api import Api
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import BuildEnvironment, Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.toml import read_toml

NOTHING_BUILT = {"UV_NO_BUILD": "1", "UV_PYTHON": sys.executable, "UV_PROJECT_ENVIRONMENT": f"{os.devnull}/none"}
"""Variables of uv, by which it builds no sdist, and asks no interpreter that lies in the workspace what it is."""
_COMPUTED = ("version", "dependencies", "optional-dependencies", "requires-python")


class Unbuilt(Backends):
    """Stands in for the backends of a workspace; raises PluginkitError for what only they know."""

    is_static = True

    def __init__(self, workspace: Workspace, previous: Lock | None) -> None:
        super().__init__(workspace)
        self._previous = previous

    def add(self, environment: BuildEnvironment) -> None:
        """Install nothing."""

    def requires(self, member: Member) -> tuple[str, ...]:
        """Return nothing, where it is known that the backend of `member` needs no more than is declared."""
        if not member.exact:
            raise _unknown(member, "what it needs beyond [build-system] requires")
        return ()

    def metadata(self, member: Member) -> str:
        """Refuse: it is dynamic."""
        fields = " and ".join(name for name in _COMPUTED if name in member.dynamic)
        raise _unknown(member, f"its dynamic {fields}", f"write {fields} in [project] of {member.path}/pyproject.toml")

    def api(self, member: Member) -> Api:
        """Return what to seal of the API that `member` is, by its sources: its wheel has these files.

        That is what the lock has of it already where its bytes are the same.
        """
        found = next(iter(sources.locate(self._root / member.path)), None)
        hashed = [(name, files.digest(path)) for name, path in layout.files(found.root, found.modules)] if found else []
        sealed = self._previous.api(member.name) if self._previous else None
        if sealed and _digest(member, hashed) == sealed.digest:
            return sealed
        if found is None or not self._ships(member, [name for name, _ in hashed], found.root):
            raise _unknown(member, "which files its wheel has")
        return as_api(member.name, member.version, hashed, found.modules, found.root)

    def _ships(self, member: Member, names: Sequence[str], place: Path) -> bool:
        """Return whether it is certain that the wheel of an API has these files of its packages, and no others.

        That is so where its backend is left to find packages, and where git ignores none of the files.
        """
        manifest = read_toml(self._root / member.path / "pyproject.toml").values
        plain = _PLAIN.get(member.build_backend)
        if not member.exact or plain is None or not plain(table(manifest, "tool")):
            return False
        listed = list_sources(self._root)
        paths = {os.path.relpath(place / name, self._root) for name in names}
        only_code = member.build_backend != SETUPTOOLS or all(name.endswith(".py") for name in names)
        return only_code and (listed is None or listed.issuperset(paths))


def _is_plain_hatch(tool: Mapping[str, Any]) -> bool:
    build = table(table(tool, "hatch"), "build")
    wheel = table(table(build, "targets"), "wheel")
    return build in ({}, {"targets": {"wheel": wheel}}) and set(wheel) <= {"packages"}


_PLAIN: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    HATCHLING: _is_plain_hatch,
    UV: lambda tool: set(table(table(tool, "uv"), "build-backend")) <= {"module-root", "module-name"},
    FLIT: lambda tool: "flit" not in tool,
    PDM: lambda tool: "build" not in table(tool, "pdm"),
    SETUPTOOLS: lambda tool: "setuptools" not in tool,
}
"""By backend, whether what a manifest says for it leaves it all files of the packages, and no others."""


def _digest(member: Member, hashed: list[tuple[str, str]]) -> str:
    try:
        return content_digest(f"{member.name}@{member.version}", hashed)
    except ValueError:  # names that no wheel may have
        return ""


def _unknown(member: Member, what: str, way: str = "") -> PluginkitError:
    backend = member.build_backend.partition(":")[0] or "setuptools"
    return PluginkitError(
        f"{member.path}: {what}: only its build backend ({backend}) knows, and with --no-build none is run",
        hint=f"{way}, or run `pluginkit lock`, which runs it" if way else "`pluginkit lock` runs it",
    )
