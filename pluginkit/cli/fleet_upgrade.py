"""`pluginkit fleet --upgrade-to`: what the upgrade of a host takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pluginkit.cli.arguments import columns
from pluginkit.cli.printing import complain
from pluginkit.cli.publish import deliver
from pluginkit.core.errors import PluginkitError
from pluginkit.report.color import wants_color

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pluginkit.operations.fleet import FleetOptions


def fleet_upgrade(options: FleetOptions, args: argparse.Namespace) -> int:
    """Print what the upgrade to `--upgrade-to` takes of each plugin, and write `--plan`."""
    from pluginkit.operations.fleet.upgrade import upgrade
    from pluginkit.report.fleet.upgrade import UPGRADE_FORMATS

    if args.output_format not in UPGRADE_FORMATS:
        raise PluginkitError(
            f"--upgrade-to has no report in the format {args.output_format}",
            hint=f"use --output-format {', '.join(list(UPGRADE_FORMATS)[:-1])} or {list(UPGRADE_FORMATS)[-1]}",
        )
    found = upgrade(options, args.upgrade_to)
    plan = None
    if args.plan is not None:
        from pluginkit.operations.fleet.installs import install_plan

        plan = install_plan(found, args.upgrade_to, args.plan)
    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    report = UPGRADE_FORMATS[args.output_format](found, color=color, columns=columns(), base=str(Path.cwd()))
    deliver(report, args)
    if plan is not None:
        _write(args.plan, plan.text)
        for one in plan.left_out:
            complain(f"not in {args.plan}: {one}")
    return 1 if found.broken else 0


def _write(path: Path, text: str) -> None:
    """Write a plan, whole or not at all; a pipe is written to, and not replaced."""
    from pluginkit.core.files import write_atomic

    data = os.fsencode(text)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            write_atomic(path, data)
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}") from None
