"""Mode `plugin`: a shared object that `plugin.Open` loads."""

from pluginkit.backends.go.building import overlay
from pluginkit.backends.go.building.modes.recipe import Context, Recipe
from pluginkit.backends.go.building.packages import member_pattern
from pluginkit.core.model import BuildStep


def recipe(context: Context, step: BuildStep) -> Recipe:
    """Return how a plugin is made: its own main package, with a stamp."""
    return Recipe(
        file=context.file(step),
        package=member_pattern(step.member),
        overlay={context.directory(step) / overlay.FILE: context.stamped(step)},
        buildmode="plugin",
    )
