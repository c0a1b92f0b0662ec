"""What takes long to be ready, begun before a build knows what it will build."""

from collections.abc import Callable, Sequence
from pathlib import Path


def _begin_python(python: str, count: int, jobs: int) -> None:
    from pluginkit.backends.python.building import crews

    crews.begin(Path(python), crews.size(count, jobs))


def _end_python() -> None:
    from pluginkit.backends.python.building import crews

    crews.take().end()


BEGIN: dict[str, tuple[Callable[[str, int, int], None], Callable[[], None]]] = {"python": (_begin_python, _end_python)}


def begin(early: Sequence[str], count: int, jobs: int) -> Callable[[], None]:
    """Begin what a Builder named, for so many artifacts; return what ends it where nobody took it."""
    if len(early) != 2 or early[0] not in BEGIN:
        return lambda: None
    start, end = BEGIN[early[0]]
    start(early[1], count, jobs)
    return end
