"""Tiny real monorepos: an API, a host and plugins, in as few lines as make them work."""

import time
from collections.abc import Mapping
from pathlib import Path

from pluginkit.incremental.file_stat import TICK

BUILD_SYSTEMS = {
    "hatchling": ("hatchling", "hatchling.build"),
    "setuptools": ("setuptools", "setuptools.build_meta"),
    "uv": ("uv_build", "uv_build"),
    "flit": ("flit_core", "flit_core.buildapi"),
    "pdm": ("pdm-backend", "pdm.backend"),
    "poetry": ("poetry-core", "poetry.core.masonry.api"),
}
API = '''\
"""The shared API."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Request:
    id: str
    body: bytes


class Plugin(Protocol):
    def handle(self, request: Request) -> bytes: ...
'''
PLUGIN = '''\
"""A plugin."""

from acme_api import Request


class New:
    def handle(self, request: Request) -> bytes:
        return request.body
'''
PLAIN = "class New:\n    def handle(self, request): ...\n"
"""As short as the API allows."""


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below `root`, named by their paths."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def project(
    name: str,
    code: str,
    *,
    version: str = "1.0.0",
    requires: str = "",
    backend: str = "hatchling",
    entry_points: str = "",
    more: str = "",
) -> dict[str, str]:
    """Return the files of one distribution in the flat layout that every backend finds by itself."""
    module = name.replace("-", "_")
    requirement, build_backend = BUILD_SYSTEMS[backend]
    manifest = (
        f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{build_backend}"\n\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "{name}"\nrequires-python = ">=3.11"\n'
        f"dependencies = [{requires}]\n{entry_points}{more}"
    )
    return {"pyproject.toml": manifest, f"{module}/__init__.py": code}


def monorepo(
    root: Path, *, backend: str = "hatchling", plugins: Mapping[str, str] | None = None, more: str = ""
) -> Path:
    """Write the monorepo `acme`: `api`, `host` and, by default, `plugins/filter`; `more` ends its configuration."""
    members = {
        "api": project("acme-api", API),
        "host": project("acme-host", '"""The host."""\n', requires='"acme-api>=1"'),
    }
    for name, code in (plugins or {"filter": PLUGIN}).items():
        module = name.replace("-", "_")
        entry = f'\n[project.entry-points."acme.plugins"]\n{name} = "acme_{module}:New"\n'
        members[f"plugins/{name}"] = project(
            f"acme-{name}", code, requires='"acme-api>=1"', backend=backend, entry_points=entry
        )
    for path, files in members.items():
        write(root / path, files)
    config = (
        'language = "python"\napi = "api"\nhosts = ["host"]\nplugins = ["plugins/*"]\ngroup = "acme.plugins"\n'
        f'{more}\n[contract]\nfactory = "New"\n'
    )
    return write(root, {"pluginkit.toml": config})


def settle() -> None:
    """Wait until a file written now has other times than those written before."""
    time.sleep(3 * TICK / 1e9)


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")
