"""Histories of a host: an API in several versions, releases of the host with each, and plugins built for them."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hosts import HostPlace
from monorepo import project, write

from pluginkit.cli import main
from pluginkit.core.fleet import PluginRelease
from pluginkit.core.upgrade import Upgrade
from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.upgrade import upgrade

CONFIG = """\
language = "python"
api = "api"
hosts = ["host"]
plugins = ["plugins/*"]
group = "acme.plugins"
policy = "POLICY"

[contract]
factory = "New"
"""


@dataclass
class History:
    """A monorepo whose releases are kept: `releases/NAME` each."""

    root: Path
    policy: str = "compatible"
    made: dict[str, Path] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    def release(
        self, name: str, api: str, version: str, plugins: Mapping[str, str], plugin_version: str = "1.0.0"
    ) -> Path:
        """Build the host with the code of an API and with these plugins, and return where the release is kept."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        members = {
            "api": project("acme-api", api, version=version),
            "host": project("acme-host", '"""The host."""\n', requires='"acme-api>=1"', version=version),
        }
        for short, code in plugins.items():
            entry = f'\n[project.entry-points."acme.plugins"]\n{short} = "acme_{short}:New"\n'
            members[f"plugins/{short}"] = project(
                f"acme-{short}", code, requires='"acme-api>=1"', entry_points=entry, version=plugin_version
            )
        (self.workspace / "plugins").mkdir(parents=True)
        for path, files in members.items():
            write(self.workspace / path, files)
        write(self.workspace, {"pluginkit.toml": CONFIG.replace("POLICY", self.policy)})
        assert main(["build", str(self.workspace)]) == 0
        kept = self.root / "releases" / name
        shutil.copytree((self.workspace / "dist").resolve(), kept)
        self.made[name] = kept
        return kept

    def upgrade(self, places: Sequence[Path], now: str, following: str) -> Upgrade:
        """Return what the upgrade between two releases takes of the plugins at the places."""
        options = FleetOptions(places=tuple(map(str, places)), hosts=(str(self.made[now]),))
        return upgrade(options, str(self.made[following]))

    def host(self, name: str, wheels: Sequence[Path], place: str) -> HostPlace:
        """Install the host of a release, with wheels of plugins for it to load."""
        found = HostPlace(self.root / place)
        found.plugins.mkdir(parents=True)
        for wheel in self.made[name].glob("acme_[ah]*-*.whl"):
            if wheel.name.startswith(("acme_api-", "acme_host-")):
                found.install(wheel)
        for wheel in wheels:
            shutil.copy(wheel, found.plugins)
        return found


def takes(found: Upgrade) -> dict[str, str]:
    """Return what the upgrade takes, by the plugin's name without the prefix."""
    return {one.name.removeprefix("acme-"): one.takes for one in found.plugins}


def wheel_of(one: PluginRelease | None) -> Path:
    """Return the file of a release."""
    assert one is not None
    return Path(one.subject)
