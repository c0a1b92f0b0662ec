"""What the lock seals of a Python workspace: pins, build closures, and each API's bytes and surface."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pluginkit import __version__
from pluginkit.backends.process import children_with
from pluginkit.backends.python.building import forks, neighbours, resolve, tagged, uv_lock, within
from pluginkit.backends.python.building.backends import Backends, as_api
from pluginkit.backends.python.building.contracts import check_named
from pluginkit.backends.python.building.fetch import fetch
from pluginkit.backends.python.building.toolkit import running
from pluginkit.backends.python.building.unbuilt import NOTHING_BUILT, Unbuilt
from pluginkit.backends.python.local_wheels import LocalSources, local_sources
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.lock import BuildEnvironment, Lock, LockedMember, Package
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import is_of_extra, normalize, requirement_extras, requirement_name
from pluginkit.core.toolkit import NAME as TOOLKIT


def seal(workspace: Workspace, previous: Lock | None, *, static: bool = False) -> Lock:
    """Resolve and digest everything, keeping the pins of `previous` where they still fit.

    With `static` nothing is built: no backend is run, nor is an sdist of a dependency built for its metadata.
    Raises PluginkitError naming the members whose requirements conflict or whose backend fails, or would have to run.
    """
    with children_with(NOTHING_BUILT if static else {}):
        return _sealed_lock(workspace, previous, Unbuilt(workspace, previous) if static else Backends(workspace))


def _sealed_lock(workspace: Workspace, previous: Lock | None, backends: Backends) -> Lock:
    python = resolve.python_floor(workspace.members)
    sources = local_sources(workspace.root, workspace.members)
    with backends as workers:
        environments = tuple(_environments(workspace, sources, python, previous, workers))
        members = [_completed(member, workers) for member in workspace.members]
        given = replace(_given(sources), static=backends.is_static)
        packages = _packages(workspace, members, given, python, previous)
        apis = [
            forks.known(name, packages, previous) or _sealed(workspace, name, members, packages, previous, workers)
            for name in workspace.apis
        ]
    check_named(workspace.contract, apis)
    asked = _asked(members)
    return Lock(
        language="python",
        toolchain={"python": f">={python}", **{name: text for name, text in workspace.settings.items() if text}},
        members=tuple(
            _locked(member, source, asked) for member, source in zip(members, workspace.members, strict=True)
        ),
        apis=tuple(sorted(apis, key=lambda api: api.name)),
        packages=packages,
        environments=environments,
    )


def stale(workspace: Workspace, lock: Lock) -> str:
    """Return which API's bytes are not those that `lock` sealed, or which pins uv.lock has others of; or nothing."""
    followed = uv_lock.is_followed(workspace.root, workspace.members)
    if followed and (reason := uv_lock.difference(workspace, lock)):
        return reason
    with Backends(workspace) as workers:
        for environment in lock.environments:
            workers.add(environment)
        for name in workspace.apis:
            member, api = workspace.member(name), lock.api(name)
            if member is None or api is None:
                continue  # a locked dependency: its hash holds its bytes
            found = workers.wheel(tagged.as_sealed(member, api)).content
            if found != api.digest:
                return f"the bytes of {api.label} changed\n  locked    {api.digest}\n  found     {found}"
    return ""


def apis(workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
    """Return the APIs that are members as they are now, built in the environments of `lock`.

    Raises StaleLockError where it has none for one of them.
    """
    found = [member for member in map(workspace.member, workspace.apis) if member]
    pinned = {environment.requires: environment for environment in lock.environments}
    with Backends(workspace) as workers:
        for member in found:
            if member.build_requires not in pinned:
                raise StaleLockError(
                    f"{member.path} has other build requirements than pluginkit.lock pins", hint="run `pluginkit lock`"
                )
        for requires in {member.build_requires for member in found}:
            workers.add(pinned[requires])
        told = [tagged.as_sealed(member, lock.api(member.name)) for member in found]
        return tuple(workers.api(member) for member in told)


def _environments(
    workspace: Workspace, sources: LocalSources, python: str, previous: Lock | None, workers: Backends
) -> Iterator[BuildEnvironment]:
    """Pin one closure for each distinct set of build requirements, what the backends ask for at run time included."""
    known = {env.requires: env.packages for env in previous.environments} if previous else {}
    groups: dict[tuple[str, ...], list[Member]] = {}
    for member in workspace.members:
        groups.setdefault(member.build_requires, []).append(member)
    pins = partial(resolve.compile_pins, wheels=sources.wheels, static=workers.is_static)
    for requires, members in sorted(groups.items()):
        preferences = known.get(requires, ())
        if workers.is_static and requires in known:
            yield BuildEnvironment(requires, known[requires])
            continue
        packages = pins(workspace.root, requires, python, preferences)
        workers.add(BuildEnvironment(requires, packages))
        further = sorted({line for member in members for line in workers.requires(member)} - set(requires))
        if further:
            packages = pins(workspace.root, [*requires, *further], python, preferences)
            workers.add(BuildEnvironment(requires, packages))
        yield BuildEnvironment(requires, packages)


def _completed(member: Member, workers: Backends) -> Member:
    """Ask the backend for what the member's own files leave open."""
    if not set(member.dynamic) & {"version", "dependencies", "optional-dependencies", "requires-python"}:
        return member
    from packaging.metadata import parse_email

    raw, _ = parse_email(workers.metadata(member))
    base = [line for line in raw.get("requires_dist", []) if not is_of_extra(line)]
    return replace(
        member,
        version=raw.get("version", ""),
        requires=tuple(base) if "dependencies" in member.dynamic else member.requires,
        requires_python=raw.get("requires_python", member.requires_python),
    )


def _packages(
    workspace: Workspace, members: Sequence[Member], given: resolve.Given, python: str, previous: Lock | None
) -> tuple[Package, ...]:
    root = workspace.root
    names = {member.name for member in members}
    foreign = [name for name in workspace.apis if name not in names]
    neighbours.refuse_declared(root, members)
    given = within.bounded(given, workspace, names)
    if uv_lock.is_followed(root, members):
        packages = uv_lock.follow(workspace, members, foreign, python, given)
        within.refuse_others(workspace, packages)
        return tuple(package for package in packages if package.name not in names)
    preferences = previous.packages if previous else ()
    try:
        packages = resolve.resolve_members(root, members, foreign, python, preferences, given)
    except PluginkitError as error:
        neighbours.refuse_unfound(root, members, error.message)
        raise
    return tuple(package for package in packages if package.name not in names)


def _given(sources: LocalSources) -> resolve.Given:
    """Return the wheels in the workspace, and the toolkit that is running: no other version of it is taken."""
    if TOOLKIT in sources.wheels:
        return resolve.Given(sources.wheels)
    if TOOLKIT not in sources.directories:
        return resolve.Given(sources.wheels, lines=[f"{TOOLKIT}=={__version__}"])
    toolkit = Member(TOOLKIT, "", "", __version__, running().requires())
    return resolve.Given(sources.wheels, [toolkit])


def _sealed(
    workspace: Workspace,
    name: str,
    completed: Sequence[Member],
    packages: Sequence[Package],
    previous: Lock | None,
    workers: Backends,
) -> Api:
    """Return what to seal of the API `name`: a locked dependency, or a member, `completed` by what its backend says."""
    member = workspace.member(name)
    if member is None:
        return _foreign_api(workspace, name, packages, static=workers.is_static)
    if tagged.is_told(member, workers.version):
        computed = next(one.version for one in completed if one.name == name)
        sealed = previous.api(name) if previous else None
        return tagged.sealed_as(member, computed, sealed, lambda told: workers.api(told))
    return workers.api(member)


def _foreign_api(workspace: Workspace, name: str, packages: Sequence[Package], *, static: bool) -> Api:
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        found = fetch(forks.pin_of(name, packages), Path(scratch), workspace.root, static=static)
        return as_api(name, found.version, found.files, found.modules, found.root)


def _asked(members: Sequence[Member]) -> set[tuple[str, str]]:
    """Return the (member, extra) that requirements of members ask for, those of such extras included."""
    asked: set[tuple[str, str]] = set()
    extras = {(one.name, normalize(name)): lines for one in members for name, lines in one.extras}
    ahead = [line for member in members for line in member.requires]
    while ahead:
        line = ahead.pop()
        for extra in {(requirement_name(line), name) for name in requirement_extras(line)} - asked:
            asked.add(extra)
            ahead += extras.get(extra, ())
    return asked


def _locked(member: Member, source: Member, asked: set[tuple[str, str]]) -> LockedMember:
    return LockedMember(
        name=member.name,
        kind=member.kind,
        path=member.path,
        requires=member.requires,
        requires_python=source.requires_python or member.requires_python,
        build_requires=member.build_requires,
        extras=tuple(one for one in member.extras if (member.name, normalize(one[0])) in asked),
    )
