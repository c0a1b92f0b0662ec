"""The hatchling build hook `pluginkit`: stamped wheels from any front end.

With `[tool.hatch.build.hooks.pluginkit]` in a member, `uv build`, `python -m build` and `pip wheel` leave the
very bytes that `pluginkit build` leaves, as long as they run the locked version of hatchling.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.__about__ import __version__ as running
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import BuildPlan, BuildStep


class PluginkitBuildHook(BuildHookInterface[Any]):
    """Stamp each finished wheel; editable wheels and sdists carry no stamp."""

    PLUGIN_NAME = "pluginkit"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Replace the wheel at `artifact_path` by a stamped one; where that fails, none is left.

        Raises PluginkitError when the project is in no workspace, its lock is out of date, or the
        running hatchling is not the locked one. `pluginkit build` stamps by itself.
        """
        if self.target_name == "wheel" and version == "standard" and "PLUGINKIT_BUILD" not in os.environ:
            wheel = Path(artifact_path)
            try:
                stamp_in_place(Path(self.root), wheel)
            except BaseException:
                wheel.unlink(missing_ok=True)  # without a stamp it would be taken for finished
                raise


@hookimpl
def hatch_register_build_hook() -> type[PluginkitBuildHook]:
    """Register the hook with hatchling."""
    return PluginkitBuildHook


def stamp_in_place(root: Path, wheel: Path) -> None:
    """Stamp the finished `wheel` of the member in `root`; the file is replaced in one rename."""
    from pluginkit.backends.python.building.wheels import stamp
    from pluginkit.core.files import write_atomic

    plan, step = _step_of(root)
    _refuse_other_hatchling(step)
    write_atomic(wheel, stamp(plan, step, wheel.read_bytes(), wheel.name))


def _step_of(root: Path) -> tuple[BuildPlan, BuildStep]:
    from pluginkit.backends.builders import builder
    from pluginkit.core.config import find_root
    from pluginkit.core.digest import sha256
    from pluginkit.stages import lock
    from pluginkit.stages.discover import discover

    if find_root(root) is None:
        raise PluginkitError(
            f"{root}: not in a pluginkit workspace",
            hint="an sdist leaves the workspace of its member: build the wheel from the checkout (`uv build --wheel`)",
        )
    workspace = discover(root)
    sealed, data = lock.current(workspace)
    member = next((one for one in workspace.members if (workspace.root / one.path).samefile(root)), None)
    if member is None:
        raise PluginkitError(
            f"{root} is no member of the workspace {workspace.root}", hint="name it in `plugins`, `hosts` or `api`"
        )
    digest = sha256(data)
    (step,) = builder(workspace.language).steps(workspace, sealed, digest, [member])
    return BuildPlan(workspace, sealed, digest, (step,)), step


def _refuse_other_hatchling(step: BuildStep) -> None:
    pins = step.environment.packages if step.environment else ()
    locked = next((package.version for package in pins if package.name == "hatchling"), running)
    if locked != running:
        raise PluginkitError(
            f"built with hatchling {running}, locked is {locked}: the stamp would be wrong",
            hint=f"constrain the build with `hatchling=={locked}`, or use `pluginkit build`",
        )
