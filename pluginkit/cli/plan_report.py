"""A plan for readers, for tools, and as the matrix of a CI workflow."""

import json
from collections.abc import Mapping, Sequence

from pluginkit.backends.language import language
from pluginkit.core.model import BuildPlan
from pluginkit.core.modes import PLUGIN
from pluginkit.incremental.last_build import LastBuild
from pluginkit.incremental.reasons import Reason, reasons
from pluginkit.report.safe import safe

_MOST = 16
"""Jobs, unless more are asked for."""
VERSION = 1
"""Of the JSON; it grows when a reader of the one before would misunderstand it."""


def render_text(plan: BuildPlan, last_build: LastBuild | None) -> str:
    """Return a plan as text: each artifact to build with its reasons, and how many need not be."""
    modes = {step.key: f" ({step.member.mode})" for step in plan.steps if step.member.mode != PLUGIN}
    lines = []
    for name, why in reasons(plan, last_build).items():
        lines.append(f"build {safe(name)}{modes.get(name, '')}")
        lines += [f"  {reason.cause:<13} {safe(reason.detail)}" for reason in why]
    lines += _linked(plan)
    for what, number in (("from the cache", len(plan.fetched)), ("as before", len(plan.carried))):
        lines += [f"{what}: {number}"] if number else []
    apis = _apis(plan)
    if apis and (plan.carried or plan.fetched):
        names = ", ".join(map(safe, apis))
        lines.append(f"but all of them, where that gives other bytes of {names}: the lock seals these")
    return "\n".join(lines or ["no members"]) + "\n"


def _linked(plan: BuildPlan) -> list[str]:
    """Return which plugins are part of hosts and have no artifact, in one line or none."""
    hosts = ", ".join(safe(one.name) for one in plan.workspace.members if one.kind == "host")
    names = ", ".join(safe(one.name) for one in plan.workspace.linked)
    return [f"in {hosts}: {names}"] if names else []


def _apis(plan: BuildPlan) -> list[str]:
    """Return the APIs to build, a host that is its own API among them."""
    return [step.key for step in plan.steps if step.member.name in plan.workspace.apis]


def render_json(plan: BuildPlan, last_build: LastBuild | None) -> str:
    """Return a plan as JSON, by the schema that `pluginkit.schema.plan_schema` returns."""
    why = reasons(plan, last_build)
    value = {
        "version": VERSION,
        "lock": plan.lock_digest,
        "build": [
            {
                "name": step.member.name,
                "kind": step.member.kind,
                "path": step.member.path,
                "inputs": step.inputs,
                "reasons": list(map(_reason, why[step.key])),
                **({"target": step.target} if step.target else {}),
                **({"mode": step.member.mode} if step.member.mode != PLUGIN else {}),
            }
            for step in plan.steps
        ],
        "cached": [kept.artifact.key for kept in plan.fetched],
        "unchanged": [artifact.key for artifact in plan.carried],
        "apis": _apis(plan),
        "linked": [one.name for one in plan.workspace.linked],
    }
    return json.dumps(value, indent=2) + "\n"


def _reason(reason: Reason) -> Mapping[str, str]:
    return {"cause": reason.cause, "detail": reason.detail}


def render_matrix(plan: BuildPlan, shards: int | None) -> str:
    """Return a plan as a matrix of GitHub's: so many jobs, or as many as are worth their start."""
    return json.dumps({"include": _shards(plan, shards)}) + "\n"


def _shards(plan: BuildPlan, wanted: int | None) -> Sequence[Mapping[str, str]]:
    """Share what other machines can build among so many jobs, or as many as are worth their start."""
    names = list(dict.fromkeys(step.member.name for step in plan.steps if step.exact))
    worth_it = min(-(-len(names) // language(plan.workspace.language).job_size), _MOST)
    count = min(wanted or worth_it, len(names))
    shards = [names[number::count] for number in range(count)]
    return [{"shard": f"{number}/{count}", "members": " ".join(shard)} for number, shard in enumerate(shards, 1)]
