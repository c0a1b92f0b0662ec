"""The Builder for Python: pins by uv, wheels by each member's own backend."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.python.building.environment import closure_digest, interpreter, made_at
from pluginkit.backends.python.building.process_pool import take
from pluginkit.backends.python.building.tagged import as_sealed
from pluginkit.backends.python.hermetic import is_covered
from pluginkit.backends.python.ignore_files import candidates, ignore_files
from pluginkit.backends.python.side_effects.scan import side_effects_of
from pluginkit.backends.sources import Sources, list_sources, read_sources
from pluginkit.backends.stamps import contract_of, inputs_of, materials_of, step_contract
from pluginkit.core.api import Api
from pluginkit.core.closure import reached_from
from pluginkit.core.extras import from_extra
from pluginkit.core.lock import BuildEnvironment, Lock
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Member, Workspace
from pluginkit.core.names import normalize, requirement_name
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.stamp import api_to_json
from pluginkit.incremental.entries import entry


class PythonBuilder:
    """Implements `backends.protocol.Builder`. Imports what it does when it is asked: `prewarms` is in a hurry."""

    def prewarms(self, lock: Lock) -> str:
        """Return the interpreter of the environment that most members are built in, where that has hatchling."""
        counts = Counter(member.build_requires for member in lock.members).most_common(1)
        for environment in lock.environments:
            hatchling = any(requirement_name(line) == "hatchling" for line in environment.requires)
            if hatchling and counts and environment.requires == counts[0][0] and (place := made_at(environment)):
                return str(interpreter(place))
        return ""

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool, static: bool = False) -> Lock:
        """Resolve with uv, build the APIs, and seal both."""
        from pluginkit.backends.python.building import seal as sealing

        return sealing.seal(workspace, None if upgrade else previous, static=static)

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        """Build the APIs and compare them with what the lock sealed."""
        from pluginkit.backends.python.building import seal as sealing

        return sealing.stale(workspace, lock)

    def apis(self, workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
        """Build the APIs in the environments that the lock pins, and read their surfaces."""
        from pluginkit.backends.python.building import seal as sealing

        return sealing.apis(workspace, lock)

    def steps(self, workspace: Workspace, lock: Lock, sealed: str, members: Sequence[Member]) -> tuple[BuildStep, ...]:
        """Read the members' sources and say what a wheel of each is made from."""
        if workspace.contract.implements or workspace.contract.apis:
            from pluginkit.backends.python.building.contracts import check_named

            check_named(workspace.contract, lock.apis)
        listed = list_sources(workspace.root)
        planner = _Planner(workspace, lock, sealed)
        return tuple(planner.step(member, read_sources(workspace.root, member.path, listed)) for member in members)

    def surroundings(self, workspace: Workspace, lock: Lock) -> Sequence[Path]:
        """Return the ignore files above the members, by which hatchling goes, and what makes the toolkit's wheel."""
        from pluginkit.backends.python.building.vendored import runs_on_sources

        found = list(candidates(workspace.root / member.path for member in workspace.members))
        if runs_on_sources(lock):
            from pluginkit.backends.python.building.toolkit import running

            found += running().files
        return found

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[SideEffect]]:
        """Build and stamp the wheels of `plan` in worker processes."""
        from pluginkit.backends.python.building import wheels

        from_extra("tomli_w", "building")  # said before the work, not after it
        wheels.build(plan, out, take(), jobs=jobs, report=report)
        root = plan.workspace.root
        groups = {step.member.name: step_contract(plan, step).group for step in plan.steps}
        return {
            step.member.name: side_effects_of(root, step.member, step.sources, groups[step.member.name], _modules(step))
            for step in plan.steps
            if step.member.kind == "plugin"
        }

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Write `pylock.release.toml` (PEP 751) for installers."""
        from pluginkit.backends.python.building import pylock

        pylock.write(plan, out, artifacts)


class _Planner:
    """What the steps of one plan have in common."""

    def __init__(self, workspace: Workspace, lock: Lock, sealed: str) -> None:
        self._workspace, self._lock, self._sealed = workspace, lock, sealed
        self._environments = {env.requires: (env, closure_digest(env)) for env in lock.environments}
        self._requires = {entry.name: [requirement_name(line) for line in entry.requires] for entry in lock.members}
        self._apis = {api.name: api_to_json(api) for api in lock.apis}
        self._ignored: dict[Path, list[str]] = {}

    def step(self, member: Member, sources: Sources) -> BuildStep:
        """Return how to build `member` from `sources`."""
        environment, closure = self._environments.get(member.build_requires, (None, ""))
        apis = self._apis_of(member)
        toolchain = _toolchain(member, environment, closure)
        directory = self._workspace.root / member.path
        named = [self._apis[api.name] for api in apis]
        own = {"ignored": self._ignored_by(directory)}
        contract = contract_of(self._workspace, member, self._imported_by(member) or apis)
        materials = materials_of(self._workspace, member, named, toolchain, own, contract)
        return BuildStep(
            as_sealed(member, self._lock.api(member.name)),
            directory,
            apis,
            environment,
            toolchain,
            inputs=inputs_of(member, self._sealed, materials, sources.files),
            exact=is_covered(member, sources),
            materials=materials,
            sources=sources.files,
            places=sources.places,
            contract=contract,
            sealed=self._sealed,
        )

    def _apis_of(self, member: Member) -> tuple[Api, ...]:
        """Return the APIs a member is built against: those it requires, by way of other members too; else all.

        An API is itself the first of its own.
        """
        reached = reached_from(member.name, self._requires)
        if member.name in self._workspace.apis:
            reached -= {member.name}
            own = [api for api in self._lock.apis if api.name == member.name]
            return (*own, *(api for api in self._lock.apis if api.name in reached))
        return tuple(api for api in self._lock.apis if api.name in reached) or self._lock.apis

    def _imported_by(self, member: Member) -> tuple[Api, ...]:
        """Return the APIs that a member requires itself, or by way of members that are not APIs."""
        reached = reached_from(member.name, self._requires, self._workspace.apis)
        return tuple(api for api in self._lock.apis if api.name in reached)

    def _ignored_by(self, directory: Path) -> list[str]:
        """Return the digests of the ignore files that hatchling goes by; looked for once for all that lie together."""
        if any((directory / name).exists() for name in (".gitignore", ".git", ".hgignore", ".hg")):
            return [entry(str(place)) for place in ignore_files(directory)]
        parent = directory.parent
        if parent not in self._ignored:
            self._ignored[parent] = [entry(str(place)) for place in ignore_files(parent)]
        return self._ignored[parent]


def _modules(step: BuildStep) -> list[str]:
    return [module for api in step.apis for module in api.modules]


def _toolchain(member: Member, environment: BuildEnvironment | None, closure: str) -> dict[str, str]:
    if environment is None:
        return {}
    backend = member.build_backend.partition(":")[0].split(".")
    names = [normalize(backend[0]), normalize("-".join(backend[:2])), *map(requirement_name, environment.requires)]
    versions = {package.name: package.version for package in environment.packages}
    found = next((f"{name} {versions[name]}" for name in names if name in versions), "in-tree")
    return {"backend": found, "build": closure}
