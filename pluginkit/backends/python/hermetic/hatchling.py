"""hatchling: without hooks it ships a selection of the member's own files, and makes and fetches nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pluginkit.backends.python.hermetic.names import (
    all_of,
    is_file_pattern,
    is_inside,
    is_literal,
    listed,
    metadata_files,
    table,
)
from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import read_toml

_BUILD = frozenset(("exclude", "include", "only-include", "only-packages", "packages", "skip-excluded-dirs", "sources"))
_WHEEL = _BUILD | frozenset(("bypass-selection", "core-metadata-version", "strict-naming"))
_SELECTING = ("include", "only-include", "packages")
_OWN_HOOK = "pluginkit"
"""It does nothing while `pluginkit build` runs."""


def named_files(directory: Path, project: Mapping[str, Any], hatch: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where it has hooks, or its configuration leads elsewhere."""
    own = _own_file(directory / "hatch.toml")
    if own is None:
        return None
    hatch = {**hatch, **own}
    if not _is_plain(table(hatch, "build"), table(hatch, "metadata")):
        return None
    dynamic, version = project.get("dynamic", []), table(hatch, "version")
    if dynamic not in ([], ["version"]) or (dynamic and set(version) - {"path", "pattern"}):
        return None
    # In requirements it replaces what stands in braces, by variables of the environment too.
    if not is_literal(project):
        return None
    return all_of([*metadata_files(project), *listed(version.get("path"))], is_file_pattern)


def _own_file(path: Path) -> Mapping[str, Any] | None:
    """Return what `hatch.toml` says, whose tables replace those of pyproject.toml; None where it is not readable."""
    if not path.exists():
        return {}
    try:
        return read_toml(path).values
    except PluginkitError:
        return None


def _is_plain(build: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    wheel = table(table(build, "targets"), "wheel")
    hooks = {**table(build, "hooks"), **table(wheel, "hooks")}
    if set(build) - _BUILD - {"hooks", "targets"} or set(wheel) - _WHEEL - {"hooks"} or set(hooks) - {_OWN_HOOK}:
        return False
    if set(metadata) - {"allow-direct-references", "allow-ambiguous-features"}:
        return False
    return all(is_inside(name) for one in (build, wheel) for key in _SELECTING for name in listed(one.get(key)))
