"""Which wheels depend on nothing but the member's sources and the lock: equal inputs, equal bytes.

A build backend is a program and may read anything. Of a few it is known what they read as long as the member configures
nothing that runs code, so their wheels come from the previous release or from the cache where their inputs are the
same. There is a module for each of these. What is not known to be harmless is taken to be otherwise: then the backend
runs in every build. Other backends run in every build.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pluginkit.backends.python.hermetic.names import table

if TYPE_CHECKING:
    from pluginkit.backends.sources import Sources
    from pluginkit.core.model import Member

HATCHLING = "hatchling.build"
UV = "uv_build"
FLIT = "flit_core.buildapi"
SETUPTOOLS = "setuptools.build_meta"
POETRY = "poetry.core.masonry.api"
PDM = "pdm.backend"
STATELESS = (HATCHLING, UV)
"""Backends of which one process may build many wheels."""


def named_files(directory: Path, manifest: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the files of the member, and patterns of such, that its backend reads by their names.

    `manifest` is its pyproject.toml. None: more may be read than the sources, or code of the member may be run.
    """
    build = table(manifest, "build-system")
    if build.get("backend-path"):
        return None
    backend, tool = build.get("build-backend"), table(manifest, "tool")
    if backend == POETRY:
        from pluginkit.backends.python.hermetic import poetry

        return poetry.named_files(build, table(manifest, "project"), table(tool, "poetry"))
    project = table(manifest, "project")
    if not project:
        return None
    # Only the one that is needed is imported.
    if backend == HATCHLING:
        from pluginkit.backends.python.hermetic import hatchling

        return hatchling.named_files(directory, project, table(tool, "hatch"))
    if backend == UV:
        from pluginkit.backends.python.hermetic import uv

        return uv.named_files(project, table(table(tool, "uv"), "build-backend"))
    if backend == FLIT:
        from pluginkit.backends.python.hermetic import flit

        return flit.named_files(directory, build, project, table(tool, "flit"))
    if backend in (None, SETUPTOOLS):  # PEP 517 prescribes it where none is named
        from pluginkit.backends.python.hermetic import setuptools

        return setuptools.named_files(directory, build, project, tool)
    if backend == PDM:
        from pluginkit.backends.python.hermetic import pdm

        return pdm.named_files(directory, build, project, table(tool, "pdm"))
    return None


def is_covered(member: Member, sources: Sources) -> bool:
    """Return whether a wheel of `member` depends on nothing outside of `sources`."""
    if not (member.exact and sources.exact):
        return False
    if any(fnmatchcase(name, pattern) for name in sources.dropped for pattern in member.reads):
        return False
    if member.build_backend.startswith(SETUPTOOLS):  # it lists directories without files among the top-level packages
        return not _has_hollow(sources)
    return not (member.build_backend == POETRY and sources.is_ignored)  # it leaves out what git ignores


def _has_hollow(sources: Sources) -> bool:
    filled = {str(parent) for name in sources.files for parent in PurePosixPath(name).parents}
    return not filled.issuperset(sources.places)
