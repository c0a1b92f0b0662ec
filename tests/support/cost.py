"""What work costs, by ratios within one run, since a busy machine says nothing of seconds; and an end to hanging."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FACTOR = 8
"""How much larger the larger input is."""


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that work takes in this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def assert_linear(work: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail when the work on an input of `size` takes far more than FACTOR times that on one of a FACTORth.

    `work` makes the input, and returns what is measured. What is quadratic takes FACTOR times FACTOR; half of that is
    allowed, in the best of three tries.
    """
    small, large = work(size // FACTOR), work(size)
    ratios = []
    for _ in range(3):
        ratios.append(cpu_seconds(large) / max(cpu_seconds(small), 1e-6))
        if ratios[-1] <= FACTOR * FACTOR / 2:
            return
    raise AssertionError(f"{FACTOR} times the input takes {min(ratios):.0f} times as long")


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
