"""What a build would build, and what it would go by."""

from pluginkit.core.model import BuildPlan
from pluginkit.incremental.last_build import LastBuild
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.reporter import Reporter
from pluginkit.operations.session import Session


def plan(options: BuildOptions, reporter: Reporter) -> tuple[BuildPlan, LastBuild | None]:
    """Return the plan of a build, and what is known of the last one. Nothing is built, and nothing written."""
    session = Session(options, reporter)
    made = session.plan(session.past)
    session.warn()
    return made, session.past.last_build
