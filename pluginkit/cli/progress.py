"""How a build shows that it moves: a bar on a terminal, one plain line an artifact elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from pluginkit.core.model import Artifact

Report = Callable[[Artifact], None]


@contextmanager
def progress(total: int) -> Iterator[Report]:
    """Yield the function to call for each artifact made."""
    if sys.stdout.isatty() and find_spec("rich"):
        with _bar(total) as report:
            yield report
    else:
        yield _line


def _line(artifact: Artifact) -> None:
    print(f"built {artifact.file} ({_size(artifact.size)})", flush=True)


@contextmanager
def _bar(total: int) -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("building"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[file]}"))
    with Progress(*columns, TimeElapsedColumn(), transient=True) as bar:
        task = bar.add_task("building", total=total, file="")

        def report(artifact: Artifact) -> None:
            bar.update(task, advance=1, file=artifact.file)

        yield report


def _size(size: int) -> str:
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
