"""A call over many items, spread over processes: threads gain nothing for what Python itself has to do."""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable, Sequence
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")
    R = TypeVar("R")

_WORTH_A_PROCESS = 12
"""Items."""
_MOST = 8
"""Processes."""


def spread(work: Callable[[Sequence[T]], Sequence[R]], items: Sequence[T]) -> Sequence[R]:
    """Return `work(items)`, which has one result an item; of many items forked children do their shares.

    For a command, not for a library: where other threads run, or nothing can fork, all is done here. So is the share
    of a child that dies. Results must be picklable.
    """
    count = min(processors(), len(items) // _WORTH_A_PROCESS, _MOST)
    if count < 2 or not hasattr(os, "fork") or _thread._count():
        return work(items)
    shares = [items[number::count] for number in range(count)]
    children: list[tuple[int, int]] = []
    try:
        for share in shares[1:]:
            children.append(_fork(work, share))
        parts = [work(shares[0])]
        for share, (_, output) in zip(shares[1:], children, strict=True):
            found: Sequence[R] | None = _received(output)
            parts.append(work(share) if found is None else found)
    finally:
        _end(children)
    return [parts[index % count][index // count] for index in range(len(items))]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fork(work: Callable[[Sequence[T]], Sequence[R]], share: Sequence[T]) -> tuple[int, int]:
    """Return the process that does `work` and where its results can be read."""
    output, end = os.pipe()
    child = os.fork()
    if child:
        os.close(end)
        return child, output
    status = 1
    try:
        import copyreg
        import pickle

        copyreg.pickle(MappingProxyType, lambda one: (_frozen, (dict(one),)))
        with os.fdopen(end, "wb") as file:
            pickle.dump(work(share), file, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)  # past all that the parent would do on its way out


def _frozen(values: dict[str, object]) -> MappingProxyType[str, object]:
    """Return a mapping as it was: its class itself cannot be pickled."""
    return MappingProxyType(values)


def _received(output: int) -> Sequence[R] | None:
    """Return a child's results; None if it died before it had written them."""
    import pickle

    with os.fdopen(os.dup(output), "rb") as file:
        try:
            found: Sequence[R] = pickle.load(file)  # noqa: S301 - from this very program
        except (EOFError, pickle.UnpicklingError):
            return None
    return found


def _end(children: Sequence[tuple[int, int]]) -> None:
    for child, output in children:
        os.close(output)  # one that still writes ends by that
        os.waitpid(child, 0)
