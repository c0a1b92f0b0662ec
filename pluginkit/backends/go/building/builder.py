"""The Builder for Go: everything by the go command, one main package an artifact."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pluginkit.backends.go.building import compiler
from pluginkit.backends.go.building import link as linking
from pluginkit.backends.go.building import seal as sealing
from pluginkit.backends.go.building.command import Go, go_for, settings_file
from pluginkit.backends.go.building.modes.apart import sources_digest
from pluginkit.backends.go.building.modes.frame import find_loader, limited, modes_of, needs_loader
from pluginkit.backends.go.building.modes.linked import refuse_unlinkable
from pluginkit.backends.go.building.modes.wasm import closures
from pluginkit.backends.go.building.names import imported_by, nameable
from pluginkit.backends.go.building.packages import Closure, list_packages
from pluginkit.backends.go.building.targets import in_environment, refuse_impossible
from pluginkit.backends.go.project import manifests
from pluginkit.backends.go.toolchain import find_go
from pluginkit.backends.stamps import contract_of, inputs_of, materials_of
from pluginkit.core.api import Api
from pluginkit.core.errors import StaleLockError
from pluginkit.core.linked import Linked
from pluginkit.core.lock import Lock
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Member, Workspace
from pluginkit.core.modes import shares_memory
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
        toolchain, settings = find_go(lock.toolchain["go"], cgo=False), settings_file()
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
        refuse_impossible(workspace, lock)
        go = go_for(workspace.root, lock.toolchain)
        closure = list_packages(go, workspace)
        reason = sealing.stale(closure, lock)
        if reason:
            raise StaleLockError(f"pluginkit.lock is out of date: {reason}", hint="run `pluginkit lock`")
        mains = [member for member in members if member.kind != "api" and member not in workspace.linked]
        written = _Steps(workspace, lock, sealed, closure, closures(go, closure, lock, mains), _linker(go))
        return tuple(written.step(member) for member in mains)

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[SideEffect]]:
        """Compile what the steps share, then link and stamp them, `jobs` at a time."""
        return linking.build(plan, out, jobs=jobs, report=report) if plan.steps else {}

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Add nothing: hosts and plugins are copied, not installed."""


def _stale(workspace: Workspace, lock: Lock) -> str:
    return sealing.stale(list_packages(go_for(workspace.root, lock.toolchain), workspace), lock)


class _Steps:
    """Writes the steps of one lock."""

    def __init__(
        self,
        workspace: Workspace,
        lock: Lock,
        sealed: str,
        closure: Closure,
        modules: Mapping[str, Closure],
        linker: str,
    ) -> None:
        self._workspace, self._lock, self._sealed, self._closure = workspace, lock, sealed, closure
        self._modules = modules
        self._linker = linker
        # What is wrong with an API is wrong with all members, whether they import it or not.
        self._shared = [api.name for api in lock.apis if not closure.packages[api.name].module]

    def step(self, member: Member) -> BuildStep:
        """Return how to build a member; a host with the plugins that are part of it."""
        if member.kind != "host" or not needs_loader(self._workspace):
            return self._step(member, ())
        loader = find_loader(self._closure, self._closure.members[member.name])
        for one in self._workspace.linked:
            refuse_unlinkable(self._closure, loader, one)
        parts = [self._step(one, ()) for one in self._workspace.linked]
        return replace(self._step(member, parts), loader=loader.raw)

    def _step(self, member: Member, parts: Sequence[BuildStep]) -> BuildStep:
        workspace, lock = self._workspace, self._lock
        closure = self._modules.get(member.name, self._closure)
        path = closure.members[member.name]
        # What only plugins use has to be sealed in the host too: nothing else of Go's lies beside them.
        apis = lock.apis if member.kind == "host" else _apis_of(path, lock, closure)
        made_of = [path, *(closure.members[part.member.name] for part in parts), *self._shared, *self._looking(member)]
        sources = {name: digest for one in made_of for name, digest in closure.sources(one).items()}
        names = [api.name for api in lock.apis]
        imported = imported_by(path, names, closure) if member.kind == "plugin" else names
        contract = contract_of(workspace, member, [api for api in apis if api.name in imported])
        linked = tuple(_linked(part) for part in parts)
        own = {"package": path, "linker": self._linker, "modules": _modules(made_of[: len(parts) + 1], closure)}
        own |= self._modes(linked) if member.kind == "host" else {}
        own |= _running(workspace, member)
        materials = materials_of(workspace, member, [api_to_json(api) for api in apis], lock.toolchain, own, contract)
        return BuildStep(
            member,
            workspace.root,
            apis,
            None,
            lock.toolchain,
            inputs=inputs_of(member, self._sealed, materials, sources),
            materials=materials,
            sources=sources,
            places=tuple(sorted({place for one in made_of for place in closure.places(one)})),
            listing=closure.packages[path].raw,
            nameable=nameable(
                sorted(names, key=lambda name: (name != contract.api, name not in imported)), path, closure
            ),
            contract=contract,
            sealed=self._sealed,
            target=lock.target,
            linked=linked,
            parts=tuple(parts),
        )

    def _looking(self, member: Member) -> list[str]:
        """Return the other hosts, for a host that has an adapter: what any of them looks up is in the one of all."""
        members = self._workspace.members
        if member.kind != "host" or all(map(shares_memory, (one.mode for one in members))):
            return []
        return [self._closure.members[one.name] for one in members if one.kind == "host" and one is not member]

    def _modes(self, linked: Sequence[Linked]) -> dict[str, Any]:
        """Return what goes into a host because of how plugins run; nothing where all are shared objects."""
        workspace = self._workspace
        if not needs_loader(workspace):
            return {}
        return {
            "modes": sorted(modes_of(workspace)),
            "limits": {name: limited(one) for name, one in sorted(workspace.limits.items())},
            "linked": [one.inputs for one in linked],
        }


def _linker(go: Go) -> str:
    """Return what finishes a binary beside Go itself: nothing, without cgo."""
    return compiler.identity(go.toolchain.cc) if go.target["cgo"] == "1" else ""


def _modules(paths: Iterable[str], closure: Closure) -> list[str]:
    return sorted({module for path in paths for module in closure.modules(path)})


def _linked(part: BuildStep) -> Linked:
    member = part.member
    return Linked(member.name, member.version, member.capabilities, part.inputs)


def _running(workspace: Workspace, member: Member) -> dict[str, str]:
    """Return what pluginkit itself adds to a member because plugins share no memory with their host; else nothing."""
    apart = [one for one in workspace.members if not shares_memory(one.mode)]
    return {"running": sources_digest()} if member in apart or (member.kind == "host" and apart) else {}


def _apis_of(path: str, lock: Lock, closure: Closure) -> tuple[Api, ...]:
    deps: Mapping[str, None] = dict.fromkeys(closure.packages[path].deps)
    return tuple(api for api in lock.apis if api.name in deps)
