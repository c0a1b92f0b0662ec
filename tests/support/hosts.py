"""Real hosts: a release built by pluginkit, its API and host installed, and a Python that loads plugins there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from monorepo import monorepo

from pluginkit.cli import main

CHECKOUT = Path(__file__).parents[2]
API = '''\
"""The shared API."""

from typing import Protocol


class Host(Protocol):
    limit: int


class Plugin(Protocol):
    name: str

    def handle(self, body: bytes) -> bytes: ...
'''
GOOD = """\
from acme_api import Plugin

started = []


class New:
    name = "{name}"

    def init(self, host):
        started.append(host.limit)

    def handle(self, body):
        return b"{name}:" + body
"""
START = """\
import json, logging, sys
from acme_api import Plugin
from pluginkit.runtime import PluginLoadError, load_plugins

logging.basicConfig(level=logging.INFO)


class Settings:
    limit = 7


try:
    report = load_plugins({arguments}, api=Plugin, host=Settings())
except PluginLoadError as error:
    print(json.dumps({{"error": str(error), "report": json.loads(error.report.to_json())}}))
    sys.exit(3)
answers = {{one.name: one.plugin.handle(b"x").decode() for one in report.loaded}}
print(json.dumps({{"answers": answers, "report": json.loads(report.to_json()), "modules": sorted(sys.modules)}}))
"""


@dataclass(frozen=True)
class Started:
    """How a host's start ended."""

    status: int
    value: dict[str, Any]
    log: str

    @property
    def answers(self) -> dict[str, str]:
        """What each loaded plugin answered."""
        found: dict[str, str] = self.value["answers"]
        return found

    @property
    def codes(self) -> dict[str, list[str]]:
        """The codes of errors, by plugin."""
        rows = [row for row in self.value["report"]["plugins"] if row["status"] != "loaded"]
        return {row["name"]: [one["code"] for one in row["findings"] if one["severity"] == "error"] for row in rows}

    def finding(self, name: str) -> dict[str, Any]:
        """Return the first finding of a plugin."""
        (row,) = (row for row in self.value["report"]["plugins"] if row["name"] == name)
        found: dict[str, Any] = row["findings"][0]
        return found


@dataclass(frozen=True)
class HostPlace:
    """A directory with an installed host and API, and a directory of plugins."""

    root: Path

    @property
    def site(self) -> Path:
        """Where distributions are installed."""
        return self.root / "site"

    @property
    def plugins(self) -> Path:
        """The directory of wheels."""
        return self.root / "plugins"

    def start(self, arguments: str = "'plugins'", *, code: str = START, **env: str) -> Started:
        """Start the host in a process of its own, which loads plugins."""
        done = self.run(code.format(arguments=arguments), **env)
        lines = done.stdout.splitlines()
        assert lines, done.stderr
        return Started(done.returncode, json.loads(lines[-1]), done.stderr)

    def run(self, code: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run Python in this place."""
        path = os.pathsep.join(map(str, (self.site, CHECKOUT)))
        variables = {**os.environ, "PYTHONPATH": path, "PLUGINKIT_CACHE_DIR": str(self.root / "cache"), **env}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # hosts write bytecode, as they do anywhere
        return subprocess.run(
            [sys.executable, "-c", code], cwd=self.root, env=variables, check=False, capture_output=True, text=True
        )

    def install(self, wheel: Path) -> None:
        """Install a wheel beside the host."""
        schemes = dict.fromkeys(("purelib", "platlib"), str(self.site))
        schemes |= {name: str(self.root / name) for name in ("scripts", "headers", "data")}
        destination = SchemeDictionaryDestination(schemes, interpreter=sys.executable, script_kind="posix")
        with WheelFile.open(wheel) as source:
            install(source, destination, additional_metadata={})


def release(root: Path, plugins: Mapping[str, str], *, api: str = API, contract: str = "", more: str = "") -> Path:
    """Build a monorepo with these plugins and return its release."""
    monorepo(root, plugins=plugins, more=more)
    (root / "api/acme_api/__init__.py").write_text(api)
    with (root / "pluginkit.toml").open("a") as config:
        config.write(contract)
    assert main(["build", str(root)]) == 0
    return root / "dist"


def place(root: Path, built: Path, names: Sequence[str] = ()) -> HostPlace:
    """Install host and API of a release, and put the wheels of plugins into the directory of plugins."""
    found = HostPlace(root)
    found.plugins.mkdir(parents=True)
    for name in ("api", "host"):
        found.install(built / f"acme_{name}-1.0.0-py3-none-any.whl")
    for name in names:
        shutil.copy(built / f"acme_{name}-1.0.0-py3-none-any.whl", found.plugins)
    return found


def wheel(built: Path, name: str) -> Path:
    """Return a wheel of a release."""
    return built / f"acme_{name}-1.0.0-py3-none-any.whl"
