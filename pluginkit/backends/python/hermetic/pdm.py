"""pdm-backend: without hooks it ships the packages, or what `includes` names, of the member."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pluginkit.backends.python.hermetic.names import (
    all_of,
    is_file_pattern,
    is_literal,
    is_source,
    listed,
    metadata_files,
    requires_only,
    table,
)

_BUILD = frozenset(("editable-backend", "excludes", "includes", "package-dir", "source-includes"))
_HOOK = "pdm_build.py"


def named_files(
    directory: Path, build: Mapping[str, Any], project: Mapping[str, Any], pdm: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where it has hooks, or its configuration leads elsewhere."""
    settings, version = table(pdm, "build"), table(pdm, "version")
    if set(settings) - _BUILD or not requires_only(build, "pdm-backend") or not is_literal(project):
        return None
    if (directory / _HOOK).exists() or any((directory / name / "__init__.py").exists() for name in ("build", "dist")):
        return None
    dynamic = project.get("dynamic", [])
    if dynamic and (dynamic != ["version"] or version.get("source") != "file" or set(version) - {"source", "path"}):
        return None
    selected = [*listed(settings.get("includes")), *listed(settings.get("source-includes"))]
    place = settings.get("package-dir", "") in ("", ".") or is_source(settings["package-dir"])
    if not place or not all(map(is_source, selected)):
        return None
    named = [*metadata_files(project), *listed(version.get("path") if dynamic else ""), "*.py"]
    return all_of(named, is_file_pattern)
