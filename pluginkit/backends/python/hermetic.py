"""Which wheels depend on nothing but the member's sources and the lock: equal inputs, equal bytes.

A build backend is a program and may read anything. Of hatchling without hooks, and of uv_build, it is known what they
read, so their wheels are taken from the release before, or from the cache, where their inputs are the same. What is not
known to be harmless is taken to be otherwise: then the backend runs in every build. Other backends run in every build.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HATCHLING = "hatchling.build"
UV = "uv_build"
STATELESS = (HATCHLING, UV)
"""Backends of which one process may build many wheels."""
_BUILD = frozenset(("exclude", "include", "only-include", "only-packages", "packages", "skip-excluded-dirs", "sources"))
_WHEEL = _BUILD | frozenset(("bypass-selection", "core-metadata-version", "strict-naming"))
_SELECTING = ("include", "only-include", "packages")
_UV = frozenset((
    "data", "default-excludes", "module-name", "module-root", "namespace", "source-exclude", "source-include",
    "wheel-exclude",
))  # fmt: skip
_OWN_HOOK = "pluginkit"
"""It does nothing while `pluginkit build` runs."""


def is_exact(directory: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether the backend, configured by `manifest` (a pyproject.toml), reads nothing outside the sources."""
    build, project, tool = (_table(manifest, key) for key in ("build-system", "project", "tool"))
    if build.get("backend-path") or not project:
        return False
    if build.get("build-backend") == UV:
        return _is_plain_uv(_table(_table(tool, "uv"), "build-backend")) and _is_static(project, {})
    hatch = _table(tool, "hatch")
    if build.get("build-backend") != HATCHLING or (directory / "hatch.toml").exists():
        return False
    plain = _is_plain(_table(hatch, "build"), _table(hatch, "metadata"))
    return plain and _is_static(project, _table(hatch, "version"))


def _is_plain_uv(settings: Mapping[str, Any]) -> bool:
    """Return whether uv_build ships files of the member alone: it has no hooks, and its metadata are all static."""
    named = [name for name in _leaves(settings) if name is not True]
    return not set(settings) - _UV and all(map(_is_inside, named))


def _is_static(project: Mapping[str, Any], version: Mapping[str, Any]) -> bool:
    """Return whether the metadata stand in the manifest, or in files of the member that it names."""
    dynamic = project.get("dynamic", [])
    if dynamic not in ([], ["version"]) or (dynamic and set(version) - {"path", "pattern"}):
        return False
    licence = project.get("license")
    named = [version.get("path", ""), *_files(project.get("readme")), *_files(licence if type(licence) is dict else "")]
    named += project.get("license-files") or []
    required = [*(project.get("dependencies") or []), *_leaves(project.get("optional-dependencies"))]
    # In requirements hatchling replaces what stands in braces, by variables of the environment too.
    return all(_is_inside(name) for name in named) and not any("{" in str(line) for line in required)


def _is_plain(build: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Return whether what is shipped is selected among the member's own files, and nothing is made or fetched."""
    targets = _table(build, "targets")
    wheel = _table(targets, "wheel")
    hooks = {**_table(build, "hooks"), **_table(wheel, "hooks")}
    if set(build) - _BUILD - {"hooks", "targets"} or set(wheel) - _WHEEL - {"hooks"} or set(hooks) - {_OWN_HOOK}:
        return False
    if set(metadata) - {"allow-direct-references", "allow-ambiguous-features"}:
        return False
    selected = [name for table in (build, wheel) for key in _SELECTING for name in table.get(key) or []]
    return all(_is_inside(name) for name in selected)


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _files(value: Any) -> list[Any]:
    """Return the file that a value names: a path, or a table with one."""
    return [value.get("file", "")] if isinstance(value, dict) else [value or ""]


def _leaves(value: Any) -> Iterator[Any]:
    for lines in value.values() if isinstance(value, dict) else ():
        if isinstance(lines, dict):
            yield from _leaves(lines)
        else:
            yield from lines if isinstance(lines, list) else [lines]


def _is_inside(name: Any) -> bool:
    return isinstance(name, str) and ".." not in name and not Path(name).is_absolute()
