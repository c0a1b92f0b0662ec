"""The Builder for Go: everything by the go command, one main package an artifact."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.go.building import compiler
from pluginkit.backends.go.building import link as linking
from pluginkit.backends.go.building import seal as sealing
from pluginkit.backends.go.building.command import go_for, settings_file
from pluginkit.backends.go.building.names import imported_by, nameable
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
    imported = imported_by(path, names, closure) if member.kind == "plugin" else names
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
        nameable=nameable(sorted(names, key=lambda name: (name != contract.api, name not in imported)), path, closure),
        contract=contract,
        sealed=sealed,
        target=lock.target,
    )


def _apis_of(path: str, lock: Lock, closure: Closure) -> tuple[Api, ...]:
    deps: Mapping[str, None] = dict.fromkeys(closure.packages[path].deps)
    return tuple(api for api in lock.apis if api.name in deps)
