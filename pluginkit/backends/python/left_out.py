"""Modules that a wheel lacks though its member has the source: where that is, and why the build backend left it out."""

from __future__ import annotations

from collections.abc import Container, Iterator
from fnmatch import fnmatch
from pathlib import Path

from pluginkit.backends.python.foreign import foreign_imports
from pluginkit.backends.python.ignore_files import ignore_files
from pluginkit.core.frozen import replace
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name
from pluginkit.core.verdict import Evidence, Import, LeftOut

_HATCH = "[tool.hatch.build.targets.wheel]"
_HINTS = {
    "hatchling": f"correct `packages`, `only-include` or `exclude` in {_HATCH} of {{manifest}}",
    "setuptools": "name {module} in `packages` of [tool.setuptools] in {manifest}, or let it be found by "
    "[tool.setuptools.packages.find], which wants an __init__.py in each package",
    "flit_core": "name the package that contains it in [tool.flit.module] of {manifest}; a wheel of flit has one",
    "flit_scm": "name the package that contains it in [tool.flit.module] of {manifest}; a wheel of flit has one",
    "poetry": "name it in `packages` or `include` in [tool.poetry] of {manifest}; what git ignores is left out",
    "pdm": "correct `includes` or `excludes` in [tool.pdm.build] of {manifest}",
    "uv_build": "correct `module-name` or `wheel-exclude` in [tool.uv.build-backend] of {manifest}",
    "maturin": "correct `python-packages` or `exclude` in [tool.maturin] of {manifest}",
    "scikit_build_core": "name it in `wheel.packages` in [tool.scikit-build] of {manifest}",
}
"""By the first part of the backend's module."""
_OTHER = "tell {backend}, the build backend in {manifest}, to take it along"


def with_left_out(root: Path, member: Member, evidence: Evidence, names: Container[str] = ()) -> Evidence:
    """Return what is known of a wheel of `member`, with the sources of modules that it lacks.

    Beside those that its code imports these are the modules of entry points. What is nowhere in the member's directory
    was never there. Of a plugin that requires only members, which have `names`, also what it imports of others.
    """
    if member.kind == "plugin" and all(requirement_name(line) in names for line in evidence.requires):
        evidence = replace(evidence, foreign=foreign_imports(root / member.path, evidence))
    lacking = {one.module for one in evidence.absent}
    lacking |= {one.reference.partition(":")[0] for one in evidence.factories if not one.shipped}
    own = [one for one in _entry_points(member) if one.module not in lacking and not _is_in(one.module, evidence)]
    found = {
        module: LeftOut(source.relative_to(root).as_posix(), _hint(root, member, module, source))
        for module in sorted(lacking | {one.module for one in own})
        if (source := _source(root / member.path, module))
    }
    more = tuple(one for one in own if one.module in found)
    return replace(evidence, absent=(*evidence.absent, *more), left_out=found) if found else evidence


def _entry_points(member: Member) -> Iterator[Import]:
    """Yield the modules that a member's scripts and entry points name, each once."""
    named = {reference.partition(":")[0].partition("[")[0].strip(): name for _, name, reference in member.entry_points}
    yield from (Import(module, f"{member.path}/pyproject.toml", 0) for module in named)


def _is_in(module: str, evidence: Evidence) -> bool:
    base = module.replace(".", "/")
    return any(path.startswith((f"{base}.", f"{base}/")) for path in evidence.files)


def _source(directory: Path, module: str) -> Path | None:
    """Return the source of a module: in the member's directory, or in one right below it, as `src` is."""
    base = module.replace(".", "/")
    try:
        inside = sorted(one for one in directory.iterdir() if one.is_dir() and not one.name.startswith("."))
        places = (directory, directory / "src", *inside)
        candidates = (place / f"{base}{end}" for place in places for end in ("/__init__.py", ".py"))
        return next((path for path in candidates if path.is_file()), None)
    except (OSError, ValueError):
        return None


def _hint(root: Path, member: Member, module: str, source: Path) -> str:
    backend = member.build_backend.partition(".")[0].partition(":")[0] or "setuptools"
    manifest = f"{member.path}/pyproject.toml"
    if backend == "hatchling" and (ignored := _ignored_by(root / member.path, source)):
        place, pattern = ignored
        artifact = source.parent if source.name == "__init__.py" else source
        shown = place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)
        inside = artifact.relative_to(root / member.path).as_posix()
        return (
            f"{shown} ignores it by {pattern!r}, and hatchling leaves out what is ignored: correct that, or add "
            f'`artifacts = ["{inside}"]` to {_HATCH} of {manifest}'
        )
    return _HINTS.get(backend, _OTHER).format(module=module, manifest=manifest, backend=backend)


def _ignored_by(directory: Path, source: Path) -> tuple[Path, str] | None:
    """Return the ignore file and the pattern in it that names a source, or a directory around it."""
    for place in ignore_files(directory):
        try:
            lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        parts = source.relative_to(place.parent).parts
        for line in map(str.strip, lines):
            if line and not line.startswith(("#", "!")) and _names(line, parts):
                return place, line
    return None


def _names(pattern: str, parts: tuple[str, ...]) -> bool:
    """Return whether a line of an ignore file names a path or a directory that it is in; `**` is as `*`."""
    bare = pattern.strip("/").removeprefix("**/").removesuffix("/**").removesuffix("/*")
    if "/" not in bare and not pattern.startswith("/"):
        return any(fnmatch(part, bare) for part in parts)
    return any(fnmatch("/".join(parts[:depth]), bare) for depth in range(1, len(parts) + 1))
