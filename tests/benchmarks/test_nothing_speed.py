"""Speed of builds that find nothing, or next to nothing, to do."""

import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gofixtures import GoTools
from timing import ratio
from tree import make_tree
from uv import find_uv_bin

pytestmark = pytest.mark.benchmark

PLUGINKIT = Path(sys.executable).parent / "pluginkit"
EMPTY = [sys.executable, "-c", "pass"]


def build(root: Path, times: int = 1) -> None:
    for _ in range(times):
        subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)
        time.sleep(0.1)


@pytest.mark.parametrize(("plugins", "most"), [(100, 3), (500, 5)])
def test_nothing_to_do_feels_like_nothing(tmp_path, plugins, most) -> None:
    root = make_tree(tmp_path / "tree", plugins)
    time.sleep(0.1)
    build(root, times=2)
    assert ratio([PLUGINKIT, "build"], EMPTY, runs=31, cwd=root) <= most


def test_nothing_to_do_takes_at_most_60_mb(tmp_path) -> None:
    root = make_tree(tmp_path / "tree", 500)
    time.sleep(0.1)
    build(root, times=2)
    code = f"import resource, subprocess; subprocess.run([{str(PLUGINKIT)!r}, 'build'], check=True)\n"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    said, peak = done.stdout.splitlines()
    print(f"{int(peak) / 1000:.0f} MB")
    assert "nothing changed" in said
    assert int(peak) * (1 if sys.platform == "darwin" else 1024) <= 60e6


def test_nothing_to_do_takes_at_most_half_of_uv_sync(tmp_path) -> None:
    root = make_tree(tmp_path / "tree", 500)
    sync = [find_uv_bin(), "sync", "--all-packages"]
    subprocess.run(sync, cwd=root, check=True, capture_output=True)
    build(root, times=2)
    assert ratio([PLUGINKIT, "build"], [*sync, "--offline"], runs=15, cwd=root) <= 1 / 2


def test_one_of_500_plugins_takes_at_most_0_3_s(tmp_path) -> None:
    """Where an empty interpreter takes 10 ms, which is 30 of them."""
    root = make_tree(tmp_path / "tree", 500)
    time.sleep(0.1)
    build(root, times=2)
    numbers = itertools.count()

    def change() -> None:
        number = next(numbers) % 50
        with (root / f"plugins/p{number}/src/bench_p{number}/__init__.py").open("a") as file:
            file.write(f"X = {number}\n")
        time.sleep(0.1)

    assert ratio([PLUGINKIT, "build"], EMPTY, runs=15, cwd=root, before=change) <= 0.3 / 0.010


GO_BUILD_EACH = """\
set -e
mkdir -p out/plugins
"$1" build -trimpath -buildvcs=false -ldflags='-s -w' -o out/host ./cmd/host
for name in $(ls plugins); do
  "$1" build -trimpath -buildvcs=false -ldflags='-s -w' -buildmode=plugin -o out/plugins/$name.so ./plugins/$name
done
"""


@pytest.fixture
def fifty(modules: Callable[[], Path], go: GoTools, tmp_path, monkeypatch) -> tuple[Path, list[object]]:
    """Return a workspace of 50 plugins, and how to run `go build` for each; both were built."""
    for name, value in go.env.items():
        monkeypatch.setenv(name, value)
    root, script = modules(), tmp_path / "each.sh"
    script.write_text(GO_BUILD_EACH)
    each: list[object] = ["sh", script, go.go]
    build(root)
    subprocess.run([str(part) for part in each], cwd=root, check=True, capture_output=True)
    build(root, times=2)
    return root, each


def test_nothing_to_do_takes_a_fortieth_of_go_build_for_each_of_50_plugins(fifty) -> None:
    root, each = fifty
    assert ratio([PLUGINKIT, "build"], each, runs=7, cwd=root) <= 1 / 40


RELINK_TWO_AT_A_TIME = """\
set -e
rm -rf out && mkdir -p out/plugins
"$1" build -trimpath -buildvcs=false -ldflags='-s -w' -o out/host ./cmd/host &
ls plugins | xargs -P 2 -I{} "$1" build -trimpath -buildvcs=false -ldflags='-s -w' -buildmode=plugin \
  -o out/plugins/{}.so ./plugins/{}
wait
"""


@pytest.mark.parametrize(("gone", "most"), [("dist", 1 / 40), (".pluginkit/releases", 1 / 10)])
def test_deleted_outputs_take_a_fortieth_of_relinking_50_plugins(fifty, tmp_path, gone, most) -> None:
    """Where the releases themselves are gone, 300 MB are copied, hashed, and written to disk: the disk decides."""
    root, each = fifty
    script = tmp_path / "relink.sh"
    script.write_text(RELINK_TWO_AT_A_TIME)

    def forget() -> None:
        (root / "dist").unlink(missing_ok=True)
        if gone != "dist":
            shutil.rmtree(root / gone, ignore_errors=True)

    assert ratio([PLUGINKIT, "build"], ["sh", script, each[2]], runs=3, cwd=root, before=forget) <= most


def test_one_of_50_plugins_takes_a_quarter_of_go_build_for_each(fifty) -> None:
    root, each = fifty
    numbers = itertools.count()

    def change() -> None:
        with (root / "plugins/p07/p07.go").open("a") as file:
            file.write(f"\nvar X{next(numbers)} = 1\n")
        time.sleep(0.1)

    assert ratio([PLUGINKIT, "build"], each, runs=5, cwd=root, before=change) <= 1 / 4
