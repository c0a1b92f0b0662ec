"""One function a command: call the stages, print what they return."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from pluginkit.cli.plain_verify import plain_verify
from pluginkit.cli.printing import complain, print_bumped, print_locked, report_failure, shown
from pluginkit.cli.publish import publish
from pluginkit.core.errors import PluginkitError
from pluginkit.core.notices import taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from pluginkit.incremental.stat_index import Snapshot


def run(argv: Sequence[str], snapshot: Snapshot | None = None) -> int:
    """Run one command line and return its exit status; a build has a `snapshot` of what changed already.

    Raises OSError for a full disk, a read-only directory and the like: the situation, not a bug.
    """
    args: Any = plain_verify(argv)
    if args is None:
        from pluginkit.cli.arguments import parse

        args = parse(argv)
    args.snapshot = snapshot
    return _attempt(args, COMMANDS[args.command])


def _attempt(args: argparse.Namespace, command: Callable[[argparse.Namespace], int]) -> int:
    """Return a command's exit status; what went wrong is printed. An OSError is let through."""
    try:
        status = command(args)
        _warn()
        return status
    except PluginkitError as error:
        _warn()
        complain(f"error: {error.message}")
        if error.hint:
            complain(f"hint: {error.hint}")
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _warn() -> None:
    """Print what was got over and not reported yet."""
    for message, hint in taken():
        complain(f"warning: {message}")
        if hint:
            complain(f"hint: {hint}")


def new(args: argparse.Namespace) -> int:
    """Make a monorepo."""
    from pluginkit.stages import scaffold

    directory = args.directory or Path(args.name)
    plugins = args.plugin or scaffold.DEFAULT_PLUGINS
    paths = scaffold.new(
        directory, args.name, language=args.language, plugins=plugins, module=args.module, mode=args.mode
    )
    print(f"made {directory} ({len(paths)} files)\n")
    print(f"  cd {directory}\n  pluginkit build     # lock, build and stamp host and plugins: one release in dist")
    print("  pluginkit verify    # compare every artifact of dist with the host")
    return 0


def add(args: argparse.Namespace) -> int:
    """Add a plugin to the workspace."""
    from pluginkit.operations import add as operation

    added = operation.add(Path(), args.name)
    for path in added.created:
        print(f"made {shown(path)}")
    for path in added.edited:
        print(f"changed {shown(path)}")
    return 0


def init(args: argparse.Namespace) -> int:
    """Adopt a monorepo."""
    from pluginkit.cli.slow import telling
    from pluginkit.stages import adopt

    with telling("reading") as progress:
        proposal = adopt.propose(args.directory, progress)
    print("\n".join(proposal.notes))
    print(f"\n{shown(proposal.path)} would {'get' if proposal.appends else 'be'}:\n\n{proposal.text}")
    if not args.yes and not _confirmed("write it? [y/N] "):
        print("nothing written")
        return 2
    adopt.write(proposal)
    print(f"wrote {shown(proposal.path)}; next: `pluginkit lock`, `pluginkit build`, `pluginkit verify`")
    return 0


def lock(args: argparse.Namespace) -> int:
    """Write or check the lock."""
    from pluginkit.core.lockfile import NAME
    from pluginkit.operations import lock as operation

    if args.check:
        operation.check(args.directory)
        print(f"{NAME} is up to date")
        return 0
    options = {"upgrade": args.upgrade, "allow_same_version": args.allow_same_version, "static": args.no_build}
    made = operation.lock(args.directory, **options)
    print_locked(made)
    return 0


def bump(args: argparse.Namespace) -> int:
    """Give an API its next version."""
    from pluginkit.cli.options import bump_words
    from pluginkit.operations import bump as operation

    start, step, api = bump_words(args.words)
    print_bumped(operation.bump(start, step, api))
    return 0


def build(args: argparse.Namespace) -> int:
    """Build a release."""
    from pluginkit.cli.options import build_options
    from pluginkit.core.frozen import replace
    from pluginkit.operations.prewarm import prewarmed

    options = build_options(args)
    with prewarmed(options) as root:
        from pluginkit.cli import build as command  # imports what builds, while that gets ready

        if args.cache_only:
            return command.cache_only(options)
        if not args.watch or root is None:
            return command.build(options, args)
    from pluginkit.cli.watch import watch

    again = replace(options, snapshot=None)  # it was taken before the first change

    def attempt() -> int:
        try:
            return _attempt(args, lambda args: command.build(again, args))
        except OSError as error:  # the next change may find room
            return report_failure(error)

    return watch(root, attempt)


def plan(args: argparse.Namespace) -> int:
    """Print what a build would build."""
    from pluginkit.cli.plan import plan as command

    return command(args)


def cache(args: argparse.Namespace) -> int:
    """Look after the cache of artifacts."""
    from pluginkit.cli.cache import COMMANDS as ROOMS

    return ROOMS[args.what](args)


def verify(args: argparse.Namespace) -> int:
    """Verify artifacts against hosts."""
    from pluginkit.operations.verify import verify as operation

    verdicts = operation(
        args.artifacts,
        args.host or (),
        unstamped=args.unstamped,
        sysroot=args.sysroot,
        baseline=args.baseline,
        trust=args.trust,
        note=complain,
    )
    publish(verdicts, args)
    return 0 if all(verdict.accepted for verdict in verdicts) else 1


def rebuild(args: argparse.Namespace) -> int:
    """Build a release again and compare."""
    from pluginkit.cli.rebuild import rebuild as command

    return command(args)


def align(args: argparse.Namespace) -> int:
    """Bring a plugin's repository in step with a host."""
    from pluginkit.cli.align import align as command

    return command(args)


def diff(args: argparse.Namespace) -> int:
    """Compare two copies of an API."""
    from pluginkit.cli.diff import diff as command

    return command(args)


def inspect(args: argparse.Namespace) -> int:
    """Print what artifacts say of themselves."""
    from pluginkit.core.trust import read_trust_file
    from pluginkit.operations.provenance import provenance
    from pluginkit.operations.targets import releases_at
    from pluginkit.report import evidence
    from pluginkit.stages.verify import read_artifacts

    trust = read_trust_file(args.trust) if args.trust else None
    places = [place for path in args.artifacts for place in releases_at(path)]
    found = [one for place in places for one in read_artifacts(place)]
    print(evidence.RENDERERS[args.output_format](found, provenance(found), trust), end="")
    return 0 if all(one.readable for one in found) else 1


def explain(args: argparse.Namespace) -> int:
    """Print a rule's page, or the list of rules."""
    from pluginkit import rules
    from pluginkit.rules.pages import page

    if args.rule:
        print(page(args.rule), end="")
    else:
        print("\n".join(f"{rule.code}  {rule.name}" for rule in rules.RULES))
    return 0


def ci(args: argparse.Namespace) -> int:
    """Write a CI workflow."""
    from pluginkit.stages import ci, discover

    workspace = discover.discover(args.directory)
    print(f"wrote {shown(ci.add_workflow(workspace.root, workspace.language, args.provider))}")
    return 0


def completion(args: argparse.Namespace) -> int:
    """Print a shell's completion script."""
    from pluginkit.cli.arguments import parser
    from pluginkit.core.extras import from_extra

    shtab = from_extra("shtab", "completion", "completion")
    print(shtab.complete(parser(), args.shell))
    return 0


def _of_module(name: str) -> Callable[[argparse.Namespace], int]:
    """Return the command in a module of its own, which is imported when it is called."""

    def command(args: argparse.Namespace) -> int:
        status: int = getattr(import_module(f"pluginkit.cli.{name}"), name)(args)
        return status

    return command


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "new": new,
    "add": add,
    "init": init,
    "lock": lock,
    "bump": bump,
    "plan": plan,
    "build": build,
    "keygen": _of_module("keygen"),
    "sign": _of_module("sign"),
    "cache": cache,
    "verify": verify,
    "fleet": _of_module("fleet"),
    "test": _of_module("test"),
    "rebuild": rebuild,
    "align": align,
    "diff": diff,
    "inspect": inspect,
    "ci": ci,
    "explain": explain,
    "completion": completion,
}


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise PluginkitError(
            "cannot ask for confirmation: standard input is not a terminal", hint="add --yes to write the proposal"
        )
    return input(question).strip().lower() in ("y", "yes")
