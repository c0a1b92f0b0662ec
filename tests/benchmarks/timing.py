"""Two commands measured in turn, so that a noisy machine is noisy for both."""

import re
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

VALGRIND = shutil.which("valgrind")
_COLLECTED = re.compile(r"Collected : (\d+)")


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


def processor_seconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Run a command that succeeds, and return the processor time of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command, env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Run a command that succeeds, and return the instructions of its process, whatever else the machine does.

    With PYTHONHASHSEED in `env`, two runs differ by less than a thousandth.
    """
    said = _run([VALGRIND or "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], env)
    return float(sum(map(int, _COLLECTED.findall(said))))


def best_ratio(
    measure: Callable[[Sequence[str], Mapping[str, str]], float],
    ours: Sequence[str],
    peer: Sequence[str],
    *,
    most: float,
    env: Mapping[str, str],
    before: Callable[[], None],
) -> float:
    """Return the best ratio of ours over peer in three tries; no try is made after one of at most `most`."""
    best = float("inf")
    for _ in range(3):
        before()
        mine = measure(ours, env)
        theirs = measure(peer, env)
        best = min(best, mine / theirs)
        print(f"\n{measure.__name__}: {mine:.4g} / {theirs:.4g} = {mine / theirs:.2f}, at most {most}")
        if best <= most:
            break
    return best


def _run(command: Sequence[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr
