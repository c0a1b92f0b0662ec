"""A generated uv workspace: an API, a host and many plugins."""

from pathlib import Path

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
