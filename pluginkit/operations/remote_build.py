"""`pluginkit build --executor`: other machines build what the caches lack; their results come by the shared cache."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pluginkit.backends.sources import list_sources
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.model import Artifact, BuildPlan, CacheEntry
from pluginkit.core.safe import safe
from pluginkit.incremental.entries import is_junk
from pluginkit.operations.contribute import work
from pluginkit.operations.reporter import Reporter
from pluginkit.store.cache import Cache, decoded
from pluginkit.store.remote import RemoteCache
from pluginkit.store.trees import pack

_ROUNDS = 3
"""Batches for each process there is: what one loses, or is slow with, another one takes over."""
_PATIENCE = 4
"""Seconds until a scheduler has answered."""
LONGEST = 3600.0
"""Seconds until all is built; what is not there then is built here."""
_IGNORES = (".gitignore", ".hgignore")


def build_remotely(
    plan: BuildPlan, cache: Cache, url: str, report: Callable[[Artifact], None], reporter: Reporter
) -> Mapping[str, CacheEntry]:
    """Let the executor at a URL build the steps of `plan`; return what it made of just those inputs, by key.

    What it did not make is left to this machine, with a warning. Raises PluginkitError where there is no such executor,
    or no cache that its machines can reach.
    """
    wanted = {step.key: step.inputs for step in plan.steps if step.exact}
    if not wanted:
        return {}
    if cache.remote is None or cache.remote.read_only:
        raise PluginkitError(
            "an executor needs a cache that all machines write to", hint="name it with --remote-cache URL"
        )
    with opened(url) as (executor, processes):
        sources = _sources(plan.workspace.root, cache.remote)
        if sources is None:  # of which the session warns
            return {}
        futures: dict[Future[list[bytes]], Sequence[str]] = {}
        members = list(dict.fromkeys(step.member.name for step in plan.steps if step.exact))
        platforms = [one.platform for one in plan.lock.targets if one.name in plan.targets]
        for names in _batches(members, processes * _ROUNDS):
            futures[executor.submit(work, cache.remote.url, *sources, names, platforms, plan.workspace.mode)] = names
        made = {}
        for kept in _made(futures, reporter):
            if wanted.get(kept.artifact.key) == kept.artifact.inputs and cache.takes(kept):
                made[kept.artifact.key] = kept
                report(kept.artifact)
    lost = sorted(wanted.keys() - made.keys())
    if lost:
        reporter.warn(f"{url} did not make {', '.join(lost)} from these inputs: built here")
    return made


@contextmanager
def opened(url: str) -> Iterator[tuple[Executor, int]]:
    """Yield the executor at a URL, and how many processes it has. Raises PluginkitError."""
    parts = urlsplit(url)
    if parts.scheme != "dask" or not parts.netloc:
        raise PluginkitError(f"executor {url!r}: unknown", hint="it is written dask://HOST:PORT, of a dask scheduler")
    distributed = from_extra("distributed", "a dask executor", "dask")
    try:
        client = distributed.Client(f"tcp://{parts.netloc}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise PluginkitError(f"executor {url}: {error}", hint="is the dask scheduler running there?") from None
    try:
        processes = sum(client.ncores().values())
        if not processes:
            raise PluginkitError(f"executor {url}: it has no workers", hint="start some with `dask worker`")
        executor = client.get_executor(pure=False)
        try:
            yield executor, processes
        finally:
            executor.shutdown(wait=False)  # which cancels what was not waited for
    finally:
        client.close()


def _made(futures: "Mapping[Future[list[bytes]], Sequence[str]]", reporter: Reporter) -> Iterator[CacheEntry]:
    """Yield what the machines made, as they do; what takes longer than LONGEST is left out."""
    try:
        for future in as_completed(futures, timeout=LONGEST):
            yield from _results(future, futures[future], reporter)
    except TimeoutError:
        reporter.warn(f"no answer after {LONGEST / 60:.0f} minutes: waited for no longer")


def _results(future: "Future[list[bytes]]", names: Sequence[str], reporter: Reporter) -> Iterator[CacheEntry]:
    """Yield what a machine made, by strictly read records; say why it made nothing."""
    try:
        yield from [decoded(record) for record in future.result()]
    except PluginkitError as error:
        reporter.warn(f"{', '.join(names)}: {safe(error.message)}")
    except Exception as error:  # whatever the other machine lacks or does
        reporter.warn(f"{', '.join(names)}: {type(error).__name__}: {safe(str(error))}")


def _batches(names: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    size = -(-len(names) // max(count, 1))
    yield from (names[start : start + size] for start in range(0, len(names), size))


def _sources(root: Path, remote: RemoteCache) -> tuple[str, str] | None:
    """Put the workspace's sources into the cache; return their digest, and where in them the workspace lies.

    Returns None where the cache has trouble with them.
    """
    root = root.resolve()
    base = next((directory for directory in (root, *root.parents) if (directory / ".git").exists()), root)
    place = root.relative_to(base)
    names = [(place / name).as_posix() for name in _names(root)]
    for above in (place, *place.parents):  # what a backend goes by that looks for ignore files up to the repository
        names += [(above / name).as_posix() for name in _IGNORES if (base / above / name).is_file()]
    with tempfile.TemporaryDirectory(prefix="pluginkit-sources-") as scratch:
        archive = Path(scratch, "sources")
        pack(base, names, archive)
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        remote.put(digest, archive)
    return None if remote.trouble else (digest, place.as_posix())


def _names(root: Path) -> Iterator[str]:
    """Yield the files beneath `root` that a checkout would have."""
    listed = list_sources(root)
    if listed is not None:
        yield from (name for name in listed if name and (root / name).is_file())
        return
    for directory, inside, names in os.walk(root):
        top = Path(directory) == root
        inside[:] = [name for name in inside if not is_junk(name, top=top)]
        yield from ((Path(directory) / name).relative_to(root).as_posix() for name in names)
