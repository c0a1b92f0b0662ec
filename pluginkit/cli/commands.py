"""One function a command: call the stages, print what they return."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pluginkit.cli.arguments import parse
from pluginkit.cli.policy import without_ignored, without_known
from pluginkit.cli.printing import complain, sealed, shown
from pluginkit.cli.reporting import publish
from pluginkit.cli.streams import told
from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.verdict import Verdict
    from pluginkit.store.index import Looked


def run(argv: Sequence[str], looked: Looked | None = None) -> int:
    """Run one command line and return its exit status; a build has `looked` for changes already.

    Raises OSError for a full disk, a read-only directory and the like: the situation, not a bug.
    """
    args = parse(argv)
    args.looked = looked
    return _attempt(args, COMMANDS[args.command])


def _attempt(args: argparse.Namespace, command: Callable[[argparse.Namespace], int]) -> int:
    """Return a command's exit status; what went wrong is printed. An OSError is let through."""
    try:
        return command(args)
    except PluginkitError as error:
        complain(f"error: {error.message}")
        if error.hint:
            complain(f"hint: {error.hint}")
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def new(args: argparse.Namespace) -> int:
    """Make a monorepo."""
    from pluginkit.stages import scaffold

    directory = args.directory or Path(args.name)
    paths = scaffold.new(directory, args.name, language=args.language, plugins=args.plugin or scaffold.DEFAULT_PLUGINS)
    print(f"made {directory} ({len(paths)} files)\n")
    print(f"  cd {directory}\n  pluginkit build     # lock, build and stamp host and plugins: one release in dist")
    print("  pluginkit verify    # hold every artifact of dist against the host")
    return 0


def add(args: argparse.Namespace) -> int:
    """Add a plugin to the workspace."""
    from pluginkit.stages import discover, scaffold

    workspace = discover.discover(Path())
    for path in scaffold.add(workspace.root, args.name, language=workspace.language):
        print(f"made {shown(path)}")
    return 0


def init(args: argparse.Namespace) -> int:
    """Adopt a monorepo."""
    from pluginkit.stages import adopt

    proposal = adopt.propose(args.directory)
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
    from pluginkit.stages import discover
    from pluginkit.stages import lock as locking

    workspace = discover.discover(args.directory)
    if args.check:
        locking.check(workspace)
        print(f"{NAME} is up to date")
        return 0
    made = locking.lock(workspace, upgrade=args.upgrade, allow_same_version=args.allow_same_version)
    changed = locking.write(workspace, made)
    print(f"{'wrote' if changed else 'unchanged:'} {shown(workspace.root / NAME)}: {sealed(made)}")
    for doubt in locking.doubtful(workspace, made):
        complain(f"warning: {doubt}")
    return 0


def build(args: argparse.Namespace) -> int:
    """Build a release."""
    from pluginkit.cli.ready import ready

    with ready(args) as root:
        from pluginkit.cli import building

        if args.cache_only:
            return building.cache_only(args)
        if not args.watch or root is None:
            return building.build(args)
    from pluginkit.cli.watching import watch

    args.looked = None  # that was before the first change

    def attempt() -> int:
        try:
            return _attempt(args, building.build)
        except OSError as error:  # the next change may find room
            return told(error)

    return watch(root, attempt)


def plan(args: argparse.Namespace) -> int:
    """Tell what a build would build."""
    from pluginkit.cli import planning

    return planning.plan(args)


def cache(args: argparse.Namespace) -> int:
    """Look after the cache of artifacts."""
    from pluginkit.cli.caching import COMMANDS as ROOMS

    return ROOMS[args.what](args)


def verify(args: argparse.Namespace) -> int:
    """Verify artifacts against hosts."""
    from pluginkit.cli import places
    from pluginkit.stages.verify import read_artifacts
    from pluginkit.stages.verify import verify as decide

    named = [places.release_at(path) for path in args.artifacts] or [places.release_here()]
    read = {place: read_artifacts(place, unstamped=args.unstamped) for place in named}
    evidences = [one for found in read.values() for one in found]
    sides = places.host_sides(args.host or (), read, unstamped=args.unstamped)
    verdicts: Sequence[Verdict] = decide(evidences, sides)
    whole = not args.host and all(map(places.is_workspace, args.artifacts))
    verdicts = without_ignored(verdicts, [side.root for side in sides] or [None], evidences, whole=whole)
    if args.baseline is not None:
        verdicts = without_known(verdicts, args.baseline)
    publish(verdicts, args)
    return 0 if all(verdict.accepted for verdict in verdicts) else 1


def inspect(args: argparse.Namespace) -> int:
    """Print what artifacts say of themselves."""
    from pluginkit.cli.places import release_at
    from pluginkit.report import evidence
    from pluginkit.stages.verify import read_artifacts

    found = [one for path in args.artifacts for one in read_artifacts(release_at(path))]
    print(evidence.RENDERERS[args.output_format](found), end="")
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


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "new": new,
    "add": add,
    "init": init,
    "lock": lock,
    "plan": plan,
    "build": build,
    "cache": cache,
    "verify": verify,
    "inspect": inspect,
    "ci": ci,
    "explain": explain,
    "completion": completion,
}


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise PluginkitError("nobody to ask: standard input is no terminal", hint="add --yes to write the proposal")
    return input(question).strip().lower() in ("y", "yes")
