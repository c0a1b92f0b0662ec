"""`pluginkit fleet`: which plugins fit which hosts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pluginkit.cli.arguments import columns
from pluginkit.cli.printing import complain
from pluginkit.cli.publish import deliver
from pluginkit.core.errors import PluginkitError
from pluginkit.report.color import wants_color


def fleet(args: argparse.Namespace) -> int:
    """Compare many releases of many plugins with many hosts."""
    from pluginkit.operations.fleet import FleetOptions
    from pluginkit.operations.fleet import fleet as operation
    from pluginkit.operations.fleet.defaults import hosts_here, places_here
    from pluginkit.report.fleet import FORMATS
    from pluginkit.rules.pages import pages

    places = tuple(args.places) or places_here()
    options = FleetOptions(
        places=places,
        hosts=tuple(args.host or ()) or hosts_here(places),
        plugins=tuple(args.plugin or ()),
        unstamped=args.unstamped,
        trust=args.trust,
        sysroot=args.sysroot,
        download=args.download,
        note=complain,
    )
    if args.upgrade_to is not None:
        from pluginkit.cli.fleet_upgrade import fleet_upgrade

        return fleet_upgrade(options, args)
    if args.plan is not None:
        raise PluginkitError("--plan needs the next host", hint="add --upgrade-to HOST")
    found = operation(options)
    color = args.output_file is None and wants_color(sys.stdout, os.environ)
    base = str(Path.cwd())
    deliver(
        FORMATS[args.output_format](found, every=args.all, color=color, columns=columns(), pages=pages, base=base), args
    )
    return 0 if found.complete else 1
