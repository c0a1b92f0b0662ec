"""Main packages -> stamped artifacts: compiled once together, linked a few at a time."""

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.go.binary.stamps import UNKNOWN
from pluginkit.backends.go.building import astools, overlay, stamping
from pluginkit.backends.go.building.command import Go, go_for
from pluginkit.backends.go.building.packages import (
    Closure,
    Package,
    compile_packages,
    list_exports,
    member_pattern,
    package,
)
from pluginkit.backends.go.building.uses import users
from pluginkit.backends.stamps import stamp_of, step_contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildPlan, BuildStep
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.target import keyed

PLACES = {"host": "bin/{}", "plugin": "plugins/{}.so"}
"""Where an artifact of each kind lies in a release, or in the directory that a target has there."""

_LINKING = {"GOGC": "400"}
"""Variables of each link: a linker ends before most of its memory is worth collecting. The bytes are the same."""
_VERSION_CONSTANT = "APIVersion"
_CONTRACT = re.compile(rf"{re.escape(overlay.FILE)}:\d+:\d+: (.*)$", re.MULTILINE)


def build(
    plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
) -> Mapping[str, Sequence[SideEffect]]:
    """Link and stamp every step of `plan` into `out`; return what each plugin should not do while it is opened, by key.

    One target is built after the other. Raises PluginkitError naming every member that failed, with the compiler's
    words.
    """
    found: dict[str, Sequence[SideEffect]] = {}
    for target in plan.targets:
        steps = [step for step in plan.steps if step.target == target]
        if steps:
            found |= _build_target(replace(plan, steps=tuple(steps)), out, jobs, report)
    return found


def _build_target(
    plan: BuildPlan, out: Path, jobs: int, report: Callable[[Artifact], None]
) -> Mapping[str, Sequence[SideEffect]]:
    """Build the steps of a plan that are for one target."""
    go = go_for(plan.workspace.root, plan.steps[0].toolchain)
    mains = _compiled(go, plan)
    for place in PLACES.values():
        (out / plan.steps[0].target / place).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pluginkit-go-") as scratch:
        generated = {step.root / step.member.path: _generated(step, plan, mains) for step in plan.steps}
        layer = overlay.write(Path(scratch), generated)
        failures = _link_all(go, plan.steps, layer, out, jobs, report)
    if failures:
        raise PluginkitError("\n".join(failures), hint="the previous release is unchanged")
    return {step.key: mains[_path(step)].side_effects for step in plan.steps if step.member.kind == "plugin"}


def _compiled(go: Go, plan: BuildPlan) -> Mapping[str, astools.MainPackage]:
    """Compile what the plugins import and what the hosts do, and look at the plugins' sources with it.

    All of each in one go command: started side by side on an empty cache, two would both compile the standard library.
    For plugins it is compiled in another way than for hosts.
    """
    mains = {_path(step): package(step.listing) for step in plan.steps}
    plugins = {_path(step): mains[_path(step)] for step in plan.steps if step.member.kind == "plugin"}
    with ThreadPoolExecutor(1) as beside:
        hosts = beside.submit(compile_packages, go, _imports(one for path, one in mains.items() if path not in plugins))
        shared = list_exports(go, _imports(plugins.values()))
        hosts.result()
    if not plugins:
        return {}
    closure, apis = Closure(plan.workspace.root, {**shared, **plugins}, {}), plan.workspace.apis
    return astools.mains(go, closure, plugins, apis, users(closure.packages, apis, plugins))


def _imports(mains: Iterable[Package]) -> list[str]:
    return sorted({path for one in mains for path in one.imports if path not in ("C", "unsafe")})


def _link_all(
    go: Go, steps: Sequence[BuildStep], layer: Path, out: Path, jobs: int, report: Callable[[Artifact], None]
) -> list[str]:
    """Link and stamp; return what failed. Linkers side by side gain nothing from more threads than their share."""
    jobs = max(1, min(jobs, len(steps)))
    settings = {**_LINKING, "GOMAXPROCS": str(max(1, (os.cpu_count() or 1) // jobs))}

    def stamp(step: BuildStep) -> None:
        report(stamping.complete(step, out, _file(step)))

    with ThreadPoolExecutor(jobs) as stamps, ThreadPoolExecutor(jobs) as links:

        def link(step: BuildStep) -> tuple[str, Future[None] | None]:
            failure = _link(go, step, layer, out, settings)
            return failure, None if failure else stamps.submit(stamp, step)  # while the next one is linked

        ended = list(links.map(link, steps))
        for _, stamped in ended:
            if stamped:
                stamped.result()
    return [failure for failure, _ in ended if failure]


def _generated(step: BuildStep, plan: BuildPlan, mains: Mapping[str, astools.MainPackage]) -> str:
    examined = mains[_path(step)] if step.member.kind == "plugin" else None
    stamp = stamp_of(plan, step, UNKNOWN, uses=examined.uses if examined else None)
    versioned = {api.name for api in step.apis if any(f"const {_VERSION_CONSTANT} " in line for line in api.surface)}
    return overlay.render(
        overlay.Main(
            kind=step.member.kind,
            stamp=stamp.to_bytes(),
            symbols=dict(step_contract(plan, step).symbols),
            capabilities=step.member.capabilities,
            defines=examined.names if examined else frozenset(),
            imports=step.nameable,
            versioned=next((path for path in step.nameable.values() if path in versioned), ""),
        )
    )


def _path(step: BuildStep) -> str:
    return str(step.listing["ImportPath"])


def _file(step: BuildStep) -> str:
    return keyed(step.target, PLACES[step.member.kind].format(step.member.name))


def _link(go: Go, step: BuildStep, layer: Path, out: Path, settings: Mapping[str, str]) -> str:
    """Link one artifact; return what went wrong, or nothing."""
    mode = ["-buildmode=plugin"] if step.member.kind == "plugin" else []
    target = out / _file(step)
    flags = [*mode, f"-overlay={layer}", *go.flags, *go.ldflags, "-o", str(target)]
    done = go.run("build", *flags, "--", member_pattern(step.member), more=settings)
    return _explained(step, done.stderr) if done.status else ""


def _explained(step: BuildStep, stderr: str) -> str:
    broken = _CONTRACT.findall(stderr)
    if broken:
        reasons = "\n".join(f"  {reason}" for reason in broken)
        return f"{step.member.path}: does not fulfil [contract.symbols]:\n{reasons}"
    printed = "\n".join(f"  {line}" for line in stderr.strip().splitlines())
    return f"{step.member.path}: go build{step.target and f' for {step.target}'} failed:\n{printed}"
