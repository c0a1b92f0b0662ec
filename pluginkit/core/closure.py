"""What is reached from somewhere, step by step."""

from collections.abc import Collection, Iterable, Mapping


def reached_from(start: str, nexts: Mapping[str, Iterable[str]], ends: Collection[str] = ()) -> set[str]:
    """Return all that `start` leads to by `nexts`, directly or not; where `ends` lead is not looked at.

    `start` itself is among it where it lies on a circle.
    """
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        for name in nexts.get(ahead.pop(), ()):
            if name not in reached:
                reached.add(name)
                ahead += [] if name in ends else [name]
    return reached
