"""`pluginkit test`: plugins' own tests with a host or an API that is not released yet."""

from __future__ import annotations

import argparse
import os
import signal
import sys


def test(args: argparse.Namespace) -> int:
    """Run the plugins' tests without the change and with it."""
    from pluginkit.cli.arguments import columns
    from pluginkit.cli.publish import deliver
    from pluginkit.cli.slow import telling
    from pluginkit.operations.testing import TrialOptions, try_plugins
    from pluginkit.report.color import wants_color
    from pluginkit.report.trial import FORMATS

    options = TrialOptions(
        plugins=tuple(args.plugins),
        api=args.api or "",
        host=args.host or "",
        repositories=args.repositories,
        compile_only=args.compile_only,
        seconds=args.timeout,
        jobs=args.jobs,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what the tests started ends, copies go
    with telling("testing") as progress:
        found = try_plugins(options, progress)
    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    deliver(FORMATS[args.output_format](found, color=color, columns=columns()), args)
    return 0 if found.harmless else 1
