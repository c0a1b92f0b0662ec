"""A build of a checkout in a fresh place, by its lock and without caches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pluginkit.backends.process import children_with
from pluginkit.core.model import BuildPlan, BuildStep, Release
from pluginkit.core.target import platform_named, target_of
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.rebuild.modes import mode_of
from pluginkit.operations.reporter import Silent
from pluginkit.operations.session import Session
from pluginkit.stages import build as build_stage
from pluginkit.stages.discover import discover


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one build made."""

    directory: Path
    """Of the release."""
    files: Mapping[str, bytes]
    """Its artifacts."""
    release: Release
    plan: BuildPlan
    began: float
    """Seconds since the epoch, like `ended`."""
    ended: float = field(default_factory=time.time)

    @property
    def steps(self) -> Mapping[str, BuildStep]:
        """How each artifact was made, by key."""
        return {step.key: step for step in (*self.plan.steps, *self.plan.settled)}


def attempt(
    root: Path,
    released: Release,
    names: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Attempt:
    """Build the workspace at `root` for the targets of a release, or only the members `names`, with `variables`.

    Plugins are built in the modes that they have in the release.

    `progress` hears of each artifact. Raises PluginkitError for what cannot be built, and StaleLockError where the lock
    does not describe the sources.
    """
    began = time.time()
    platforms = sorted({platform_named(target_of(one.file)) for one in released.artifacts} - {""})
    mode = mode_of(released, discover(root))
    options = BuildOptions(start=root, names=names, targets=platforms, mode=mode, locked=True, use_cache=False)
    with children_with(variables or {}), _usual_umask():
        session = Session(options, Silent())
        plan = session.plan(session.past, only=bool(names))
        made = build_stage.build(plan, None, jobs=options.processes, report=lambda one: progress(one.file))
    files = {one.file: (made.directory / one.file).read_bytes() for one in made.artifacts}
    return Attempt(made.directory, files, made, plan, began)


@contextmanager
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)
