"""One build-environment cache for the whole run, apart from the user's; and the command line in process."""

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from lying_server import lying_server
from originals import Copy, Originals
from processes import Ran, cache_beside
from resolutions import remembering
from webdav import NGINX, server

from pluginkit.backends.python.building import resolve, uv
from pluginkit.cli import main

pytest_plugins = ["gofixtures"]


def pytest_configure() -> None:
    # Set before xdist starts its workers, so that they share it.
    if "PLUGINKIT_CACHE_DIR" not in os.environ:
        os.environ["PLUGINKIT_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / f"pluginkit-tests-{os.getuid()}")
    os.environ["NO_COLOR"] = "1"
    settings.register_profile("pluginkit", deadline=None)  # a busy machine fails no test
    settings.load_profile("pluginkit")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in a job in the background: children would ignore it too
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with the mark `sampled(n)` each n-th case is slow, and the others are attacks."""
    cases: Counter[str] = Counter()
    for item in items:
        mark, name = item.get_closest_marker("sampled"), item.nodeid.partition("[")[0]
        if mark:
            item.add_marker("attacks" if cases[name] % mark.args[0] else "slow")
            cases[name] += 1


@pytest.fixture(autouse=True)
def own_artifacts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache without artifacts; what takes long to make, and is no artifact, is shared."""
    own = cache_beside(Path(os.environ["PLUGINKIT_CACHE_DIR"]), tmp_path_factory.mktemp("cache"))
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(own))
    return own


@pytest.fixture(autouse=True)
def resolved_once(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask uv once a run for pins that many tests want: that is a third of what a small build takes."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    monkeypatch.setattr(resolve, "with_settings", remembering(uv.with_settings, run / "resolutions"))


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    return Originals(tmp_path_factory.mktemp("originals"))


@pytest.fixture
def copied(originals: Originals, own_artifacts: Path) -> Copy:
    """Return a function (make, root) -> root: a built copy of the workspace that `make` writes, and its artifacts."""
    return lambda make, root: originals.copy(make, root, own_artifacts)


@pytest.fixture
def pluginkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `pluginkit ARGUMENTS` in `cwd` (default: the test's own directory)."""

    def run(*arguments: object, cwd: Path = tmp_path) -> Ran:
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stopped:  # argparse
            status = stopped.code if isinstance(stopped.code, int) else 1
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return run


@pytest.fixture(params=["file", "http", pytest.param("nginx", marks=pytest.mark.skipif(not NGINX, reason="no nginx"))])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A shared cache's URL, and the directory its files lie in."""
    if request.param == "file":
        yield f"file://{tmp_path}/shared", tmp_path / "shared"
    elif request.param == "http":
        with lying_server(tmp_path / "http") as (url, _):  # which lies only when told to
            yield url, tmp_path / "http"
    else:
        with server(tmp_path / "nginx") as url:
            yield url, tmp_path / "nginx/files"
