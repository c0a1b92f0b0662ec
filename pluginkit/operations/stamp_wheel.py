"""A wheel that some front end built -> the stamped wheel that `pluginkit build` would have made."""

from pathlib import Path

from pluginkit.backends.builders import builder
from pluginkit.backends.python.building.wheels import stamp
from pluginkit.core.config import find_root
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import replacing
from pluginkit.core.lockfile import sealed_digest
from pluginkit.core.model import BuildPlan, BuildStep
from pluginkit.stages import lock
from pluginkit.stages.discover import discover


def stamp_wheel(root: Path, wheel: Path, hatchling: str) -> None:
    """Stamp the finished `wheel` of the member in `root`, as a running hatchling made it; replaced in one rename.

    Raises PluginkitError when the project is in no workspace, its lock is out of date, or that version of hatchling is
    not the locked one.
    """
    plan, step = _step_of(root)
    _refuse_other_hatchling(step, hatchling)
    with replacing(wheel) as target:
        stamp(plan, step, wheel, target)


def _step_of(root: Path) -> tuple[BuildPlan, BuildStep]:
    if find_root(root) is None:
        raise PluginkitError(
            f"{root}: not in a pluginkit workspace",
            hint="an sdist leaves the workspace of its member: build the wheel from the checkout (`uv build --wheel`)",
        )
    workspace = discover(root)
    found, data = lock.current(workspace)
    member = next((one for one in workspace.members if (workspace.root / one.path).samefile(root)), None)
    if member is None:
        raise PluginkitError(
            f"{root} is not a member of the workspace {workspace.root}", hint="name it in `plugins`, `hosts` or `api`"
        )
    (step,) = builder(workspace.language).steps(workspace, found, sealed_digest(found), [member])
    return BuildPlan(workspace, found, sha256(data), (step,)), step


def _refuse_other_hatchling(step: BuildStep, running: str) -> None:
    pins = step.environment.packages if step.environment else ()
    locked = next((package.version for package in pins if package.name == "hatchling"), running)
    if locked != running:
        raise PluginkitError(
            f"built with hatchling {running}, locked is {locked}: the stamp would be wrong",
            hint=f"constrain the build with `hatchling=={locked}`, or use `pluginkit build`",
        )
