"""The toolkit as others get it: its wheel, where a workspace takes it from, what lock and release make of it."""

import functools
import hashlib
import http.server
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
from monorepo import edit
from processes import UV, run

from pluginkit import __version__
from pluginkit.backends.python.building.toolkit import FILE, Toolkit, running
from pluginkit.backends.python.wheel.reader import inspect_wheel
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import read_lock
from pluginkit.core.release import read_release
from pluginkit.stages.scaffold import new

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def installed(place: Path, *what: object, **variables: str) -> Path:
    """Install into a new environment; return the directory of its commands."""
    run(UV, "venv", "--quiet", "--python", sys.executable, place, **variables)
    run(UV, "pip", "install", "--quiet", "--python", place, *what, **variables)
    return place / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the toolkit that runs these tests."""
    path = tmp_path_factory.mktemp("wheel") / FILE
    path.write_bytes(running().wheel())
    return path


@pytest.fixture(scope="module")
def from_file(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """An environment with that wheel, as `pip install WHEEL` has it."""
    return installed(tmp_path_factory.mktemp("file") / "env", f"pluginkit-toolchain[build] @ {wheel.as_uri()}")


@pytest.fixture(scope="module")
def from_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as `pip install .` makes it."""
    return installed(tmp_path_factory.mktemp("checkout") / "env", f"{ROOT}[build]")


def made_by(commands: Path, place: Path, *more: str, **variables: str) -> Path:
    run(commands / "pluginkit", "new", "acme", "--directory", place, *more, **variables)
    return place


def source(root: Path) -> Any:
    table = tomllib.loads((root / "pyproject.toml").read_text())
    return table["tool"]["uv"]["sources"].get("pluginkit-toolchain")


def test_the_wheel_is_one_that_a_verifier_can_read(wheel: Path) -> None:
    evidence = inspect_wheel(wheel, "wheel")
    assert {defect.code for defect in evidence.defects} == {"PK201"}  # the toolkit is no artifact of its users
    assert (evidence.name, evidence.version) == ("pluginkit-toolchain", __version__)
    assert "pluginkit/templates/python/copier.yml" in evidence.files


@pytest.mark.slow
def test_every_way_to_install_it_gives_a_workspace_the_same_wheel(
    tmp_path: Path, wheel: Path, from_file: Path, from_checkout: Path
) -> None:
    """Editable from a checkout, plain from a checkout, from a file, and by uvx."""
    new(tmp_path / "editable", "acme")
    made_by(from_checkout, tmp_path / "plain")
    made_by(from_file, tmp_path / "file")
    uvx = [Path(UV).with_name("uvx"), "--isolated", "--from", f"{wheel}[build]", "pluginkit"]
    run(*uvx, "new", "acme", "--directory", tmp_path / "uvx")
    for way in ("editable", "plain", "file", "uvx"):
        assert (tmp_path / way / "toolkit" / FILE).read_bytes() == wheel.read_bytes(), way
        assert source(tmp_path / way) == {"path": f"toolkit/{FILE}"}


def test_an_installed_file_that_was_edited_is_not_handed_on(tmp_path: Path, wheel: Path) -> None:
    commands = installed(tmp_path / "env", f"pluginkit-toolchain[build] @ {wheel.as_uri()}")
    (edited,) = (tmp_path / "env").glob("lib/python3*/site-packages/pluginkit/hook.py")
    edited.write_text(edited.read_text() + "\n")
    done = subprocess.run([commands / "pluginkit", "new", "acme"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "hook.py is not the file that was installed" in done.stderr
    assert not (tmp_path / "acme").exists()


class Served:
    """A simple index on this machine: a directory of wheels, and pages that list them."""

    def __init__(self, place: Path, *wheels: Path) -> None:
        for path in wheels:
            page = place / "simple" / path.name.partition("-")[0].replace("_", "-")
            page.mkdir(parents=True)
            shutil.copy(path, page)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            (page / "index.html").write_text(f'<a href="{path.name}#sha256={digest}">{path.name}</a>')
        handler = functools.partial(Quiet, directory=str(place))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index(tmp_path: Path, wheel: Path) -> Iterator[str]:
    served = Served(tmp_path / "index", wheel)
    yield served.url
    served.close()


@pytest.mark.slow
def test_from_an_index_it_is_a_requirement_and_a_pin_like_any_other(tmp_path: Path, index: str) -> None:
    commands = installed(tmp_path / "env", "pluginkit-toolchain[build]", UV_INDEX=index)
    root = made_by(commands, tmp_path / "acme", UV_INDEX=index)
    assert source(root) is None
    assert not (root / "toolkit").exists()
    for _ in range(2):  # by what the lock resolves, then by uv.lock
        run(commands / "pluginkit", "lock", cwd=root, UV_INDEX=index)
        lock, data = read_lock(root / "pluginkit.lock")
        assert (lock.toolkit.version, lock.toolkit.path) == (__version__, "")
        assert "pluginkit-toolchain" in {package.name for package in lock.packages}
        assert index.encode() not in data
        run(UV, "lock", "--quiet", cwd=root, UV_INDEX=index)
    run(commands / "pluginkit", "build", cwd=root, UV_INDEX=index)
    assert "toolkit" not in {artifact.kind for artifact in read_release(root / "dist").artifacts}
    assert f"{index}/pluginkit-toolchain/{FILE}" in (root / "dist/pylock.release.toml").read_text()
    assert run(commands / "pluginkit", "verify", cwd=root) == "4 artifacts accepted\n"
    run(UV, "venv", "--quiet", tmp_path / "run")
    run(UV, "pip", "sync", "--quiet", "--python", tmp_path / "run", root / "dist/pylock.release.toml")
    assert run(tmp_path / "run/bin/acme-host", "--plugins") == "filter\tverified\ntransform\tverified\n"


class Damaged(Distribution):
    """Metadata in which nobody wrote where it came from."""

    def read_text(self, filename: str) -> str:
        return "[]"

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


def test_a_damaged_direct_url_is_said_to_be_one() -> None:
    with pytest.raises(PluginkitError, match=r"direct_url\.json of pluginkit-toolchain is damaged"):
        _ = Toolkit(Damaged()).is_from_index


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    new(tmp_path / "acme", "acme")
    return tmp_path / "acme"


OLD = FILE.replace(__version__, "0.0.1")


@pytest.fixture
def of_an_older_one(workspace: Path, pluginkit: Callable[..., Any]) -> Path:
    """Return a workspace with the wheel of an older toolkit, and a lock that seals that."""
    assert pluginkit("lock", workspace).status == 0
    (workspace / "toolkit" / FILE).rename(workspace / "toolkit" / OLD)
    edit(workspace / "pyproject.toml", FILE, OLD)
    edit(workspace / "pluginkit.lock", FILE, OLD)
    edit(workspace / "pluginkit.lock", f'[toolkit]\nversion = "{__version__}"', '[toolkit]\nversion = "0.0.1"')
    return workspace


def test_a_lock_for_another_toolkit_is_stale_and_says_what_to_do(
    of_an_older_one: Path, pluginkit: Callable[..., Any]
) -> None:
    ran = pluginkit("build", "--locked", of_an_older_one)
    assert ran.status == 2
    assert f"pluginkit.lock is sealed for pluginkit-toolchain 0.0.1, and {__version__} is running" in ran.err
    assert f"`pip install '{of_an_older_one}/toolkit/{OLD}[build]'` to use that one" in ran.err
    assert pluginkit("lock", "--upgrade", of_an_older_one).status == 0
    assert [path.name for path in (of_an_older_one / "toolkit").iterdir()] == [FILE]
    assert (of_an_older_one / "toolkit" / FILE).read_bytes() == running().wheel()
    assert source(of_an_older_one) == {"path": f"toolkit/{FILE}"}
    assert pluginkit("build", "--locked", of_an_older_one).status == 0
