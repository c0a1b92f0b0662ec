"""What the cache has of a workspace whose sources are here, compared with what these sources give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pluginkit.backends.builders import targets as chosen
from pluginkit.backends.fork_map import processors
from pluginkit.backends.language import language, resolve
from pluginkit.backends.python.building.environment import remade
from pluginkit.core.model import Artifact, CacheEntry
from pluginkit.core.provenance import Provenance
from pluginkit.operations.reporter import Reporter
from pluginkit.stages import build as build_stage
from pluginkit.stages import discover
from pluginkit.stages import lock as lock_stage
from pluginkit.stages.plan import plan as make_plan
from pluginkit.store.blobs import Blobs
from pluginkit.store.cache import Cache, action_key, local_cache, provenance_of


@dataclass(frozen=True, slots=True)
class Difference:
    """An artifact in the cache that its sources do not give."""

    kept: Artifact
    built: Artifact
    inside: str
    """The first file or section in it that differs; empty where that cannot be told."""
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class Rederived:
    """What came of building again."""

    compared: int
    """Artifacts."""
    differences: Sequence[Difference]
    environments: Mapping[str, str]
    """By what they are for, the first file of a build environment that differed from a new one; all are new now."""


def rederive(start: Path, reporter: Reporter) -> Rederived:
    """Build what the cache has of the workspace around `start`, from its sources and in new environments; compare.

    This runs build backends. What differs is set aside; `dist` stays as it is. Raises PluginkitError where it cannot be
    built: a lock that is out of date, for example.
    """
    workspace = discover.discover(start)
    lock, data = lock_stage.current(workspace)
    found = {" ".join(one.requires): remade(one, workspace.root) for one in lock.environments}
    environments = {requires: path for requires, path in found.items() if path}
    blobs = local_cache()
    plan = make_plan(workspace, lock, data, targets=chosen(lock))
    kept = Cache(blobs).find({step.key: step.inputs for step in plan.steps if step.exact})
    if not kept:
        return Rederived(0, (), environments)
    plan = replace(plan, steps=tuple(step for step in plan.steps if step.key in kept))
    with (
        reporter.building(len(plan.steps)) as report,
        build_stage.rebuilt(plan, jobs=processors(), report=report) as (scratch, made),
    ):
        pairs = [(kept[one.key], one) for one in made if kept[one.key].artifact.sha256 != one.sha256]
        differences = [_difference(blobs, had, one, scratch, workspace.language) for had, one in pairs]
    for one in differences:
        blobs.set_aside("ac", action_key(one.kept.key, one.kept.inputs))
        blobs.set_aside("cas", one.kept.sha256)
    return Rederived(len(made), differences, environments)


def _difference(blobs: Blobs, had: CacheEntry, built: Artifact, scratch: Path, spoken: str) -> Difference:
    provenance = provenance_of(blobs, had.artifact)
    copy = scratch / f"{built.sha256}.kept"
    there = blobs.get(had.artifact.sha256, copy, mode=0o600)
    compare = language(spoken).compare
    found = resolve(compare)(copy.read_bytes(), (scratch / built.file).read_bytes()) if there and compare else None
    return Difference(had.artifact, built, found.inside if found else "", provenance)
