"""Hosts, and mode `linked`: a plugin that is part of the hosts' own binaries."""

from pluginkit.backends.go.building import overlay
from pluginkit.backends.go.building.modes.frame import frame, needs_loader
from pluginkit.backends.go.building.modes.recipe import Context, Recipe
from pluginkit.backends.go.building.packages import Closure, Package, member_pattern
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import BuildStep, Member
from pluginkit.core.modes import LINKED, PLUGIN


def refuse_unlinkable(closure: Closure, loader: Package, member: Member) -> None:
    """Raise PluginkitError where a loader cannot import the package of a plugin that is to be part of its host."""
    path = closure.members[member.name]
    parts = path.split("/")
    inside = "/".join(parts[: len(parts) - 1 - parts[::-1].index("internal")]) if "internal" in parts else ""
    why = ""
    if inside and not f"{loader.path}/".startswith(f"{inside}/"):
        why = f"{loader.path} cannot import what is internal to {inside}"
    if loader.path in closure.packages[path].deps:
        why = f"it imports {loader.path}, which would import it"
    if why:
        raise PluginkitError(
            f"{member.path}: mode = {LINKED!r}: {why}",
            hint=f'mend that, or write mode = "{PLUGIN}" in [plugin.{member.name}]',
        )


def host(context: Context, step: BuildStep) -> Recipe:
    """Return how a host is made: with its stamp, the plugins that are part of it, and what runs the others."""
    more = frame(context, step) if needs_loader(context.plan.workspace) else {}
    return Recipe(
        file=context.file(step),
        package=member_pattern(step.member),
        overlay={**more, context.directory(step) / overlay.FILE: context.stamped(step)},
    )
