"""The start of a host with a hundred installed plugins, against stevedore loading the same ones unchecked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from timing import ratio
from tree import make_tree
from uv import find_uv_bin

pytestmark = pytest.mark.benchmark

PLUGINKIT = Path(sys.executable).parent / "pluginkit"
CHECKOUT = Path(__file__).parents[2]
COUNT = 100
OURS = f"""\
from bench_api import Plugin
from pluginkit.runtime import load_plugins

assert len(load_plugins(api=Plugin).loaded) == {COUNT}
"""
PEER = f"""\
from stevedore import ExtensionManager

assert len(ExtensionManager("bench.plugins", invoke_on_load=True).names()) == {COUNT}
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment with API, host and plugins of one release, pluginkit and stevedore."""
    root = tmp_path_factory.mktemp("environment")
    workspace = make_tree(root / "workspace", COUNT)
    subprocess.run([PLUGINKIT, "build", workspace], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", root / "env"], check=True)
    pip = [find_uv_bin(), "pip", "install", "--quiet", "--python", root / "env/bin/python"]
    subprocess.run([*pip, "--no-deps", *workspace.glob("dist/*.whl")], check=True)
    subprocess.run([*pip, "stevedore", CHECKOUT], check=True)
    subprocess.run([root / "env/bin/python", "-m", "compileall", "-q", root / "env/lib"], check=True)
    return root / "env"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what both remember in the test's own directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "ours"))
    return tmp_path


def test_a_first_start_takes_at_most_1_3_times_as_long(environment: Path, home: Path) -> None:
    python = environment / "bin/python"
    subprocess.run([python, "-c", PEER], check=True)  # stevedore keeps a list of entry points: it may

    def forget() -> None:
        shutil.rmtree(home / "ours", ignore_errors=True)

    assert ratio([python, "-c", OURS], [python, "-c", PEER], runs=25, before=forget) <= 1.3


def test_a_second_start_takes_at_most_0_6_times_as_long(environment: Path, home: Path) -> None:
    python = environment / "bin/python"
    for code in (OURS, PEER):
        subprocess.run([python, "-c", code], check=True)
    assert os.listdir(home / "ours/runtime")
    assert ratio([python, "-c", OURS], [python, "-c", PEER], runs=25) <= 0.6


def test_importing_the_runtime_takes_at_most_4_times_as_long_as_nothing(environment: Path) -> None:
    python = environment / "bin/python"
    assert ratio([python, "-c", "import pluginkit.runtime"], [python, "-c", "pass"], runs=25) <= 4
