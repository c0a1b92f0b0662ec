"""How the members of each language are read: by looking at files, never by starting a tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.go import project as go
from pluginkit.backends.python import project as python
from pluginkit.core.model import Member
from pluginkit.core.names import normalize
from pluginkit.core.toml import Table


@dataclass(frozen=True, slots=True)
class Reading:
    """What differs by language when a workspace is discovered."""

    is_project: Callable[[Path], bool]
    """What a pattern of the configuration may match."""
    member: Callable[[Path, str, str], Member]
    """(root, path, kind) -> Member."""
    dependency: Callable[[str], str]
    """The name of an API that is no directory of the workspace."""
    settings: Callable[[Table], Mapping[str, str]]
    """The language's own table of the configuration."""
    pins: Callable[[Path], Mapping[str, str]]
    """Files of a root that pin dependencies, with their sha256."""
    projects: Callable[[Path], Mapping[str, str]]
    """What a tree has sources of, members or not: name and directory."""


def _python_projects(root: Path) -> Mapping[str, str]:
    from pluginkit.backends.python.survey import directories

    return directories(root)


LANGUAGES: dict[str, Reading] = {
    "python": Reading(
        is_project=python.is_project,
        member=python.read_member,
        dependency=normalize,
        settings=lambda table: {},
        pins=lambda root: {},
        projects=_python_projects,
    ),
    "go": Reading(
        is_project=go.is_project,
        member=go.read_member,
        dependency=go.dependency_name,
        settings=go.read_settings,
        pins=go.read_pins,
        projects=lambda root: {},
    ),
}
