"""`pluginkit build`: what came of a build, as lines and as reports."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from pluginkit.cli.printing import count, shown
from pluginkit.cli.publish import is_for_machines, publish, publish_build
from pluginkit.cli.reporter import TerminalReporter
from pluginkit.incremental.reasons import nothing_changed
from pluginkit.operations import build as operation
from pluginkit.operations.build import Built, Refused
from pluginkit.operations.options import BuildOptions


def build(options: BuildOptions, args: argparse.Namespace) -> int:
    """Build a release, and report what its hosts make of it as `args` say."""
    with _report_apart(args):
        built = operation.build(options, TerminalReporter(explain=args.explain))
    if isinstance(built, Refused):
        publish(built.verdicts, args)
        print("nothing published: the previous release is unchanged", file=sys.stderr)
        return 1
    publish_build(built.verdicts, args)
    with _report_apart(args):
        print(f"{shown(built.release.directory)}: {_summary(built)}")
    return 0


def cache_only(options: BuildOptions) -> int:
    """Build into the caches, and make no release."""
    kept, shared = operation.build_into_caches(options, TerminalReporter())
    print(f"in the cache: {', '.join(sorted(one.artifact.key for one in kept)) or 'nothing'}")
    return 0 if shared else 2


@contextmanager
def _report_apart(args: argparse.Namespace) -> Iterator[None]:
    """Send what is printed meanwhile to standard error where the output shall hold a report and nothing else."""
    if args.output_file is None and is_for_machines(args):
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield


def _summary(built: Built) -> str:
    plan, release = built.plan, built.release
    if plan is None or release is None:
        return ""
    if built.unchanged:
        return nothing_changed(release)
    fetched = f", {len(plan.fetched)} from the cache" if plan.fetched else ""
    carried = f", {len(plan.carried)} carried over" if plan.carried else ""
    return f"{count(len(plan.steps), 'artifact')} built{fetched}{carried}, lock {plan.lock_digest[:19]}..."
