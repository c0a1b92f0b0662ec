"""Speed of the Go path against Go itself, in the same run on the same machine."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from gofixtures import GoTools
from timing import processor_seconds, ratio, times

pytestmark = pytest.mark.benchmark

PLUGINKIT = Path(sys.executable).parent / "pluginkit"
TWO_AT_A_TIME = """\
set -e
cd "$1"
rm -rf out && mkdir -p out/plugins
GO="$2"
FLAGS="-trimpath -buildvcs=false"
"$GO" build $FLAGS -ldflags='-s -w' -o out/host ./cmd/host &
ls plugins | xargs -P 2 -I{} "$GO" build $FLAGS -ldflags='-s -w' -buildmode=plugin -o out/plugins/{}.so ./plugins/{}
wait
"""
"""The plugins two at a time, and beside the first of them the host: never fewer at once than a Makefile with -j2."""


def test_verify_of_one_plugin_takes_at_most_40_ms_more_than_an_empty_interpreter(modules, tmp_path) -> None:
    root = modules()
    for path in sorted(root.glob("plugins/*"))[1:]:
        shutil.rmtree(path)
    subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)
    ours = [PLUGINKIT, "verify", root / "dist/plugins/p00.so", "--host", root / "dist/bin/host"]
    mine, nothing = times(ours, [sys.executable, "-c", "pass"], runs=41)
    more = (statistics.median(mine) - statistics.median(nothing)) * 1000
    print(f"{more:.1f} ms more; at best {(min(mine) - min(nothing)) * 1000:.1f}")
    assert more <= 40


def test_verify_of_50_plugins_takes_no_longer_than_opening_them(modules) -> None:
    root = modules()
    subprocess.run([PLUGINKIT, "build", root], check=True, capture_output=True)
    plugins = sorted(root.glob("dist/plugins/*.so"))
    print(f"{sum(path.stat().st_size for path in plugins) / len(plugins) / 1e6:.1f} MB a plugin")
    assert ratio([PLUGINKIT, "verify", root], [root / "dist/bin/host", *plugins], runs=11) <= 1


@pytest.mark.parametrize(("cold", "most"), [(False, 1.0), (True, 0.9)], ids=["std cached", "nothing cached"])
def test_a_build_of_50_plugins_keeps_up_with_go_build(modules, go: GoTools, tmp_path, monkeypatch, cold, most) -> None:
    script = tmp_path / "peer.sh"
    script.write_text(TWO_AT_A_TIME)
    for name, value in go.env.items():
        monkeypatch.setenv(name, value)
    runs = 2 if cold else 5
    mine: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for number in range(runs):
        for kept in (mine, theirs) if number % 2 else (theirs, mine):
            root = modules()
            subprocess.run([PLUGINKIT, "lock", root], check=True, capture_output=True)
            if cold:
                monkeypatch.setenv("GOCACHE", str(root / "cache"))
            command: Sequence[object] = [PLUGINKIT, "build", "--locked", "-j2", root]
            kept.append(_timed(command if kept is mine else ["sh", script, root, go.go]))
            shutil.rmtree(root)
    for label, kept in (("ours", mine), ("go build", theirs)):
        print(f"{label}: {', '.join(f'{wall:.1f} s ({used:.1f} of processors)' for wall, used in kept)}")
    wall, used = (one / other for one, other in zip(_medians(mine), _medians(theirs), strict=True))
    print(f"ratio {wall:.3f}, of processor time {used:.3f}")
    assert wall <= most


def _timed(command: Sequence[object]) -> tuple[float, float]:
    """Return the seconds that a command takes, and those of processors that it and its children use."""
    start = time.perf_counter()
    used = processor_seconds([str(part) for part in command], os.environ)
    return time.perf_counter() - start, used


def _medians(runs: Sequence[tuple[float, float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*runs, strict=True)]
