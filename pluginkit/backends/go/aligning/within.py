"""A lock that keeps within a host: the modules of a workspace are those that the host was built from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pluginkit.backends.go.aligning.facts import HostFacts
from pluginkit.backends.go.aligning.module import listed
from pluginkit.backends.go.aligning.requirements import drifts
from pluginkit.backends.go.building.packages import Package
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Workspace

HINT = "`pluginkit align --write` brings the repository in step with the host"


def refuse_drift(facts: HostFacts, workspace: Workspace, packages: Mapping[str, Package]) -> None:
    """Raise PluginkitError where the configuration or the modules of a workspace are not those of its host's build.

    `packages` are all that its members are built from.
    """
    found = [*_settings(facts, workspace), *_modules(facts, packages)]
    if found:
        lines = "".join(f"\n  {line}" for line in found)
        raise PluginkitError(f"out of step with the host {facts.label}:{lines}", hint=HINT)


def _settings(facts: HostFacts, workspace: Workspace) -> Iterator[str]:
    own, its = (frozenset(filter(None, tags.split(","))) for tags in (workspace.settings["tags"], facts.target["tags"]))
    if own != its:
        spelled = [", ".join(sorted(tags)) or "none" for tags in (own, its)]
        yield f"[go] tags are {spelled[0]}, the host's {spelled[1]}"
    yield from unlike_pluginkit(facts)


def unlike_pluginkit(facts: HostFacts) -> Iterator[str]:
    """Yield what of a host's build no build by pluginkit has: it compiles with -trimpath, and without other flags."""
    if "-trimpath" not in facts.flags:
        yield "the host was built without -trimpath, which `pluginkit build` always has"
    for flag in facts.flags:
        if flag != "-trimpath" and not flag.startswith("-tags="):
            yield f"the host was built with {flag}, which `pluginkit build` never has"
    if experiment := facts.variables.get("GOEXPERIMENT"):
        yield f"the host was built with GOEXPERIMENT={experiment}, which `pluginkit build` never has"


def _modules(facts: HostFacts, packages: Mapping[str, Package]) -> Iterator[str]:
    for drift in drifts(facts, [listed(one.raw) for one in packages.values()]):
        yield f"{drift.own} {drift.used}, the host has {drift.module} {drift.offered}"
