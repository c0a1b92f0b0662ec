"""BuildPlan, what the last build knew -> why each artifact must be built."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import sha256
from pluginkit.core.model import BuildPlan, BuildStep, Release
from pluginkit.core.modes import PLUGIN
from pluginkit.incremental.last_build import LastBuild

CAUSES = ("new", "source", "api", "toolchain", "lock", "configuration", "builder", "backend", "artifact")
"""Every cause there is."""
_MOST = 3
"""Files that are named; of more, only how many."""
_NAMES = {
    "kind": ("configuration", "what kind of member it is"),
    "package": ("configuration", "where its main package lies"),
    "capabilities": ("configuration", "its capabilities"),
    "contract": ("configuration", "the contract"),
    "ignores": ("configuration", "what its host ignores"),
    "limits": ("configuration", "what it grants its plugins"),
    "linked": ("configuration", "the plugins in it"),
    "modes": ("configuration", "the modes in which it runs plugins"),
    "ignored": ("source", "the ignore files above it"),
    "modules": ("source", "the modules it imports"),
    "linker": ("toolchain", "the C compiler or the linker"),
    "running": ("builder", "what pluginkit adds for its mode"),
    "builder": ("builder", "pluginkit"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is not as it was when the artifact was built."""

    cause: str
    """One of `CAUSES`."""
    detail: str


def reasons(plan: BuildPlan, last_build: LastBuild | None) -> Mapping[str, Sequence[Reason]]:
    """Return, by key, why each step of `plan` has to be built; of a first build, because nothing is there."""
    return {step.key: tuple(_why(step, plan, last_build)) for step in plan.steps}


def nothing_changed(release: Release) -> str:
    """Return what a build says that found `release` to be just what it would make."""
    number = len(release.artifacts)
    return f"nothing changed, {number} artifact{'' if number == 1 else 's'}, lock {release.lock_digest[:19]}..."


def _why(step: BuildStep, plan: BuildPlan, last_build: LastBuild | None) -> Iterator[Reason]:
    known = last_build.facts(step.key) if last_build else None
    if last_build is None or known is None:
        yield Reason("new", "no build on record, nor in the cache")
        return
    found = [*_files(step, plan, last_build), *_facts(known, facts_of(step))]
    if len(found) > 1:  # what changed in the plugins, files say
        found = [one for one in found if one.detail != f"{_NAMES['linked'][1]} changed"]
    if not step.exact:
        backend = step.member.build_backend.partition(":")[0] or "its backend"
        found.append(Reason("backend", f"{backend} may read more than can be told: it runs in every build"))
    why = "built without dist and the caches" if plan.anew else "but its artifact is in neither dist nor the cache"
    yield from found or [Reason("artifact", f"nothing changed, {why}")]


def _files(step: BuildStep, plan: BuildPlan, last_build: LastBuild) -> Iterator[Reason]:
    before = last_build.sources(step.key)
    prefix = "" if step.root == plan.workspace.root else f"{step.root.relative_to(plan.workspace.root).as_posix()}/"
    now = {f"{prefix}{name}": digest for name, digest in step.sources.items()}
    changed = sorted(name for name in now.keys() & before.keys() if before[name] not in (now[name], None))
    gone = {name for name, digest in before.items() if digest and name not in now}
    for names, what in ((changed, "changed"), (now.keys() - before.keys(), "added"), (gone, "removed")):
        for name in sorted(names)[:_MOST]:
            yield Reason("source", f"{name} {what}")
        if len(names) > _MOST:
            yield Reason("source", f"{len(names) - _MOST} more files {what}")


def _facts(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Reason]:
    """Yield what differs between the inputs of two builds; the lock, only where nothing that it seals does."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if {name in before for name in ("modes", "limits")} != {name in now for name in ("modes", "limits")}:
        changed = [name for name in changed if name != "limits"]  # of other modes there is nothing to grant
    if {"running"} & before.keys() != {"running"} & now.keys():
        changed = [name for name in changed if name != "running"]  # it goes with the mode
    told = False
    for name in sorted(changed, key=lambda name: name == "lock"):
        was, is_ = before.get(name, "none"), now.get(name, "none")
        kind, _, which = name.partition(" ")
        if kind == "api":
            yield Reason("api", f"the API {which}: {was} -> {is_}")
        elif kind == "toolchain":
            yield Reason("toolchain", f"{which}: {was} -> {is_}")
        elif name == "lock":
            if not told:
                yield Reason("lock", f"pluginkit.lock: {was} -> {is_}")
        elif name == "mode":
            yield Reason("configuration", f"mode: {before.get(name, PLUGIN)} -> {now.get(name, PLUGIN)}")
        else:
            cause, what = _NAMES.get(name, ("configuration", name))
            yield Reason(cause, f"{what}: {was} -> {is_}" if name == "builder" else f"{what} changed")
        told |= kind in ("api", "toolchain")


def facts_of(step: BuildStep) -> Mapping[str, str]:
    """Return what goes into an artifact beside its sources, in a few words or a digest each."""
    found = {"lock": step.sealed[:19]}
    for key, value in (step.materials.to_json() if step.materials else {}).items():
        if key == "apis":
            found |= {f"api {api['name']}": f"{api['version']} {api['digest']}" for api in value}
        elif key == "toolchain":
            found |= {f"toolchain {name}": text for name, text in value.items()}
        else:
            found[key] = value if isinstance(value, str) else sha256(canonical_json(value))[:19]
    return found
