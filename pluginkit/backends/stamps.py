"""What the stamps of every language say, and the digest of all that goes into an artifact: filled in here alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest
from pluginkit.core.model import BuildPlan, BuildStep, Materials, Member, Workspace
from pluginkit.core.stamp import BUILDER, Stamp, contract_to_json, ignores_to_json


def materials_of(
    workspace: Workspace,
    member: Member,
    apis: Sequence[Mapping[str, Any]],
    toolchain: Mapping[str, str],
    language: Mapping[str, Any],
) -> Materials:
    """Return what goes into a member's artifact beside its sources; `apis` are as stamps spell them."""
    return Materials(
        kind=member.kind,
        apis=apis,
        toolchain=dict(toolchain),
        capabilities=list(member.capabilities),
        contract=contract_to_json(workspace.contract),
        ignores=ignores_to_json(workspace.ignores if member.kind == "host" else ()),
        builder=BUILDER,
        language=language,
    )


def inputs_of(member: Member, lock_digest: str, materials: Materials, sources: Mapping[str, str]) -> str:
    """Return the digest of all that goes into an artifact: `inputs` of its stamp, and the key of the cache."""
    made_of = canonical_json({**materials.to_json(), "sources": dict(sources)})
    return fields_digest("pluginkit inputs v4", [member.name.encode(), lock_digest.encode(), made_of])


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
        apis=step.apis,
        lock=plan.lock_digest,
        inputs=step.inputs,
        payload=payload,
        builder=BUILDER,
        contract=plan.workspace.contract,
        toolchain=step.toolchain,
        capabilities=step.member.capabilities,
        ignores=plan.workspace.ignores if step.member.kind == "host" else (),
        uses=uses,
    )
