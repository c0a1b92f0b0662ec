"""What the stamps of every language say, and the digest of all that goes into an artifact: filled in here alone."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pluginkit.core import stamp_ignores
from pluginkit.core.api import Api, Contract
from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest
from pluginkit.core.frozen import replace
from pluginkit.core.judged_by import api_of
from pluginkit.core.materials import Materials
from pluginkit.core.model import BuildPlan, BuildStep, Member, Workspace
from pluginkit.core.modes import PLUGIN
from pluginkit.core.stamp import BUILDER, MAX_SIZE, Stamp
from pluginkit.core.stamp_contract import contract_to_json


def materials_of(
    workspace: Workspace,
    member: Member,
    apis: Sequence[Mapping[str, Any]],
    toolchain: Mapping[str, str],
    language: Mapping[str, Any],
    contract: Contract | None = None,
) -> Materials:
    """Return what goes into a member's artifact beside its sources; `apis` are as stamps spell them.

    `contract` is what `contract_of` a plugin is, by default the workspace's.
    """
    return Materials(
        kind=member.kind,
        apis=apis,
        toolchain=dict(toolchain),
        capabilities=list(member.capabilities),
        contract=contract_to_json(contract or workspace.contract),
        ignores=stamp_ignores.to_json(workspace.ignores if member.kind == "host" else ()),
        builder=BUILDER,
        language=language,
        release=workspace.release,
        trust=workspace.trust.to_json() if workspace.trust and member.kind == "host" else None,
        mode=member.mode if member.kind == "plugin" and member.mode != PLUGIN else "",
    )


def contract_of(workspace: Workspace, member: Member, used: Sequence[Api]) -> Contract:
    """Return the contract that a member's stamp has: of a plugin that of the API it is for, where these differ.

    `used` are the APIs that the member imports itself, not those behind them. Where a plugin imports several, it is
    for the newest that has a contract of its own; where none has, for the first that the configuration lists.
    """
    contract = workspace.contract
    if member.kind != "plugin" or not contract.apis:
        return contract
    names = {api.name for api in used}
    name = api_of(contract, used) or next((name for name in workspace.apis if name in names), "")
    return replace(contract.of(name), api=name, apis=())


def step_contract(plan: BuildPlan, step: BuildStep) -> Contract:
    """Return the contract that the artifact of a step is built to."""
    return step.contract or plan.workspace.contract


@lru_cache(maxsize=16)  # the plugins of a release have few combinations
def as_stamped(apis: tuple[Api, ...]) -> tuple[Api, ...]:
    """Return APIs as stamps name them: the largest surfaces are left out where they would make a stamp unreadable."""
    sizes = {api.name: sum(len(line.encode()) + 3 for line in api.surface) for api in apis}
    while sum(sizes.values()) > MAX_SIZE // 2:  # the rest is for what a plugin uses
        sizes[max(sizes, key=lambda name: (sizes[name], name))] = 0
    return tuple(api if sizes[api.name] or not api.surface else replace(api, surface=()) for api in apis)


def inputs_of(member: Member, sealed: str, materials: Materials, sources: Mapping[str, str]) -> str:
    """Return the digest of all that goes into an artifact: `inputs` of its stamp, and the key of the cache."""
    made_of = canonical_json({**materials.to_json(), "sources": dict(sources)})
    return fields_digest("pluginkit inputs v6", [member.name.encode(), sealed.encode(), made_of])


def stamp_of(
    plan: BuildPlan,
    step: BuildStep,
    payload: str,
    *,
    name: str = "",
    version: str = "",
    uses: tuple[str, ...] | None = None,
) -> Stamp:
    """Return the stamp of a step's artifact; name and version are the member's unless the artifact has its own.

    `uses` are what a plugin does with its APIs.
    """
    return Stamp(
        kind=step.member.kind,
        name=name or step.member.name,
        version=version or step.member.version,
        language=plan.workspace.language,
        apis=as_stamped(step.apis),
        lock=step.sealed,
        inputs=step.inputs,
        payload=payload,
        builder=BUILDER,
        contract=step_contract(plan, step),
        toolchain=step.toolchain,
        capabilities=step.member.capabilities,
        ignores=plan.workspace.ignores if step.member.kind == "host" else (),
        uses=uses,
        release=plan.workspace.release,
        trust=plan.workspace.trust if step.member.kind == "host" else None,
        mode=step.member.mode if step.member.kind == "plugin" else PLUGIN,
        linked=step.linked,
    )
