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
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for command, kept in zip((ours, peer), times, strict=True):
            before()
            start = time.perf_counter()
            done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
            kept.append(time.perf_counter() - start)
            assert done.returncode == 0, done.stdout + done.stderr
    result = statistics.median(times[0]) / statistics.median(times[1])
    for label, kept in zip(("ours", "peer"), times, strict=True):
        low, middle, high = (round(value * 1000) for value in (min(kept), statistics.median(kept), max(kept)))
        print(f"\n{label}: median {middle} ms, {low} to {high} ms")
    print(f"ratio {result:.3f}")
    return result
