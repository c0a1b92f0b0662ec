"""uv_build: it has no hooks, and ships files of the member alone."""

from collections.abc import Mapping
from typing import Any

from pluginkit.backends.python.hermetic.names import (
    all_of,
    is_file_pattern,
    is_inside,
    is_literal,
    leaves,
    metadata_files,
)

_KEYS = frozenset((
    "data", "default-excludes", "module-name", "module-root", "namespace", "source-exclude", "source-include",
    "wheel-exclude",
))  # fmt: skip


def named_files(project: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where its settings lead elsewhere, or are not known."""
    if project.get("dynamic") or not is_literal(project) or set(settings) - _KEYS:
        return None
    if not all(name is True or is_inside(name) for name in leaves(settings)):
        return None
    return all_of(metadata_files(project), is_file_pattern)
