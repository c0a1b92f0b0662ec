"""The Builder of the toy language: it joins the text of a member's files."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.sources import list_sources, read_sources
from pluginkit.backends.stamps import inputs_of, materials_of, stamp_of
from pluginkit.core.api import Api
from pluginkit.core.digest import content_digest, sha256
from pluginkit.core.errors import StaleLockError
from pluginkit.core.files import create
from pluginkit.core.lock import Lock, LockedMember
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Member, Workspace
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.stamp import api_to_json
from toylang.inspector import artifact
from toylang.project import PINS, lines, read_pins


class ToyBuilder:
    def prewarms(self, lock: Lock) -> str:
        return ""

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool, static: bool = False) -> Lock:
        return Lock(
            language="toy",
            apis=tuple(_api(workspace, name) for name in workspace.apis),
            members=tuple(LockedMember(one.name, one.kind, one.path) for one in workspace.members),
            toolchain=workspace.settings,
            files=read_pins(workspace.root),
        )

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        changed = [api.label for api in lock.apis if _api(workspace, api.name) != api]
        return f"the bytes of {', '.join(changed)} changed" if changed else ""

    def apis(self, workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
        return tuple(_api(workspace, name) for name in workspace.apis)

    def surroundings(self, workspace: Workspace, lock: Lock) -> Sequence[Path]:
        return [workspace.root / PINS]

    def steps(self, workspace: Workspace, lock: Lock, sealed: str, members: Sequence[Member]) -> tuple[BuildStep, ...]:
        reason = self.stale(workspace, lock)
        if reason:
            raise StaleLockError(f"pluginkit.lock is out of date: {reason}", hint="run `pluginkit lock`")
        return tuple(_step(workspace, lock, sealed, one) for one in members if one.kind != "api")

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[SideEffect]]:
        for step in plan.steps:
            report(_build(plan, step, out))
        return {}

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        pass


def _api(workspace: Workspace, name: str) -> Api:
    member = workspace.member(name)
    assert member
    file = workspace.root / member.path / "api.txt"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Api(
        name,
        member.version,
        content_digest(f"{name}@{member.version}", [("api.txt", digest)]),
        surface=tuple(sorted(f"def {name}.{line}()" for line in lines(file) if not line.startswith("version "))),
    )


def _step(workspace: Workspace, lock: Lock, sealed: str, member: Member) -> BuildStep:
    sources = read_sources(workspace.root, member.path, list_sources(workspace.root))
    materials = materials_of(workspace, member, [api_to_json(api) for api in lock.apis], lock.toolchain, {})
    return BuildStep(
        member,
        workspace.root / member.path,
        lock.apis,
        None,
        lock.toolchain,
        inputs=inputs_of(member, sealed, materials, sources.files),
        materials=materials,
        sources=sources.files,
        places=sources.places,
        sealed=sealed,
    )


def _build(plan: BuildPlan, step: BuildStep, out: Path) -> Artifact:
    payload = b"".join((step.root / name).read_bytes() for name in sorted(step.sources))
    stamp = stamp_of(plan, step, sha256(payload))
    data, file = artifact(stamp.to_bytes(), payload), f"{step.member.name}.toy"
    create(out / file, data)
    digest = hashlib.sha256(data).hexdigest()
    return Artifact(step.member.name, step.member.kind, file, digest, len(data), step.inputs)
