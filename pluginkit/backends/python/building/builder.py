"""The Builder for Python: pins by uv, wheels by each member's own backend."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.python.building import pylock, sealing, wheels
from pluginkit.backends.python.building.environment import closure_digest
from pluginkit.backends.python.building.pitfalls import pitfalls_of
from pluginkit.backends.python.building.wheels import BUILDER
from pluginkit.backends.sources import list_sources, read_sources
from pluginkit.core.api import Api
from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest
from pluginkit.core.extras import from_extra
from pluginkit.core.model import Artifact, BuildEnvironment, BuildPlan, BuildStep, Lock, Member, Workspace
from pluginkit.core.names import normalize, requirement_name
from pluginkit.core.pitfall import Pitfall
from pluginkit.core.stamp import api_to_json, contract_to_json


class PythonBuilder:
    """Implements `backends.protocol.Builder`."""

    exact_inputs = False
    """A backend may ship files that git ignores, and those are not among the sources."""

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool) -> Lock:
        """Resolve with uv, build the APIs, and seal both."""
        return sealing.seal(workspace, None if upgrade else previous)

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        """Build the APIs and hold them against what the lock sealed."""
        return sealing.stale(workspace, lock)

    def steps(
        self, workspace: Workspace, lock: Lock, lock_digest: str, members: Sequence[Member]
    ) -> tuple[BuildStep, ...]:
        """Read the members' sources and say what a wheel of each is made from."""
        listed = list_sources(workspace.root)
        return tuple(self._step(workspace, lock, lock_digest, member, listed) for member in members)

    def _step(
        self, workspace: Workspace, lock: Lock, lock_digest: str, member: Member, listed: frozenset[str] | None
    ) -> BuildStep:
        environment = next((env for env in lock.environments if env.requires == member.build_requires), None)
        apis = _apis_of(member, workspace, lock)
        toolchain = _toolchain(member, environment)
        sources = read_sources(workspace.root, member.path, listed)
        said = {
            "kind": member.kind,
            "apis": [api_to_json(api) for api in apis],
            "toolchain": dict(toolchain),
            "capabilities": list(member.capabilities),
            "contract": contract_to_json(workspace.contract),
            "sources": sources,
            "builder": BUILDER,
        }
        fields = [member.name.encode(), lock_digest.encode(), canonical_json(said)]
        inputs = fields_digest("pluginkit inputs v1", fields)
        return BuildStep(member, workspace.root / member.path, apis, environment, toolchain, inputs, sources)

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[Pitfall]]:
        """Build and stamp the wheels of `plan` in worker processes."""
        from_extra("tomli_w", "building")  # said before the work, not after it
        wheels.build(plan, out, jobs=jobs, report=report)
        group, root = plan.workspace.contract.group, plan.workspace.root
        return {
            step.member.name: pitfalls_of(root, step.member, step.sources, group, _modules(step))
            for step in plan.steps
            if step.member.kind == "plugin"
        }

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Write `pylock.release.toml` (PEP 751) for installers."""
        pylock.write(plan, out, artifacts)


def _modules(step: BuildStep) -> list[str]:
    return [module for api in step.apis for module in api.modules]


def _apis_of(member: Member, workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
    """Return the APIs a member is built against: those it requires, by way of other members too; else all."""
    if member.name in workspace.apis:
        return tuple(api for api in lock.apis if api.name == member.name)
    requires = {entry.name: [requirement_name(line) for line in entry.requires] for entry in lock.members}
    reached: set[str] = set()
    ahead = [member.name]
    while ahead:
        for name in requires.get(ahead.pop(), ()):
            if name not in reached:
                reached.add(name)
                ahead.append(name)
    return tuple(api for api in lock.apis if api.name in reached) or lock.apis


def _toolchain(member: Member, environment: BuildEnvironment | None) -> dict[str, str]:
    if environment is None:
        return {}
    backend = member.build_backend.partition(":")[0].split(".")
    names = [normalize(backend[0]), normalize("-".join(backend[:2])), *map(requirement_name, environment.requires)]
    versions = {package.name: package.version for package in environment.packages}
    found = next((f"{name} {versions[name]}" for name in names if name in versions), "in-tree")
    return {"backend": found, "build": closure_digest(environment)}
