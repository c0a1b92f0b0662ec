"""Main packages -> stamped artifacts: compiled once together, linked a few at a time."""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.go.building import astools, overlay, stamping
from pluginkit.backends.go.building.command import Go, go_for
from pluginkit.backends.go.building.explain import explained
from pluginkit.backends.go.building.modes.frame import needs_loader
from pluginkit.backends.go.building.modes.recipe import Context, Recipe
from pluginkit.backends.go.building.modes.recipes import recipe_of
from pluginkit.backends.go.building.modes.requirements import check_requirements
from pluginkit.backends.go.building.packages import (
    Closure,
    Package,
    compile_packages,
    list_exports,
    list_packages,
    package,
)
from pluginkit.backends.go.building.uses import users
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Workspace
from pluginkit.core.modes import PLUGIN, shares_memory
from pluginkit.core.side_effect import SideEffect

_LINKING = {"GOGC": "400"}
"""Variables of each link: a linker ends before most of its memory is worth collecting. The bytes are the same."""


def build(
    plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
) -> Mapping[str, Sequence[SideEffect]]:
    """Link and stamp every step of `plan` into `out`; return what each plugin should not do while it is opened, by key.

    What plugins do that are part of a host stands under the host's key. One target is built after the other. Raises
    PluginkitError naming every member that failed, with the compiler's words.
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
    context = _compiled(go, plan)
    recipes = [(step, recipe_of(context, step)) for step in plan.steps]
    for _, recipe in recipes:
        (out / recipe.file).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pluginkit-go-") as scratch:
        entries = {path: text for _, recipe in recipes for path, text in recipe.overlay.items()}
        layer = overlay.write(Path(scratch), entries)
        _compile_generated(go, [recipe for _, recipe in recipes], layer)
        failures = _link_all(go, recipes, layer, out, jobs, report)
    if failures:
        raise PluginkitError("\n".join(failures), hint="the previous release is unchanged")
    return _side_effects(plan.steps, context)


def _side_effects(steps: Iterable[BuildStep], context: Context) -> Mapping[str, Sequence[SideEffect]]:
    """Return what the plugins do while they are loaded that each step makes, by its key."""
    found = {
        step.key: [one for plugin in plugins_in(step) for one in context.mains[context.path(plugin)].side_effects]
        for step in steps
    }
    return {step.key: found[step.key] for step in steps if step.member.kind == "plugin" or found[step.key]}


def plugins_in(step: BuildStep) -> tuple[BuildStep, ...]:
    """Return the steps of the plugins that an artifact consists of: itself, or those that are part of a host."""
    return (step,) if step.member.kind == "plugin" else step.parts


def _compiled(go: Go, plan: BuildPlan) -> Context:
    """Compile what the plugins import and what the hosts do, and look at the plugins' sources with it.

    All of each in one go command: started side by side on an empty cache, two would both compile the standard library.
    For shared objects it is compiled in another way than for hosts.
    """
    plugins = {str(one.listing["ImportPath"]): one for step in plan.steps for one in plugins_in(step)}
    listed = {path: package(one.listing) for path, one in plugins.items()}
    shared = [listed[path] for path, one in plugins.items() if one.member.mode == PLUGIN]
    apart = [listed[path] for path, one in plugins.items() if one.member.mode != PLUGIN]
    hosts = [package(step.listing) for step in plan.steps if step.member.kind == "host"]
    with ThreadPoolExecutor(1) as beside:
        compiled = beside.submit(_exports_of_hosts, go, plan, _imports([*hosts, *apart]))
        exports = list_exports(go, _imports(shared), "plugin")
        found = {**compiled.result(), **exports, **listed}
    closure, apis = Closure(plan.workspace.root, found, {}), plan.workspace.apis
    used = users(closure.packages, apis, plugins)
    mains = astools.mains(go, closure, plugins, apis, used) if plugins else {}
    return Context(go, plan, mains, _with_members(go, plan.workspace, closure))


def _with_members(go: Go, workspace: Workspace, closure: Closure) -> Closure:
    """Return a closure with all members, where plugins share no memory with their host: what crosses has two sides.

    Raises PluginkitError where the workspace does not require the modules that this takes.
    """
    if all(shares_memory(one.mode) for one in workspace.members):
        return closure
    check_requirements(go, workspace)
    listed = list_packages(go, workspace)
    return Closure(closure.root, {**listed.packages, **closure.packages}, listed.members)


def _exports_of_hosts(go: Go, plan: BuildPlan, imports: Sequence[str]) -> Mapping[str, Package]:
    """Compile what hosts import, and the plugins in them; return it where modes ask what it is."""
    if needs_loader(plan.workspace):
        return list_exports(go, imports)
    compile_packages(go, imports)
    return {}


def _imports(mains: Iterable[Package]) -> list[str]:
    return sorted({path for one in mains for path in one.imports if path not in ("C", "unsafe")})


def _compile_generated(go: Go, recipes: Sequence[Recipe], layer: overlay.Layer) -> None:
    """Compile what is generated, where several artifacts are made of it: that each link of them finds it compiled.

    What does not compile is told when it is linked.
    """
    groups: dict[tuple[str, ...], list[Recipe]] = {}
    for recipe in recipes:
        if len(recipe.overlay) > 1:
            variables = (f"{name}={value}" for name, value in sorted(recipe.environment.items()))
            groups.setdefault((recipe.buildmode, *variables), []).append(recipe)
    for group in groups.values():
        if len(group) > 1:
            flags = [*_flags(go, group[0], layer), "-e", "-export", "-f", ""]
            go.run("list", *flags, "--", *(one.package for one in group), more=group[0].environment)


def _link_all(
    go: Go,
    recipes: Sequence[tuple[BuildStep, Recipe]],
    layer: overlay.Layer,
    out: Path,
    jobs: int,
    report: Callable[[Artifact], None],
) -> list[str]:
    """Link and stamp; return what failed. Linkers side by side gain nothing from more threads than their share."""
    jobs = max(1, min(jobs, len(recipes)))
    settings = {**_LINKING, "GOMAXPROCS": str(max(1, (os.cpu_count() or 1) // jobs))}

    def stamp(step: BuildStep, recipe: Recipe) -> None:
        report(stamping.complete(step, out, recipe.file, recipe.stamp))

    with ThreadPoolExecutor(jobs) as stamps, ThreadPoolExecutor(jobs) as links:

        def link(made: tuple[BuildStep, Recipe]) -> tuple[str, Future[None] | None]:
            step, recipe = made
            failure = _link(go, step, recipe, layer, out, settings)
            return failure, None if failure else stamps.submit(stamp, step, recipe)  # while the next one is linked

        ended = list(links.map(link, recipes))
        for _, stamped in ended:
            if stamped:
                stamped.result()
    return [failure for failure, _ in ended if failure]


def _link(go: Go, step: BuildStep, recipe: Recipe, layer: overlay.Layer, out: Path, settings: Mapping[str, str]) -> str:
    """Link one artifact; return what went wrong, or nothing."""
    flags = [*_flags(go, recipe, layer), *go.ldflags, "-o", str(out / recipe.file)]
    done = go.run("build", *flags, "--", recipe.package, more={**settings, **recipe.environment})
    return explained(step, layer.told(done.stderr, go.root)) if done.status else ""


def _flags(go: Go, recipe: Recipe, layer: overlay.Layer) -> list[str]:
    """Return the flags with which all of an artifact is compiled."""
    mode = [f"-buildmode={recipe.buildmode}"] if recipe.buildmode else []
    return [*mode, f"-overlay={layer.file}", *go.flags]
