"""Speed against a peer, in the same run on the same machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from timing import ratio
from tree import make_tree
from uv import find_uv_bin

pytestmark = pytest.mark.benchmark

BIN = Path(sys.executable).parent
PLUGINKIT = BIN / "pluginkit"

BARE_SCRIPT = """
import hashlib, sys, zipfile
from pathlib import Path
for path in Path(sys.argv[1]).glob("*.whl"):
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            hashlib.sha256(wheel.read(name)).hexdigest()
"""


def test_a_build_of_100_plugins_takes_a_twentieth_of_uv_build(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", 100)
    uv = [find_uv_bin(), "build", "--all-packages", "--wheel", "--out-dir", tmp_path / "uv"]
    subprocess.run([PLUGINKIT, "build", root], check=True)  # makes the build environment
    subprocess.run(uv, cwd=root, check=True, capture_output=True)  # and uv's

    def forget() -> None:
        shutil.rmtree(root / ".pluginkit", ignore_errors=True)
        (root / "dist").unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "uv", ignore_errors=True)

    ours = [PLUGINKIT, "build", "--locked", root]
    assert ratio(ours, [*uv, "--offline"], runs=3, cwd=root, before=forget) <= 1 / 20


def test_verify_of_500_wheels_takes_at_most_3_times_a_bare_reader(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", 498)
    subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)
    script = tmp_path / "bare.py"
    script.write_text(BARE_SCRIPT)
    ours = [PLUGINKIT, "verify", root]
    assert ratio(ours, [sys.executable, script, root / "dist"], runs=7) <= 3


def test_version_takes_at_most_2_times_an_empty_interpreter() -> None:
    assert ratio([PLUGINKIT, "--version"], [sys.executable, "-c", "pass"], runs=41) <= 2
