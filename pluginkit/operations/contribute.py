"""`pluginkit build --cache-only`, and what another machine does of a build: artifacts into the caches, no release."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pluginkit.backends import builders
from pluginkit.backends.signing import Signing
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildPlan, CacheEntry, Workspace
from pluginkit.core.private_key import PrivateKey, find_key
from pluginkit.core.urls import without_credentials
from pluginkit.incremental.file_stat import TICK
from pluginkit.operations.signing import caches_of, refuse_untrusted, trust_of
from pluginkit.stages import build as building
from pluginkit.stages import discover
from pluginkit.stages import lock as locking
from pluginkit.stages.plan import plan as make_plan
from pluginkit.store.cache import Cache, encoded
from pluginkit.store.remote import open_remote
from pluginkit.store.trees import unpack

_SETTLED = 3 * TICK / 1e9
"""Seconds; what was written a moment before it is built may have been edited meanwhile, and would not be kept."""
Report = Callable[[Artifact], None]


def contribute(
    root: Path,
    names: Sequence[str],
    open_: Callable[[Workspace], Cache],
    *,
    jobs: int,
    report: Report,
    targets: Sequence[str] = (),
    key: PrivateKey | None = None,
    mode: str = "",
) -> Sequence[CacheEntry]:
    """Build members, all where none is named, unless the caches have them; return what the caches now have.

    It is done for those `targets` (platforms), by default for all. `open_` returns the caches for a workspace. What is
    shared is signed with the `key`; where the workspace has a trust, nothing is shared without one.

    With a `mode` all plugins run so, whatever the configuration says.

    What may depend on more than its inputs is left to the machine that makes the release.
    """
    workspace = discover.discover(root, mode=mode)
    refuse_untrusted(workspace, key)
    cache, signing = open_(workspace), Signing(key, trust=trust_of(workspace, key), release=workspace.release)
    lock, data = locking.current(workspace)
    names = names or [member.name for member in workspace.members]
    chosen = builders.targets(lock, targets)

    def once(plan: BuildPlan) -> Sequence[CacheEntry]:
        return building.contribute(plan, cache, jobs=jobs, report=report, signing=signing)

    try:
        return once(make_plan(workspace, lock, data, names, find=cache.find, only=True, targets=chosen))
    except building.MissingError:
        return once(make_plan(workspace, lock, data, names, only=True, targets=chosen))


def work(url: str, tree: str, place: str, names: Sequence[str], targets: Sequence[str], mode: str = "") -> list[bytes]:
    """Build members from the sources that the cache at `url` has as `tree`; return their records.

    This is what runs on another machine. `tree` is the sha256 of an archive, `place` where in it the workspace lies;
    `targets` are platforms, and none of them stands for all. Raises PluginkitError, which says why the caller has to
    build them itself. What it shares is signed with the key in its own environment, if there is one.
    """
    remote, key = open_remote(url), find_key(None, os.environ)
    with tempfile.TemporaryDirectory(prefix="pluginkit-work-") as scratch:
        archive, base = Path(scratch, "sources"), Path(scratch, "tree")
        if not remote.get(tree, archive, mode=0o600):
            raise PluginkitError(
                f"remote cache {without_credentials(url)}: {remote.trouble or 'it does not have the sources'}"
            )
        unpack(archive, base)
        time.sleep(_SETTLED)
        opened = partial(caches_of, remote=remote, key=key)
        kept = contribute(base / place, names, opened, jobs=1, report=_silent, targets=targets, key=key, mode=mode)
    if remote.trouble:
        raise PluginkitError(f"remote cache {without_credentials(url)}: {remote.trouble}")
    return [encoded(one) for one in kept]


def _silent(artifact: Artifact) -> None:
    """Report nothing."""
