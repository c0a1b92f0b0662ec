"""The pins of a workspace's own `uv.lock`: those of its members' closure, and of nothing else in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from pluginkit.backends.process import run
from pluginkit.backends.python.building import resolve
from pluginkit.backends.python.building.resolve import Given
from pluginkit.backends.python.building.uv import uv
from pluginkit.backends.python.local_wheels import projects_named
from pluginkit.backends.python.survey import uv_workspace
from pluginkit.core.config import CONFIG
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import normalize, requirement_name

NAME = "uv.lock"


def is_followed(root: Path, members: Iterable[Member]) -> bool:
    """Return whether there is a `uv.lock` that is about any of `members`, not about the tools of the root alone."""
    if not (root / NAME).is_file():
        return False
    members = list(members)
    return bool(_inside(root, members) or projects_named(root) & {member.name for member in members})


def follow(
    workspace: Workspace, members: Sequence[Member], extra: Sequence[str], python: str, given: Given
) -> tuple[Package, ...]:
    """Return the pins of the closure of `members`; `given` are the wheels and projects of the workspace.

    What the configuration says is `published` is resolved from the index instead, beside the other pins.
    Raises PluginkitError where `uv.lock` is stale, lacks something, or takes it from elsewhere than an index.
    """
    root = workspace.root
    pins, elsewhere = _exported(root, members, given.wheels.values(), static=given.static)
    outside = {normalize(requirement_name(line)): line for line in elsewhere}
    wanted = {name for name in outside if _is_published(workspace, name)}
    if outside.keys() - wanted:
        raise _not_of_an_index(workspace, members, extra, python, given, pins, outside)
    if wanted:
        return _published(root, members, extra, python, given, pins)
    _refuse_uncovered(members, pins, given)
    return pins


def difference(workspace: Workspace, lock: Lock) -> str:
    """Return which pins `uv.lock` has otherwise than `lock`, or nothing; what is `published` it does not decide."""
    names = {member.name for member in workspace.members}
    pins, elsewhere = _exported(workspace.root, workspace.members, ())
    pinned = {package for package in pins if package.name not in names}
    sealed = {package for package in lock.packages if not package.path}
    if elsewhere:
        common = {one.name for one in pinned} & {one.name for one in sealed}
        # Which of them are wanted, and for which markers, follows from the published releases.
        both = (pinned, sealed)
        pinned, sealed = ({replace(one, marker="") for one in group if one.name in common} for group in both)
    differing = sorted({f"{one.name} {one.version}" for one in pinned ^ sealed})
    return f"{NAME} has other pins: {', '.join(differing)}" if differing else ""


def _exported(
    root: Path, members: Sequence[Member], wheels: Iterable[Package], *, static: bool = False
) -> tuple[tuple[Package, ...], tuple[str, ...]]:
    """Return the pins that `uv export` gives for `members`, and its lines for what does not come from an index.

    With `static` the file is taken as it is: to see whether it is up to date, uv runs backends.
    """
    inside = [part for member in _inside(root, members) for part in ("--package", member.name)]
    command: list[str | Path] = [uv(), "export", "--frozen" if static else "--locked", *(inside or ["--all-packages"])]
    command += ["--no-emit-workspace", "--no-default-groups", *resolve.PLAIN, "--format", "requirements-txt"]
    done = run(command, cwd=root)
    if done.status != 0:
        raise PluginkitError(
            f"{NAME} cannot be followed: {resolve.cause(done)}", hint=f"run `uv lock`, or remove {NAME}"
        )
    return resolve.read_pins(done.stdout, wheels)


def _inside(root: Path, members: Iterable[Member]) -> list[Member]:
    """Return those of `members` that `uv.lock` in `root` has as members too."""
    paths = uv_workspace(root)
    return [member for member in members if member.path in (frozenset((".",)) if paths is None else paths)]


def _refuse_uncovered(members: Sequence[Member], packages: Iterable[Package], given: Given) -> None:
    """Raise PluginkitError when a member needs a package that `uv.lock` does not pin."""
    pinned = {package.name for package in packages} | {one.name for one in (*members, *given.projects)}
    for member in members:
        for requirement in member.requires:
            if requirement_name(requirement) not in pinned:
                raise PluginkitError(
                    f"{NAME} pins nothing for {requirement!r} of {member.path}",
                    hint=f"make it a member of the uv workspace and run `uv lock`, or remove {NAME}",
                )


def _is_published(workspace: Workspace, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in workspace.settings.get("published", "").split())


def _published(
    root: Path,
    members: Sequence[Member],
    extra: Sequence[str],
    python: str,
    given: Given,
    pins: Sequence[Package],
) -> tuple[Package, ...]:
    """Resolve `members` by the pins of `uv.lock`, and what it has no pin for from the index."""
    lines = [f"{one.name}=={one.version}" + (f" ; {one.marker}" if one.marker else "") for one in pins if not one.path]
    found = resolve.resolve_members(root, members, extra, python, pins, replace(given, lines=(*given.lines, *lines)))
    known = {(one.name, one.version): one.hashes for one in pins}
    return tuple(replace(one, hashes=known.get((one.name, one.version), one.hashes)) for one in found)


def _not_of_an_index(
    workspace: Workspace,
    members: Sequence[Member],
    extra: Sequence[str],
    python: str,
    given: Given,
    pins: Sequence[Package],
    outside: Mapping[str, str],
) -> PluginkitError:
    """Return what to raise for packages that members need and that are not releases; it says whether there are any."""
    lines = [f"  {line}{_asked_by(members, name)}" for name, line in sorted(outside.items())]
    told = f"{NAME} takes from elsewhere what only a package index has with a hash\n" + "\n".join(lines)
    try:
        _published(workspace.root, members, extra, python, given, pins)
    except PluginkitError as error:
        return PluginkitError(
            f"{told}\nand their published releases do not fit: {error.message}",
            hint="lock a state of the repository whose requirements are published, or make them members",
        )
    table = "[python] of pluginkit.toml" if (workspace.root / CONFIG).is_file() else "[tool.pluginkit.python]"
    line = f"published = {json.dumps(sorted(outside))}"
    return PluginkitError(told, hint=f"their published releases fit: to lock those, write `{line}` under {table}")


def _asked_by(members: Sequence[Member], name: str) -> str:
    asking = [member.path for member in members if name in map(requirement_name, member.requires)]
    more = f" and {len(asking) - 3} more" if len(asking) > 3 else ""
    return f" (for {', '.join(asking[:3])}{more})" if asking else ""
