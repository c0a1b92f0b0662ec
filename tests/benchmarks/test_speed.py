"""Speed against a peer, in the same run on the same machine."""

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from timing import ratio
from tree import make_tree
from uv import find_uv_bin

pytestmark = pytest.mark.benchmark

BIN = Path(sys.executable).parent
PLUGINKIT = BIN / "pluginkit"
FROM_NOTHING = [PLUGINKIT, "build", "--locked", "--no-cache"]

BARE_SCRIPT = """
import hashlib, sys, zipfile
from pathlib import Path
for path in Path(sys.argv[1]).glob("*.whl"):
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            hashlib.sha256(wheel.read(name)).hexdigest()
"""


def test_a_build_of_100_plugins_takes_a_thirtieth_of_uv_build(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", 100)
    uv = [find_uv_bin(), "build", "--all-packages", "--wheel", "--out-dir", tmp_path / "uv"]
    subprocess.run([PLUGINKIT, "build", root], check=True)  # makes the build environment
    subprocess.run(uv, cwd=root, check=True, capture_output=True)  # and uv's

    def forget() -> None:
        forget_outputs(root)
        shutil.rmtree(tmp_path / "uv", ignore_errors=True)

    assert ratio([*FROM_NOTHING, root], [*uv, "--offline"], runs=3, cwd=root, before=forget) <= 1 / 30


@pytest.mark.parametrize(("plugins", "most"), [(100, 4.5), (500, 3.5)])
def test_a_build_keeps_up_with_uvs_own_backend(tmp_path: Path, plugins: int, most: float) -> None:
    """Against wheels that are neither stamped nor verified, made by Rust in one process. The goal is 3 and 2."""
    root, peer = make_tree(tmp_path / "tree", plugins), make_tree(tmp_path / "peer", plugins, backend="uv_build")
    uv = [find_uv_bin(), "build", "--all-packages", "--wheel", "--offline", "--directory", peer]
    subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)  # makes the build environment
    before = partial(forget_outputs, root)
    assert ratio([*FROM_NOTHING, root], [*uv, "--out-dir", tmp_path / "uv"], runs=9, before=before) <= most


def forget_outputs(root: Path) -> None:
    shutil.rmtree(root / ".pluginkit", ignore_errors=True)
    (root / "dist").unlink(missing_ok=True)


def test_verify_of_500_wheels_takes_at_most_3_times_a_bare_reader(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", 498)
    subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)
    script = tmp_path / "bare.py"
    script.write_text(BARE_SCRIPT)
    ours = [PLUGINKIT, "verify", root]
    assert ratio(ours, [sys.executable, script, root / "dist"], runs=7) <= 3


def test_version_takes_at_most_2_times_an_empty_interpreter() -> None:
    assert ratio([PLUGINKIT, "--version"], [sys.executable, "-c", "pass"], runs=41) <= 2
