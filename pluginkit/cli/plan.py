"""`pluginkit plan`: what must be built, and why."""

import argparse

from pluginkit.cli.options import build_options
from pluginkit.cli.plan_report import render_json, render_matrix, render_text
from pluginkit.cli.reporter import TerminalReporter
from pluginkit.operations.plan import plan as make_plan


def plan(args: argparse.Namespace) -> int:
    """Print what must be built, and why. Nothing is built, and nothing written."""
    made, last_build = make_plan(build_options(args), TerminalReporter())
    if args.format == "github-matrix":
        text = render_matrix(made, args.shards)
    else:
        text = {"text": render_text, "json": render_json}[args.format](made, last_build)
    print(text, end="")
    return 0
