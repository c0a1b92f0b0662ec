"""Where reports go: to standard output or a file, in the format asked for, and into GitHub's summary of a job."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pluginkit.core.verdict import Verdict


_JSON = ("json", "sarif")
_ESCAPES = {"html": "xmlcharrefreplace", "junit": "xmlcharrefreplace"}


def publish(verdicts: Sequence[Verdict], args: argparse.Namespace) -> None:
    """Print verdicts as `--output-format` says, or write them to `--output-file`."""
    from pluginkit.report import FORMATS
    from pluginkit.report.color import wants_color

    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    deliver(FORMATS[args.output_format](verdicts, color=color, pages=_pages, base=str(Path.cwd())), args)
    if args.output_format == "github":
        from pluginkit.report.github import render_summary

        summarize(lambda: render_summary(verdicts))


def deliver(text: str, args: argparse.Namespace) -> None:
    """Print a report, or write it to `--output-file`, whole or not at all."""
    if args.output_file is None:
        out = sys.stdout
        print(encodable(text, args.output_format, out.encoding or "utf-8", out.errors or "strict"), end="", flush=True)
    else:
        _write(args.output_file, encodable(text, args.output_format).encode())


def encodable(text: str, output_format: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return a report with what an encoding lacks escaped, as the format has it; the same where it lacks nothing."""
    try:
        text.encode(encoding, errors)
    except UnicodeEncodeError:
        if output_format in _JSON:
            return "".join(one if one.isascii() else json.dumps(one)[1:-1] for one in text)
        return text.encode(encoding, _ESCAPES.get(output_format, "backslashreplace")).decode(encoding)
    return text


def publish_build(verdicts: Sequence[Verdict], args: argparse.Namespace) -> None:
    """Publish what an accepted build is warned of; a report for machines whatever is in it."""
    if wants_report(args):
        publish(verdicts, args)
    elif any(verdict.findings for verdict in verdicts):
        publish([verdict for verdict in verdicts if verdict.findings], args)


def wants_report(args: argparse.Namespace) -> bool:
    """Return whether all verdicts are asked for, and not only what is amiss."""
    return args.output_file is not None or is_for_machines(args)


def is_for_machines(args: argparse.Namespace) -> bool:
    """Return whether a program reads the report."""
    return args.output_format not in ("text", "github")


def _pages() -> Mapping[str, tuple[str, str]]:
    from pluginkit.rules.pages import pages

    return pages()


def _write(path: Path, data: bytes) -> None:
    from pluginkit.core.files import write_atomic

    if path.exists() and not path.is_file():  # /dev/stdout or a pipe is written to; it must not be replaced
        path.write_bytes(data)
    else:
        write_atomic(path, data)


def summarize(render: Callable[[], str]) -> None:
    """Append what `render` returns to GitHub's summary of the job; no verdict depends on whether that can be done."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(render())
    except OSError as error:
        print(f"warning: no summary of the job: {place}: {error.strerror}", file=sys.stderr)
