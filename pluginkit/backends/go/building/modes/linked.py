"""Hosts, and mode `linked`: a plugin that is part of the hosts' own binaries."""

from pluginkit.backends.go.building import overlay
from pluginkit.backends.go.building.modes.frame import frame, needs_loader
from pluginkit.backends.go.building.modes.recipe import Context, Recipe
from pluginkit.backends.go.building.packages import member_pattern
from pluginkit.core.model import BuildStep


def host(context: Context, step: BuildStep) -> Recipe:
    """Return how a host is made: with its stamp, the plugins that are part of it, and what runs the others."""
    more = frame(context, step) if needs_loader(context.plan.workspace) else {}
    return Recipe(
        file=context.file(step),
        package=member_pattern(step.member),
        overlay={**more, context.directory(step) / overlay.FILE: context.stamped(step)},
    )
