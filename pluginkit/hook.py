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

from pluginkit.operations.stamp_wheel import stamp_wheel


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
                stamp_wheel(Path(self.root), wheel, running)
            except BaseException:
                wheel.unlink(missing_ok=True)  # without a stamp it would be taken for finished
                raise


@hookimpl
def hatch_register_build_hook() -> type[PluginkitBuildHook]:
    """Register the hook with hatchling."""
    return PluginkitBuildHook
