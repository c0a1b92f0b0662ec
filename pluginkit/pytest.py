"""A pytest plugin for people who write plugins: their wheel, built, verified and loaded as a host does it.

    def test_the_wheel_answers(load_plugin):
        plugin = load_plugin(api=Plugin, host=Settings())
        assert plugin.handle(b"x") == b"x"

Fixtures: `pluginkit_release`, `pluginkit_host`, `plugin_wheel`, `load_plugin`; assertion: `assert_accepted`. A plugin
with a repository of its own names its host in pytest's configuration, `pluginkit_host = "PATH"`: the host's wheel, its
release or an environment. In a workspace that is the workspace's own release.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pluginkit.runtime.report import Report

_CONFIGURED = "pluginkit_host"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that names the host."""
    parser.addini(_CONFIGURED, "what plugins are verified against: a host's wheel, release or environment", default="")


def assert_accepted(artifact: Path, host: Path, *, signed: bool = True) -> None:
    """Assert that `host` accepts an artifact, or all of a directory; what speaks against them is in the message.

    They need the signatures that the host asks for, unless `signed` is false.
    """
    __tracebackhide__ = True
    from pluginkit.operations.verify import verify
    from pluginkit.report.text import render_text

    verdicts = verify([artifact], [host], signed=signed)
    if not all(verdict.accepted for verdict in verdicts):
        pytest.fail(render_text(verdicts, color=False), pytrace=False)


@pytest.fixture(scope="session")
def pluginkit_release(pytestconfig: pytest.Config) -> Path:
    """Build the release of the workspace that the tests lie in, from its lock as it stands now.

    It is signed with the key in the environment, if there is one.
    """
    from pluginkit.core.config import DIST, find_root

    root = find_root(pytestconfig.rootpath)
    if root is None:
        pytest.fail(f"{pytestconfig.rootpath} lies in no pluginkit workspace", pytrace=False)
    from pluginkit.core.errors import PluginkitError
    from pluginkit.core.private_key import find_key
    from pluginkit.operations.build import Refused, build
    from pluginkit.operations.options import BuildOptions
    from pluginkit.operations.reporter import Silent
    from pluginkit.report.text import render_text

    try:
        built = build(BuildOptions(root, locked=True, key=find_key(None, os.environ)), Silent())
    except PluginkitError as error:
        pytest.fail(f"pluginkit build: {error.message}\nhint: {error.hint}", pytrace=False)
    if isinstance(built, Refused):
        pytest.fail(f"pluginkit build: {render_text(built.verdicts, color=False)}", pytrace=False)
    return root / DIST


@pytest.fixture(scope="session")
def pluginkit_host(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Path:
    """Return what plugins are verified against: what the configuration names, else the workspace's own release."""
    configured = pytestconfig.getini(_CONFIGURED)
    if configured:
        return Path(pytestconfig.inipath or pytestconfig.rootpath / "-").parent / str(configured)
    release: Path = request.getfixturevalue("pluginkit_release")
    return release


@pytest.fixture
def plugin_wheel(request: pytest.FixtureRequest, pluginkit_release: Path, pluginkit_host: Path) -> Path:
    """Return the wheel of the distribution whose tests these are, accepted by the host."""
    name = _distribution(request.path)
    stem = name.replace("-", "_")
    found = [path for path in pluginkit_release.glob("*.whl") if path.name.lower().startswith(f"{stem}-")]
    if len(found) != 1:
        listed = ", ".join(sorted(path.name for path in pluginkit_release.glob("*.whl")))
        pytest.fail(f"the release has no wheel of {name}: {listed}", pytrace=False)
    assert_accepted(found[0], pluginkit_host, signed=False)  # nobody signs what was built for its tests
    return found[0]


@pytest.fixture
def load_plugin(plugin_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Load the wheel by `pluginkit.runtime.load_plugins`, whose arguments it takes, and return the plugin.

    The plugin's sources, and what tests imported of them, are out of the way for that long.
    """
    with loader(plugin_wheel, tmp_path_factory.mktemp("plugins")) as load:
        yield load


@contextmanager
def loader(wheel: Path, directory: Path) -> Iterator[Callable[..., Any]]:
    """Yield what loads the plugin of one wheel, a copy of it in `directory`; its sources are out of the way meanwhile.

    What is yielded takes the arguments of `pluginkit.runtime.load_plugins`, and in `name` the plugin of several.
    """
    from pluginkit.backends.inspectors import for_file
    from pluginkit.core.ownership import modules
    from pluginkit.runtime import load_plugins

    directory.mkdir(exist_ok=True)
    shutil.copy(wheel, directory)
    inspector = for_file(wheel)
    evidences = inspector.inspect([(wheel, wheel.name)]) if inspector else ()
    own = tuple(module for evidence in evidences for module in modules(evidence.files, evidence.inits))

    def load(*, name: str = "", **options: Any) -> Any:
        __tracebackhide__ = True
        report = load_plugins(directory, **options)
        loaded = [result for result in report.loaded if name in ("", result.name)]
        if report.skipped or len(loaded) != 1:
            pytest.fail(_explained(report, [result.name for result in loaded]), pytrace=False)
        return loaded[0].plugin

    path, hidden, finder = list(sys.path), _take_out(own), _Elsewhere(own, sys.path)
    sys.meta_path.insert(0, finder)
    try:
        yield load
    finally:
        sys.meta_path.remove(finder)
        _take_out(own)
        sys.modules.update(hidden)
        sys.path[:] = path


def _distribution(test: Path) -> str:
    """Return the name of the distribution whose project a test belongs to: the nearest one above it."""
    from pluginkit.core.names import normalize
    from pluginkit.core.toml import read_toml

    for directory in test.parents:
        manifest = directory / "pyproject.toml"
        name = read_toml(manifest).table("project").values.get("name") if manifest.is_file() else None
        if name:
            return normalize(str(name))
    pytest.fail(f"{test} belongs to no project with a name", pytrace=False)


class _Elsewhere:
    """A finder (`sys.meta_path`) that finds modules anywhere but in certain directories."""

    def __init__(self, names: Sequence[str], directories: Sequence[str]) -> None:
        self._names, self._directories = frozenset(names), {os.path.realpath(one) for one in directories}

    def find_spec(self, name: str, path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        """Return where a module is to be imported from; None leaves it to the finders after this one."""
        if name not in self._names:
            return None
        places = sys.path if path is None else path
        return PathFinder.find_spec(name, [one for one in places if self._root(one, name) not in self._directories])

    def _root(self, place: str, name: str) -> str:
        """Return the entry of `sys.path` that a namespace package's directory lies in."""
        return os.path.realpath(Path(place, *[".."] * name.count(".")))


def _take_out(names: Sequence[str]) -> dict[str, Any]:
    """Remove modules, and all in them, from those that are imported."""
    prefixes = tuple(f"{name}." for name in names)
    found = [name for name in sys.modules if f"{name}.".startswith(prefixes)] if prefixes else []
    return {name: sys.modules.pop(name) for name in found}


def _explained(report: Report, loaded: Sequence[str]) -> str:
    from pluginkit.core.verdict import Verdict
    from pluginkit.report.text import render_text

    findings = tuple(finding for result in report.skipped for finding in result.findings)
    if findings:
        return render_text([Verdict(report.host, (findings[0].subject,), findings)], color=False)
    return f"the wheel has these plugins, say which with `name=`: {', '.join(loaded) or 'none'}"
