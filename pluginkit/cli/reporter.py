"""What operations report, on a terminal: a bar while artifacts are made, one plain line for each elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from pluginkit.cli.printing import complain, print_locked
from pluginkit.core.model import Artifact, BuildPlan
from pluginkit.incremental.last_build import LastBuild
from pluginkit.operations.lock import Locked

Report = Callable[[Artifact], None]


class TerminalReporter:
    """Implements `operations.reporter.Reporter` on standard output and standard error."""

    def __init__(self, *, explain: bool = False) -> None:
        self._explain = explain

    def locked(self, locked: Locked) -> None:
        """Print what was sealed."""
        print_locked(locked)

    def warn(self, message: str, hint: str = "") -> None:
        """Print a warning."""
        complain(f"warning: {message}")
        if hint:
            complain(f"hint: {hint}")

    def planned(self, plan: BuildPlan, last_build: LastBuild | None) -> None:
        """Print why each artifact must be built, where that was asked for."""
        if self._explain:
            from pluginkit.cli.plan_report import render_text  # few builds are asked why

            print(render_text(plan, last_build), end="")

    @contextmanager
    def building(self, count: int) -> Iterator[Report]:
        """Yield what shows that an artifact was made."""
        if sys.stdout.isatty() and find_spec("rich"):
            with _bar(count) as report:
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
