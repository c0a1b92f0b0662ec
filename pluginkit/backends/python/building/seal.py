"""What the lock seals of a Python workspace: pins, build closures, and each API's bytes and surface."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from pluginkit import __version__
from pluginkit.backends.python.building import forks, neighbours, resolve, tagged, uv_lock, within
from pluginkit.backends.python.building.contracts import check_named
from pluginkit.backends.python.building.environment import ensure
from pluginkit.backends.python.building.fetch import fetch
from pluginkit.backends.python.building.process_pool import ProcessPool
from pluginkit.backends.python.building.toolkit import running
from pluginkit.backends.python.building.workers import Worker, WorkerError
from pluginkit.backends.python.hermetic import STATELESS
from pluginkit.backends.python.local_wheels import LocalSources, local_sources
from pluginkit.backends.python.wheel.stamper import WheelFacts, wheel_facts
from pluginkit.core.api import Api
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.model import BuildEnvironment, Lock, LockedMember, Member, Package, Workspace
from pluginkit.core.names import is_of_extra, normalize, requirement_extras, requirement_name
from pluginkit.core.toolkit import NAME as TOOLKIT
from pluginkit.surface.python.reader import surface


def seal(workspace: Workspace, previous: Lock | None) -> Lock:
    """Resolve and digest everything, keeping the pins of `previous` where they still fit.

    Raises PluginkitError naming the members whose requirements conflict or whose backend fails.
    """
    python = resolve.python_floor(workspace.members)
    sources = local_sources(workspace.root, workspace.members)
    with _Workers(workspace) as workers:
        environments = tuple(_environments(workspace, sources, python, previous, workers))
        members = [_completed(member, workers) for member in workspace.members]
        packages = _packages(workspace, members, sources, python, previous)
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
    with _Workers(workspace) as workers:
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
    with _Workers(workspace) as workers:
        for member in found:
            if member.build_requires not in pinned:
                raise StaleLockError(
                    f"{member.path} has other build requirements than pluginkit.lock pins", hint="run `pluginkit lock`"
                )
        for requires in {member.build_requires for member in found}:
            workers.add(pinned[requires])
        told = [tagged.as_sealed(member, lock.api(member.name)) for member in found]
        return tuple(_member_api(member, workers) for member in told)


class _Workers:
    """One worker for each build environment, started when first needed."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self._stack = ExitStack()
        self._pythons: dict[tuple[str, ...], Path] = {}
        self._running: dict[tuple[str, ...], Worker] = {}
        self._scratch = Path()

    def __enter__(self) -> "_Workers":
        self._scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="pluginkit-")))
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def add(self, environment: BuildEnvironment) -> None:
        """Make sure `environment` is installed; forget a worker of the same requirements."""
        self._pythons[environment.requires] = ensure(environment, self._root)
        self._running.pop(environment.requires, None)

    def requires(self, member: Member) -> tuple[str, ...]:
        """Return what the backend of `member` needs beyond its build requirements."""
        with _naming(member):
            return self._worker(member).requires(member)

    def metadata(self, member: Member) -> str:
        """Return the METADATA that the backend computes for `member`."""
        with _naming(member):
            return self._worker(member).metadata(member)

    def version(self, member: Member) -> str:
        """Return the version that the backend computes for `member`."""
        return metadata_version(self.metadata(member))

    def wheel(self, member: Member) -> WheelFacts:
        """Build `member` and return what its wheel holds."""
        with _naming(member):
            path = self._worker(member).wheel(member)
        return wheel_facts(path, path.name)

    def _worker(self, member: Member) -> Worker:
        key = member.build_requires
        shared = member.build_backend in STATELESS and not member.backend_path
        if shared and key in self._running:
            return self._running[key]
        pool = ProcessPool(self._pythons[key])
        self._stack.callback(pool.end)
        worker = Worker(pool, self._root, self._scratch / f"{len(self._running)}-{member.name}")
        self._stack.enter_context(worker)
        if shared:
            self._running[key] = worker
        return worker


@contextmanager
def _naming(member: Member) -> Iterator[None]:
    try:
        yield
    except WorkerError as error:
        raise PluginkitError(f"{member.path}: its build backend failed\n{error}") from None


def _environments(
    workspace: Workspace, sources: LocalSources, python: str, previous: Lock | None, workers: _Workers
) -> Iterator[BuildEnvironment]:
    """Pin one closure for each distinct set of build requirements, what the backends ask for at run time included."""
    known = {env.requires: env.packages for env in previous.environments} if previous else {}
    groups: dict[tuple[str, ...], list[Member]] = {}
    for member in workspace.members:
        groups.setdefault(member.build_requires, []).append(member)
    for requires, members in sorted(groups.items()):
        preferences = known.get(requires, ())
        packages = resolve.compile_pins(workspace.root, requires, python, preferences, sources.wheels)
        workers.add(BuildEnvironment(requires, packages))
        further = sorted({line for member in members for line in workers.requires(member)} - set(requires))
        if further:
            packages = resolve.compile_pins(workspace.root, [*requires, *further], python, preferences, sources.wheels)
            workers.add(BuildEnvironment(requires, packages))
        yield BuildEnvironment(requires, packages)


def metadata_version(text: str) -> str:
    """Return the version that METADATA states."""
    from packaging.metadata import parse_email

    raw, _ = parse_email(text)
    return raw.get("version", "")


def _completed(member: Member, workers: _Workers) -> Member:
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
    workspace: Workspace, members: Sequence[Member], sources: LocalSources, python: str, previous: Lock | None
) -> tuple[Package, ...]:
    root = workspace.root
    names = {member.name for member in members}
    foreign = [name for name in workspace.apis if name not in names]
    neighbours.refuse_declared(root, members)
    given = within.bounded(_given(sources), workspace, names)
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
    workers: _Workers,
) -> Api:
    """Return what to seal of the API `name`: a locked dependency, or a member, `completed` by what its backend says."""
    member = workspace.member(name)
    if member is None:
        return _foreign_api(workspace, name, packages)
    if tagged.is_told(member, workers.version):
        computed = next(one.version for one in completed if one.name == name)
        sealed = previous.api(name) if previous else None
        return tagged.sealed_as(member, computed, sealed, lambda told: _member_api(told, workers))
    return _member_api(member, workers)


def _foreign_api(workspace: Workspace, name: str, packages: Sequence[Package]) -> Api:
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        found = fetch(forks.pin_of(name, packages), Path(scratch), workspace.root)
        return _as_api(name, found.version, found.files, found.modules, found.root)


def _member_api(member: Member, workers: _Workers) -> Api:
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        facts = workers.wheel(member)
        _unpack(facts.sources, Path(scratch))
        return _as_api(member.name, facts.version, facts.content_files, facts.modules, Path(scratch))


def _as_api(name: str, version: str, files: Iterable[tuple[str, str]], modules: tuple[str, ...], place: Path) -> Api:
    if not modules:
        raise PluginkitError(f"the API {name!r} ships no module", hint="a shared API is an importable package")
    return Api(name, version, content_digest(f"{name}@{version}", files), modules, surface(place, modules))


def _unpack(sources: Mapping[str, bytes], place: Path) -> None:
    for name, data in sources.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


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
