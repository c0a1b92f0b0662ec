"""The pytest plugin for people who write plugins, in a workspace and in a repository of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import API, CHECKOUT, GOOD, release
from monorepo import edit
from signers import Signer, who_signed

from pluginkit.core.key_mark import KEY

TESTS = """\
import sys

import acme_one
from acme_api import Plugin


class Settings:
    limit = 7


def test_the_wheel_answers(load_plugin):
    plugin = load_plugin(api=Plugin, host=Settings())
    assert plugin.handle(b"x") == b"one:x"
    assert sys.modules["acme_one"] is not acme_one
    assert sys.modules["acme_one"].started == [7]
    assert "unpacked" in sys.modules["acme_one"].__file__


def test_the_sources_are_back():
    assert sys.modules["acme_one"] is acme_one
    assert not acme_one.started
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    release(root, {"one": GOOD.format(name="one")})
    (root / "plugins/one/test_one.py").write_text(TESTS)
    (root / "pytest.toml").write_text('[pytest]\npythonpath = ["api", "plugins/one"]\n')
    for name in ("api", "one"):  # as `uv sync` has them
        _editable(root, name)
    return root


def _editable(root: Path, name: str) -> None:
    path = root / ("plugins/one" if name == "one" else name)
    info = root / f"api/acme_{name}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.0.0\n")
    (info / "direct_url.json").write_text(f'{{"url": "file://{path}", "dir_info": {{"editable": true}}}}')
    (info / "RECORD").write_text("")


def _pytest(root: Path, *arguments: object) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PLUGINKIT_CACHE_DIR": os.environ["PLUGINKIT_CACHE_DIR"]}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *map(str, arguments)]
    done = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_plugin_is_built_verified_and_loaded(workspace: Path) -> None:
    status, output = _pytest(workspace)
    assert status == 0, output
    assert "2 passed" in output


@pytest.mark.slow
def test_where_hosts_ask_for_signatures_tests_need_no_key_and_sign_with_the_one_there_is(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = Signer(tmp_path, 1)
    with (workspace / "pluginkit.toml").open("a") as file:
        file.write(f"\n{signer.trusted()}")
    for pem, signers in (("", set()), (signer.pem, {signer.keyid})):
        monkeypatch.setenv(KEY, pem)
        status, output = _pytest(workspace)
        assert status == 0, output
        assert who_signed(workspace / "dist/release.json") == signers


def test_what_fails_as_it_loads_is_told(workspace: Path) -> None:
    edit(workspace / "plugins/one/acme_one/__init__.py", "started.append(host.limit)", "host.nothing")
    status, output = _pytest(workspace, "-k", "answers")
    assert status == 1
    assert "PK508" in output
    assert "no attribute 'nothing'" in output


def test_a_stale_lock_is_told(workspace: Path) -> None:
    edit(workspace / "api/acme_api/__init__.py", "limit: int", "limit: str")
    status, output = _pytest(workspace, "-k", "answers")
    assert status == 1
    assert "pluginkit lock" in output


def test_another_host_refuses_it_and_the_findings_are_shown(workspace: Path, tmp_path: Path) -> None:
    other = release(tmp_path / "other", {"two": GOOD.format(name="two")}, api=API + "\n\nclass More: ...\n")
    host = shutil.copytree(other, tmp_path / "host")
    (workspace / "pytest.toml").write_text(
        f'[pytest]\npythonpath = ["api", "plugins/one"]\npluginkit_host = "{host}"\n'
    )
    status, output = _pytest(workspace, "-k", "answers")
    assert status == 1
    assert "PK303" in output
    assert "class More" in output


def test_outside_a_workspace_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "pytest.toml").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text("def test_it(plugin_wheel): ...\n")
    status, output = _pytest(tmp_path)
    assert status == 1
    assert "lies in no pluginkit workspace" in output
