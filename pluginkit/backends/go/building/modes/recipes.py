"""Which module of this room says how an artifact is made."""

from pluginkit.backends.go.building.modes import linked
from pluginkit.backends.go.building.modes.recipe import Context, Recipe
from pluginkit.backends.language import resolve
from pluginkit.core.model import BuildStep


def recipe_of(context: Context, step: BuildStep) -> Recipe:
    """Return how the artifact of a step is made. Raises PluginkitError where what crosses cannot."""
    if step.member.kind == "host":
        return linked.host(context, step)
    made: Recipe = resolve(f"pluginkit.backends.go.building.modes.{step.member.mode}:recipe")(context, step)
    return made
