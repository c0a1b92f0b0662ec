"""The Builder for Go: everything by the go command, one main package an artifact."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.go.building import compiler
from pluginkit.backends.go.building import link as linking
from pluginkit.backends.go.building import seal as sealing
from pluginkit.backends.go.building.command import go_for, settings_file
from pluginkit.backends.go.building.packages import Closure, list_packages
from pluginkit.backends.go.building.targets import in_environment
from pluginkit.backends.go.project import manifests
from pluginkit.backends.go.toolchain import find_go
from pluginkit.backends.stamps import contract_of, inputs_of, materials_of
from pluginkit.core.api import Api
from pluginkit.core.errors import StaleLockError
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Lock, Member, Workspace
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.stamp import api_to_json


class GoBuilder:
    """Implements `backends.protocol.Builder`."""

    def prewarms(self, lock: Lock) -> str:
        """Return nothing: the go command starts in no time."""
        return ""

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool, static: bool = False) -> Lock:
        """Seal the toolchain, the digests of `go.mod` and `go.sum`, and the APIs. It is always `static`."""
        return sealing.seal(workspace, previous, upgrade=upgrade)

    def surroundings(self, workspace: Workspace, lock: Lock) -> Sequence[Path]:
        """Return what pins modules, the go command, and where other ones and C compilers would be found."""
        toolchain, settings = find_go(lock.toolchain["go"]), settings_file()
        processors = [platform.rpartition("/")[2] for platform in lock.platforms]
        tools = [toolchain.go, toolchain.goroot / "VERSION", *([settings] if settings else [])]
        return [*manifests(workspace.root), *tools, *compiler.candidates(processors)]

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        """Digest the APIs' files and compare them with what the lock sealed, for one target after the other."""
        in_environment(lock.platforms)
        return next(filter(None, (_stale(workspace, one) for one in lock.views())), "")

    def apis(self, workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
        """Read the surfaces of the APIs of the checkout; of several targets as the first has them."""
        go = go_for(workspace.root, lock.views()[0].toolchain)
        found = sealing.apis(go, workspace, list_packages(go, workspace))
        return tuple(api for api in found if workspace.member(api.name))

    def steps(self, workspace: Workspace, lock: Lock, sealed: str, members: Sequence[Member]) -> tuple[BuildStep, ...]:
        """Ask `go list` what hosts and plugins are made from; an API is not an artifact of its own."""
        go = go_for(workspace.root, lock.toolchain)
        closure = list_packages(go, workspace)
        reason = sealing.stale(closure, lock)
        if reason:
            raise StaleLockError(f"pluginkit.lock is out of date: {reason}", hint="run `pluginkit lock`")
        mains = [member for member in members if member.kind != "api"]
        linker = compiler.identity(go.toolchain.cc)
        return tuple(_step(workspace, lock, sealed, member, closure, linker) for member in mains)

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[SideEffect]]:
        """Compile what the steps share, then link and stamp them, `jobs` at a time."""
        return linking.build(plan, out, jobs=jobs, report=report) if plan.steps else {}

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Add nothing: hosts and plugins are copied, not installed."""


def _stale(workspace: Workspace, lock: Lock) -> str:
    return sealing.stale(list_packages(go_for(workspace.root, lock.toolchain), workspace), lock)


def _step(workspace: Workspace, lock: Lock, sealed: str, member: Member, closure: Closure, linker: str) -> BuildStep:
    path = closure.members[member.name]
    # What only plugins use has to be sealed in the host too: nothing else of Go's lies beside them.
    apis = lock.apis if member.kind == "host" else _apis_of(path, lock, closure)
    shared = [api.name for api in lock.apis if not closure.packages[api.name].module]
    # What is wrong with an API is wrong with all members, whether they import it or not.
    sources = {name: digest for one in (path, *shared) for name, digest in closure.sources(one).items()}
    own = {"package": path, "linker": linker, "modules": closure.modules(path)}
    names = [api.name for api in lock.apis]
    imported = _imported(path, names, closure) if member.kind == "plugin" else names
    contract = contract_of(workspace, member, [api for api in apis if api.name in imported])
    materials = materials_of(workspace, member, [api_to_json(api) for api in apis], lock.toolchain, own, contract)
    return BuildStep(
        member,
        workspace.root,
        apis,
        None,
        lock.toolchain,
        inputs=inputs_of(member, sealed, materials, sources),
        materials=materials,
        sources=sources,
        places=tuple(sorted({place for one in (path, *shared) for place in closure.places(one)})),
        listing=closure.packages[path].raw,
        nameable=_nameable(sorted(names, key=lambda name: (name != contract.api, name not in imported)), path, closure),
        contract=contract,
        sealed=sealed,
        target=lock.target,
    )


def _nameable(apis: Sequence[str], path: str, closure: Closure) -> dict[str, str]:
    """Return what types of a contract may name: the APIs, the packages that they import, then a plugin's own.

    Behind an alias there may be a type of a package that nobody imports: of all that the plugin needs, those are
    there whose name is theirs alone.
    """
    own = closure.packages[path]
    found: dict[str, str] = {}
    for name in [*apis, *(name for api in apis for name in closure.packages[api].imports), *own.imports]:
        package = closure.packages.get(name)
        if package and name not in ("unsafe", "C"):
            found.setdefault(package.name, name)
    needed = [closure.packages[name] for name in own.deps if name in closure.packages]
    named = Counter(package.name for package in needed)
    for package in needed:
        if named[package.name] == 1 and not {"internal", "vendor"} & set(package.path.split("/")):
            found.setdefault(package.name, package.path)
    return found


def _imported(path: str, apis: Sequence[str], closure: Closure) -> set[str]:
    """Return the APIs that a main package imports itself or by way of packages that are not APIs."""
    seen, ahead = {path}, [path]
    while ahead:
        package = closure.packages.get(ahead.pop())
        for name in package.imports if package and not package.standard else ():
            if name not in seen:
                seen.add(name)
                ahead += [] if name in apis else [name]
    return seen.intersection(apis)


def _apis_of(path: str, lock: Lock, closure: Closure) -> tuple[Api, ...]:
    deps: Mapping[str, None] = dict.fromkeys(closure.packages[path].deps)
    return tuple(api for api in lock.apis if api.name in deps)
