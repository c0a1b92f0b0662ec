"""What work costs, by ratios within one run, since seconds say little on a busy machine; and an end to hanging."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

FACTOR = 8
"""How much larger the larger input is."""
TRIES = 3


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor time that work takes in this process, in the best of a few tries."""
    return min(_measured(work)[0] for _ in range(TRIES))


def assert_linear(work: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail when the work on an input of `size` takes far more than FACTOR times that on one of a FACTORth.

    `work` makes the input, and returns what is measured. What is quadratic takes FACTOR times FACTOR; three times
    FACTOR is allowed, in the best of a few tries.
    """
    small, large = work(size // FACTOR), work(size)
    assert_cheap(large, cpu_seconds(small), times=3 * FACTOR)


def assert_cheap(work: Callable[[], T], whole: float, *, times: int = 50) -> T:
    """Return what the work returns; fail when it takes more than `times` what `whole` took, in each of a few tries."""
    best = float("inf")
    for _ in range(TRIES):
        spent, result = _measured(work)
        best = min(best, spent)
        if best <= times * max(whole, 1e-4):
            return result
    raise AssertionError(f"takes {best / whole:.0f} times as long, at most {times} is expected")


def _measured(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


@contextmanager
def hang_guard(seconds: int = 60) -> Iterator[None]:
    """Raise TimeoutError in what never ends."""

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"still not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
