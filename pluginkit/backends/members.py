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


LANGUAGES: dict[str, Reading] = {
    "python": Reading(python.is_project, python.read_member, normalize, lambda table: {}, lambda root: {}),
    "go": Reading(go.is_project, go.read_member, go.dependency_name, go.read_settings, go.read_pins),
}
