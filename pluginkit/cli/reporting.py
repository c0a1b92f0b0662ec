"""Where verdicts go: to standard output or a file, in the format asked for, and into GitHub's summary of a job."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.pitfall import Pitfall
    from pluginkit.core.verdict import Verdict


class RefusedError(Exception):
    """A build made artifacts that its own host would refuse."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        super().__init__()
        self.verdicts = verdicts


def publish(verdicts: Sequence[Verdict], args: argparse.Namespace) -> None:
    """Print verdicts as `--output-format` says, or write them to `--output-file`."""
    from pluginkit.report import FORMATS
    from pluginkit.report.color import wants_color

    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    text = FORMATS[args.output_format](verdicts, color=color, pages=_pages, base=str(Path.cwd()))
    if args.output_file is None:
        print(text, end="", flush=True)
    else:
        from pluginkit.core.files import write_atomic

        write_atomic(args.output_file, text.encode())
    if args.output_format == "github":
        _summarize(verdicts)


def approval(args: argparse.Namespace) -> Callable[[Path, Mapping[str, Sequence[Pitfall]]], None]:
    """Return what holds a finished build against its own hosts, before it becomes the release.

    It publishes what the build is warned of, and raises RefusedError for a build that is not accepted.
    """

    def approve(directory: Path, pitfalls: Mapping[str, Sequence[Pitfall]]) -> None:
        from pluginkit.core.config import DIST
        from pluginkit.core.record import replace
        from pluginkit.stages.verify import hosts_among, read_artifacts, verify

        read = read_artifacts(directory, Path(DIST))
        evidences = [replace(one, pitfalls=tuple(pitfalls.get(one.name, ()))) for one in read]
        verdicts = verify(evidences, hosts_among(directory, evidences), alone=True)
        if not all(verdict.accepted for verdict in verdicts):
            raise RefusedError(verdicts)
        if any(verdict.findings for verdict in verdicts):
            publish([verdict for verdict in verdicts if verdict.findings], args)

    return approve


def _pages() -> Mapping[str, tuple[str, str]]:
    from pluginkit.rules.pages import pages

    return pages()


def _summarize(verdicts: Sequence[Verdict]) -> None:
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        from pluginkit.report.github import render_summary

        with Path(place).open("a", encoding="utf-8") as file:
            file.write(render_summary(verdicts))
