"""Two commands timed in turn, so that a noisy machine is noisy for both."""

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def ratio(
    ours: Sequence[object],
    peer: Sequence[object],
    *,
    runs: int,
    cwd: Path | None = None,
    before: Callable[[], None] = lambda: None,
) -> float:
    """Run both commands `runs` times in turn, print the times, and return median ours over median peer."""
    mine, theirs = times(ours, peer, runs=runs, cwd=cwd, before=before)
    result = statistics.median(mine) / statistics.median(theirs)
    print(f"ratio {result:.3f}")
    return result


def times(
    ours: Sequence[object],
    peer: Sequence[object],
    *,
    runs: int,
    cwd: Path | None = None,
    before: Callable[[], None] = lambda: None,
) -> tuple[list[float], list[float]]:
    """Run both commands `runs` times in turn, print and return the seconds that each took."""
    kept: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for command, into in zip((ours, peer), kept, strict=True):
            before()
            start = time.perf_counter()
            done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
            into.append(time.perf_counter() - start)
            assert done.returncode == 0, done.stdout + done.stderr
    for label, found in zip(("ours", "peer"), kept, strict=True):
        low, middle, high = (round(value * 1000) for value in (min(found), statistics.median(found), max(found)))
        print(f"\n{label}: median {middle} ms, {low} to {high} ms")
    return kept
