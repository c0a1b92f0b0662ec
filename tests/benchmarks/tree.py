"""Generated workspaces: an API, a host and many plugins."""

from pathlib import Path

from gorepo import go_monorepo
from monorepo import edit

_PROJECT = """\
[build-system]
requires = ["{backend}"]
build-backend = "{hooks}"

[project]
name = "{name}"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = [{requires}]
"""
_SOURCES = "[tool.uv.sources]\nbench-api = { workspace = true }\n"
_PLUGIN = """\
from bench_api import Plugin


class New(Plugin):
    def handle(self, body: bytes) -> bytes:
        return body
"""
_ENTRY = '[project.entry-points."bench.plugins"]\n{name} = "{module}:New"\n'


def make_tree(root: Path, plugins: int, backend: str = "hatchling") -> Path:
    """Write the workspace, whose members a backend of PyPI builds, and return its root."""
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[tool.uv.workspace]\nmembers = ["api", "host", "plugins/*"]\n\n'
        '[tool.pluginkit]\nlanguage = "python"\napi = "api"\nhosts = ["host"]\nplugins = ["plugins/*"]\n'
        'group = "bench.plugins"\ncontract = { factory = "New" }\n'
    )
    _member(
        backend, root / "api", "bench-api", "class Plugin:\n    def handle(self, body: bytes) -> bytes: ...\n", api=True
    )
    _member(backend, root / "host", "bench-host", "def main() -> None: ...\n")
    for number in range(plugins):
        _member(backend, root / "plugins" / f"p{number}", f"bench-p{number}", _PLUGIN, plugin=True)
    return root


def _member(backend: str, directory: Path, name: str, code: str, *, api: bool = False, plugin: bool = False) -> None:
    module = name.replace("-", "_")
    package = directory / "src" / module
    package.mkdir(parents=True)
    hooks = "hatchling.build" if backend == "hatchling" else backend
    requires = "" if api else '"bench-api>=1"'
    text = _PROJECT.format(name=name, backend=backend, hooks=hooks, requires=requires)
    text += f'[tool.hatch.build.targets.wheel]\npackages = ["src/{module}"]\n' if backend == "hatchling" else ""
    text += _ENTRY.format(name=name, module=module) if plugin else ""
    text += "" if api else _SOURCES
    (directory / "pyproject.toml").write_text(text)
    (package / "__init__.py").write_text(code)
    (package / "py.typed").touch()
    for part in ("first", "second", "third"):
        (package / f"{part}.py").write_text(f'"""The {part} part."""\n\nVALUE = "{part}"\n')


_USES = """\
import (
	"encoding/json"
	"html/template"

	"acme/pluginapi"
)

var Valid = json.Valid

var Page = template.New("page")
"""


def make_go_tree(root: Path, plugins: int, module: str = "acme") -> Path:
    """Write the workspace of a Go module, whose plugins have a few MB each, and return its root."""
    go_monorepo(root, plugins=tuple(f"p{number:02}" for number in range(plugins)))
    edit(root / "pluginkit.toml", '\n[plugin.filter]\ncapabilities = ["filter"]\n', "")
    for path in root.glob("plugins/*/*.go"):
        edit(path, 'import "acme/pluginapi"\n', _USES)
    for path in [root / "go.mod", *root.rglob("*.go")]:
        text = path.read_text().replace("acme/", f"{module}/").replace("module acme", f"module {module}")
        path.write_text(text)
    return root
