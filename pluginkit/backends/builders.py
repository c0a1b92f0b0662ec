"""Who builds what; apart from `members` and `inspectors`, so that verifying and discovering never reach a toolchain."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pluginkit.backends.alignment import Aligner
from pluginkit.backends.language import language, resolve
from pluginkit.backends.protocol import Builder, Draft, Vendored
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import BuildPlan, Workspace
from pluginkit.core.verdict import Evidence


def builder(name: str) -> Builder:
    """Return the Builder of a language, imported when first asked."""
    made: Builder = resolve(language(name).builder)()
    return made


def draft(name: str, root: Path, progress: Callable[[str], None]) -> Draft:
    """Return the configuration that fits the tree beneath `root`, in a language; `progress` hears of what is read.

    Writes nothing.
    """
    found: Draft = resolve(language(name).draft)(root, progress)
    return found


def targets(lock: Lock, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Return for which targets of a lock to build, by their names; the empty name where it has but one.

    `named` are platforms as the configuration spells them; none stands for all, or for those that the environment
    names. Raises PluginkitError for one that the lock does not seal.
    """
    reference = language(lock.language).targets
    if reference:
        found: tuple[str, ...] = resolve(reference)(lock, named)
        return found
    if named:
        raise PluginkitError(
            f"--target {named[0]}: {lock.language} has no targets", hint="leave it out: a wheel says where it runs"
        )
    return ("",)


def aligner(name: str) -> Aligner:
    """Return what brings plugins of a language in step with a host. Raises PluginkitError where it has none."""
    reference = language(name).aligner
    if not reference:
        raise PluginkitError(f"plugins written in {name} cannot be brought in step with a host")
    found: Aligner = resolve(reference)
    return found


def vendored(plan: BuildPlan) -> Sequence[Vendored]:
    """Return what a release holds beside what is built for it. Raises PluginkitError where it cannot be had."""
    reference = language(plan.lock.language).vendored
    found: Sequence[Vendored] = resolve(reference)(plan) if reference else ()
    return found


def with_left_out(workspace: Workspace, evidences: Iterable[Evidence]) -> list[Evidence]:
    """Return what is known of a workspace's artifacts, with what of the members' sources they should have and lack."""
    reference = language(workspace.language).left_out
    if not reference:
        return list(evidences)
    complete = resolve(reference)
    members = {member.name: member for member in workspace.members}
    return [
        complete(workspace.root, members[one.name], one, members) if one.name in members else one for one in evidences
    ]


def prewarm(name: str, what: str, artifacts: int, jobs: int) -> Callable[[], None]:
    """Begin what a Builder's `prewarms` named, for so many artifacts; return what ends it if no build used it."""
    begin = language(name).prewarm
    if not (begin and what):
        return lambda: None
    end: Callable[[], None] = resolve(begin)(what, artifacts, jobs)
    return end
