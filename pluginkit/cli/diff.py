"""`pluginkit diff`: what changed between two copies of an API, and whom that breaks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pluginkit.cli.arguments import columns
from pluginkit.cli.publish import deliver, summarize
from pluginkit.operations.diff import diff as operation
from pluginkit.report.color import wants_color
from pluginkit.report.comparison import FORMATS
from pluginkit.surface.comparison import Comparison

_STEPS = {None: (), "breaking": ("major",), "minor": ("major", "minor")}


def diff(args: argparse.Namespace) -> int:
    """Print the comparison; 1 where a named plugin breaks, or where it differs as much as `--fail-on` names."""
    found = operation(args.old, args.new, args.plugins)
    to_terminal = args.output_file is None and sys.stdout.isatty()
    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    render = FORMATS[args.output_format]
    deliver(render(found, color, columns() if to_terminal else 0, str(Path.cwd())), args)
    if args.output_format == "github":
        summarize(lambda: FORMATS["markdown"](found, False, 0, ""))
    return 1 if _fails(found, args.fail_on) else 0


def _fails(found: Comparison, fail_on: str | None) -> bool:
    return bool(found.broken) or found.step in _STEPS[fail_on]
