"""Workspace -> Lock: resolve and seal, or tell why the lock at hand no longer fits."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from pluginkit import __version__
from pluginkit.backends.builders import builder
from pluginkit.backends.members import members
from pluginkit.backends.stamps import as_stamped
from pluginkit.backends.steps import refuse_small_step, refuse_two_versions
from pluginkit.core.api import Api
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.files import write_atomic
from pluginkit.core.lock import Lock, LockedMember, Package
from pluginkit.core.lockfile import NAME, read_lock, to_bytes
from pluginkit.core.model import Member, Workspace
from pluginkit.core.target import cgo_of, platform_of
from pluginkit.core.toolkit import DIRECTORY, STEM
from pluginkit.core.toolkit import NAME as TOOLKIT


def lock(
    workspace: Workspace, *, upgrade: bool = False, allow_same_version: bool = False, static: bool = False
) -> Lock:
    """Resolve every pin and digest of `workspace`, keeping the versions locked before unless `upgrade`.

    With `static` no build backend runs. Raises PluginkitError when requirements conflict, when an API has two versions
    in its own files, when it changed and its version did not, or not by a step as large as its changes ask for (unless
    `allow_same_version`), and for what only a backend knows.
    """
    previous = read_lock(workspace.root / NAME)[0] if (workspace.root / NAME).is_file() else None
    made = _with_toolkit(
        workspace, builder(workspace.language).lock(workspace, previous, upgrade=upgrade, static=static)
    )
    made = replace(made, release=workspace.release)
    for api in made.apis:
        refuse_two_versions(workspace, api)
    for sealed, api in _changed(previous, made) if previous and not allow_same_version else ():
        refuse_small_step(workspace, sealed, api)
    return made


def _changed(previous: Lock, made: Lock) -> Iterator[tuple[Api, Api]]:
    """Yield each API whose bytes are not those of before, as it was and as it is; of targets, where both have one."""
    before = {platform_of(one.toolchain): one for one in previous.views()}
    for lock in made.views():
        old = before.get(platform_of(lock.toolchain))
        for api in lock.apis if old else ():
            sealed = old.api(api.name) if old else None
            if sealed and sealed.digest != api.digest:
                yield sealed, api


def write(workspace: Workspace, made: Lock) -> bool:
    """Write the lock file in one rename; return False when it already said just that."""
    path, data = workspace.root / NAME, to_bytes(made)
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True


def current(workspace: Workspace) -> tuple[Lock, bytes]:
    """Return the workspace's lock and its bytes.

    Raises StaleLockError when there is none or the members' own files have changed since, and PluginkitError where the
    sources of a member are gone: no build leaves one out that `lock` was not told of. That the APIs' bytes are still
    those it sealed is held against it by whoever builds them.
    """
    path = workspace.root / NAME
    if not path.is_file():
        raise StaleLockError(f"{path}: no such file", hint="write it with `pluginkit lock`")
    sealed, data = read_lock(path)
    if sealed.toolkit:
        _refuse_other_toolkit(workspace, sealed.toolkit, f"{NAME} is sealed for", StaleLockError)
    _refuse_lost(workspace, sealed)
    reason = _difference(workspace, sealed) or _moved(workspace, sealed)
    if reason:
        raise StaleLockError(f"{NAME} is out of date: {reason}", hint="run `pluginkit lock`")
    return sealed, data


def check(workspace: Workspace) -> None:
    """Raise StaleLockError unless the lock describes the workspace, the bytes of its APIs included."""
    sealed, _ = current(workspace)
    reason = builder(workspace.language).stale(workspace, sealed)
    if reason:
        raise StaleLockError(f"{NAME} is out of date: {reason}", hint="run `pluginkit lock`")


def doubtful(workspace: Workspace, made: Lock) -> tuple[str, ...]:
    """Return what is doubtful of a new lock: no plugins, APIs that are not whole, packages that this tree has too."""
    places = members(workspace.language).projects(workspace.root)
    from_index = tuple(
        f"{package.name} {package.version} comes from an index, though this tree has it in {places[package.name]}: "
        f"add {places[package.name]!r} to `api` to build it from there"
        for package in made.packages
        if package.name in places and workspace.member(package.name) is None
    )
    return (*without_plugins(workspace), *_not_whole(made), *from_index)


def _not_whole(made: Lock) -> Iterator[str]:
    """Yield a warning for each API of which the lock seals one of several versions, or stamps have no surface."""
    for api, stamped in zip(made.apis, as_stamped(made.apis), strict=True):
        pins = [f"{one.version} ({one.marker})" for one in made.packages if one.name == api.name and one.marker]
        if len(pins) > 1:
            yield (
                f"{api.label} is sealed, and the lock has {', '.join(pins)}: hosts with another of them refuse the "
                "plugins; narrow `requires-python` of the members, or require one version"
            )
        if api.surface and not stamped.surface:
            yield f"the surface of {api.label} is too large for a stamp: refusals will not say what changed of it"


def without_plugins(workspace: Workspace) -> tuple[str, ...]:
    """Return a warning where no member is a plugin; nothing would be compared with a host."""
    if any(member.kind == "plugin" for member in workspace.members):
        return ()
    return ("the workspace has no plugins: `plugins` of its configuration names no project that is not a host or API",)


def _with_toolkit(workspace: Workspace, made: Lock) -> Lock:
    """Seal the toolkit: its wheel in the workspace, the version that an index gave, or the one that is running."""
    pinned = next((package for package in made.packages if package.name == TOOLKIT), None)
    toolkit = pinned or _wheel(workspace) or Package(TOOLKIT, __version__, ())
    _refuse_other_toolkit(workspace, toolkit, "the workspace takes", PluginkitError)
    if not toolkit.path:
        return replace(made, toolkit=Package(TOOLKIT, toolkit.version, ()))
    return replace(made, toolkit=toolkit, packages=tuple(one for one in made.packages if one is not pinned))


def _wheel(workspace: Workspace) -> Package | None:
    found = sorted((workspace.root / DIRECTORY).glob(f"{STEM}-*.whl"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise PluginkitError(f"{workspace.root / DIRECTORY} has several wheels of {TOOLKIT}: {names}", hint="keep one")
    for path in found:
        return Package(TOOLKIT, path.name.split("-")[1], (sha256(path.read_bytes()),), path=f"{DIRECTORY}/{path.name}")
    return None


def _refuse_other_toolkit(
    workspace: Workspace, toolkit: Package, said: str, error: Callable[..., PluginkitError]
) -> None:
    """Raise an `error` where the toolkit that is running is of another version."""
    if toolkit.version == __version__:
        return
    own, upgrade = f"{TOOLKIT}[build]=={toolkit.version}", "pluginkit lock"
    if toolkit.path:
        own, upgrade = f"{workspace.root / toolkit.path}[build]", "pluginkit lock --upgrade"
    elif (workspace.root / "uv.lock").is_file():
        upgrade = f"uv lock --upgrade-package {TOOLKIT}"
    raise error(
        f"{said} {TOOLKIT} {toolkit.version}, and {__version__} is running",
        hint=f"`pip install {shlex.quote(own)}` to use that one; `{upgrade}` to take this one",
    )


def _moved(workspace: Workspace, sealed: Lock) -> str:
    """Return which wheel in the workspace is not the one that was sealed, or nothing."""
    build = (package for environment in sealed.environments for package in environment.packages if package.path)
    for package in (*sealed.vendored, *build):
        try:
            found = sha256((workspace.root / package.path).read_bytes())
        except OSError as error:
            return f"{package.path}: {error.strerror}"
        if found != package.hashes[0]:
            return f"{package.path} changed\n  locked    {package.hashes[0]}\n  found     {found}"
    return ""


def _refuse_lost(workspace: Workspace, sealed: Lock) -> None:
    """Raise PluginkitError where what was locked as a member has no readable sources in its directory any more."""
    left = left_out(workspace, sealed) if sealed.language == workspace.language else ()
    lost = [(member, reason) for member in left if (reason := _why_unreadable(workspace, member))]
    if not lost:
        return
    listed = "".join(f"\n  {member.name}: {reason}" for member, reason in lost)
    one = len(lost) == 1
    raise PluginkitError(
        f"{len(lost)} member{'' if one else 's'} of {NAME} can no longer be found:{listed}",
        hint=f"put {'it' if one else 'them'} back, or run `pluginkit lock` to leave {'it' if one else 'them'} out",
    )


def left_out(workspace: Workspace, sealed: Lock) -> tuple[LockedMember, ...]:
    """Return the members of a lock whose names and directories are not those of any member now."""
    names = {member.name for member in workspace.members}
    paths = {member.path for member in workspace.members}
    return tuple(member for member in sealed.members if member.name not in names and member.path not in paths)


def _why_unreadable(workspace: Workspace, member: LockedMember) -> str:
    """Return what is wrong with the directory in which a member was; nothing where it can still be read."""
    reader, root = members(workspace.language), workspace.root
    try:
        if (root / member.path).is_dir():
            reader.read_member(root, member.path, member.kind)
            return ""
        reason = f"{member.path}: no such directory"
    except PluginkitError as error:
        reason = error.message.replace(f"{root}/", "")
    place = reader.projects(root).get(member.name, member.path)
    moved = "" if place == member.path else f"; it is in {place} now, which the configuration does not name"
    return f"{reason}{moved}"


def _other_settings(settings: Mapping[str, str], sealed: Lock) -> Iterator[str]:
    """Yield which settings are not those that were sealed, of any target; no lock seals the mode of plugins."""
    for name, value in settings.items():
        for one in sealed.views() if name not in ("targets", "mode") else ():
            wanted = cgo_of(value, platform_of(one.toolchain)) if name == "cgo" else value
            if one.toolchain.get(name, "") != wanted:
                yield f"{name} is {wanted!r} in the configuration, sealed was {one.toolchain.get(name, '')!r}"


def _difference(workspace: Workspace, sealed: Lock) -> str:
    if sealed.language != workspace.language:
        return f"it locks {sealed.language}, the workspace is {workspace.language}"
    if {api.name for api in sealed.apis} != set(workspace.apis):
        return f"it seals the APIs {_names(api.name for api in sealed.apis)}, configured are {_names(workspace.apis)}"
    wanted = workspace.settings.get("targets", "")
    if wanted != (",".join(sealed.platforms) if wanted or sealed.targets else ""):
        return f"targets are {wanted or 'not configured'}, sealed are {', '.join(sealed.platforms)}"
    for reason in _other_settings(workspace.settings, sealed):
        return reason
    if workspace.release != sealed.release:
        return f"release is {workspace.release or 'not counted'}, sealed was {sealed.release or 'none'}"
    pins = members(workspace.language).read_pins(workspace.root)
    for name in sorted(pins.keys() | sealed.files.keys()):
        if pins.get(name) != sealed.files.get(name):
            return f"{name} {'is gone' if name not in pins else 'changed' if name in sealed.files else 'is new'}"
    locked = {member.name: member for member in sealed.members}
    for member in workspace.members:
        reason = _member_difference(member, locked.pop(member.name, None))
        if reason:
            return f"{member.path} {reason}"
    if locked:
        return f"it has {_names(locked)}, which {'is not a member' if len(locked) == 1 else 'are not members'} any more"
    return ""


def _member_difference(member: Member, locked: LockedMember | None) -> str:
    if locked is None:
        return "is a new member"
    if (member.kind, member.path) != (locked.kind, locked.path):
        return f"was {locked.kind} in {locked.path}"
    if member.requires_python != locked.requires_python and "requires-python" not in member.dynamic:
        return f"requires Python {member.requires_python or 'any'}, locked was {locked.requires_python or 'any'}"
    if "dependencies" not in member.dynamic and member.requires != locked.requires:
        return f"has other dependencies: {_edit(locked.requires, member.requires)}"
    declared = dict(member.extras)
    for name, lines in locked.extras:
        if declared.get(name) != lines:
            return f"has another extra {name}: {_edit(lines, declared.get(name, ()))}"
    if member.build_requires != locked.build_requires:
        return f"has other build requirements: {_edit(locked.build_requires, member.build_requires)}"
    return ""


def _edit(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    gone = [f"- {line}" for line in old if line not in new]
    return ", ".join([*gone, *(f"+ {line}" for line in new if line not in old)]) or "another order"


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
