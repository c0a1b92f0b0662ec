"""One function a command: call the stages, print what they return."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path

from pluginkit.cli.arguments import parse
from pluginkit.cli.printing import RefusedError, print_verdicts
from pluginkit.core.errors import PluginkitError, StaleLockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import BuildPlan, Lock, Release, Workspace
    from pluginkit.store.index import Looked


def run(argv: Sequence[str], looked: Looked | None = None) -> int:
    """Run one command line and return its exit status; a build has `looked` for changes already."""
    args = parse(argv)
    args.looked = looked
    try:
        return COMMANDS[args.command](args)
    except RefusedError as refused:
        print_verdicts([refused.verdict], "text")
        print("nothing published: dist is the release before", file=sys.stderr)
        return 1
    except PluginkitError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except OSError as error:  # a full disk, a read-only directory: the situation, not a bug
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return 2


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
        print(f"made {_shown(path)}")
    return 0


def init(args: argparse.Namespace) -> int:
    """Adopt a monorepo."""
    from pluginkit.stages import adopt

    proposal = adopt.propose(args.directory)
    print("\n".join(proposal.notes))
    print(f"\n{_shown(proposal.path)} would {'get' if proposal.appends else 'be'}:\n\n{proposal.text}")
    if not args.yes and not _confirmed("write it? [y/N] "):
        print("nothing written")
        return 2
    adopt.write(proposal)
    print(f"wrote {_shown(proposal.path)}; next: `pluginkit lock`, `pluginkit build`, `pluginkit verify`")
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
    print(f"{'wrote' if changed else 'unchanged:'} {_shown(workspace.root / NAME)}: {_sealed(made)}")
    return 0


def build(args: argparse.Namespace) -> int:
    """Build a release."""
    from pluginkit.cli.approving import approve
    from pluginkit.cli.progress import progress
    from pluginkit.core.config import find_root
    from pluginkit.stages import build as building
    from pluginkit.stages import discover
    from pluginkit.stages import remember as remembering

    start, names = _targets(args.targets)
    past = remembering.recall(find_root(start), None if args.rehash else args.looked, forget=args.rehash)
    workspace = discover.discover(start, past.known)
    jobs = args.jobs or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))

    def once(plan: BuildPlan) -> Release:
        with progress(len(plan.steps)) as report:
            return building.build(plan, jobs=jobs, report=report, approve=partial(approve, plan))

    try:
        plan = _planned(workspace, names, past.resting, locked=args.locked)
        release = once(plan)
    except StaleLockError:
        if args.locked:
            raise
        _relock(workspace)
        plan = _planned(workspace, names, locked=True)
        release = once(plan)
    remembering.remember(plan, release, past)
    print(f"{_shown(release.directory)}: {_done(plan)}")
    return 0


def _done(plan: BuildPlan) -> str:
    lock = f"lock {plan.lock_digest[:19]}..."
    if not plan.steps:
        return f"nothing changed, {_count(len(plan.carried), 'artifact')}, {lock}"
    carried = f", {len(plan.carried)} carried over" if plan.carried else ""
    return f"{_count(len(plan.steps), 'artifact')} built{carried}, {lock}"


def verify(args: argparse.Namespace) -> int:
    """Verify artifacts against hosts."""
    from pluginkit.cli import places
    from pluginkit.stages.verify import read_artifacts
    from pluginkit.stages.verify import verify as decide

    named = [places.release_at(path) for path in args.artifacts] or [places.release_here()]
    read = {place: read_artifacts(place, unstamped=args.unstamped) for place in named}
    evidences = [one for found in read.values() for one in found]
    verdicts = decide(evidences, places.host_sides(args.host or (), read, unstamped=args.unstamped))
    print_verdicts(verdicts, args.output_format)
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


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "new": new,
    "add": add,
    "init": init,
    "lock": lock,
    "build": build,
    "verify": verify,
    "inspect": inspect,
    "explain": explain,
}


def _planned(workspace: Workspace, names: Sequence[str], resting: Set[str] = frozenset(), *, locked: bool) -> BuildPlan:
    from pluginkit.stages import build as building
    from pluginkit.stages import lock as locking
    from pluginkit.stages.plan import plan

    try:
        sealed, data = locking.current(workspace)
    except StaleLockError:
        if locked:
            raise
        _relock(workspace)
        sealed, data = locking.current(workspace)
        resting = frozenset()
    current = building.current_release(workspace, resting)
    return plan(workspace, sealed, data, names, current, resting)


def _relock(workspace: Workspace) -> None:
    from pluginkit.core.lockfile import NAME
    from pluginkit.stages import lock as locking

    made = locking.lock(workspace)
    locking.write(workspace, made)
    print(f"wrote {_shown(workspace.root / NAME)}: {_sealed(made)}")


def _targets(targets: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Tell `build DIR NAME...` from `build NAME...`: a DIR is the root of a workspace of its own."""
    from pluginkit.core.config import find_root

    if targets and Path(targets[0]).is_dir() and find_root(Path(targets[0])) == Path(targets[0]).resolve():
        return Path(targets[0]), targets[1:]
    return Path(), targets


def _sealed(made: Lock) -> str:
    apis = ", ".join(api.label for api in made.apis)
    if made.language == "go":
        return f"{apis}; {made.toolchain['go']} {made.toolchain['goos']}/{made.toolchain['goarch']}"
    packages = _count(len(made.packages), "third-party package")
    return f"{apis}; {packages}, {_count(len(made.environments), 'build environment')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shown(path: Path) -> str:
    """Return the path as a reader in this directory would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise PluginkitError("nobody to ask: standard input is no terminal", hint="add --yes to write the proposal")
    return input(question).strip().lower() in ("y", "yes")
