"""Find the plugins, refuse strangers before any of their code runs, and load the rest."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from acme_host.verify import RefusedError, Stamp, installed_api, normalize, verify
from acme_pluginapi import Host, NeedsHost, Plugin

GROUP = "acme.plugins"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that runs."""

    name: str
    plugin: Plugin
    stamp: Stamp | None
    """None in development: see `verify`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A plugin that does not."""

    name: str
    code: str
    """The rule that refused it, or `error` where it was accepted and then failed."""
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each installed plugin, by name."""

    loaded: tuple[Loaded, ...]
    skipped: tuple[Skipped, ...]


def load(host: Host) -> Report:
    """Verify and load every installed plugin; one that is refused or fails is logged and skipped."""
    api, found = installed_api(), sorted(_find(), key=lambda pair: pair[0].name)
    names = Counter(point.name for point, _ in found)
    loaded: list[Loaded] = []
    skipped: list[Skipped] = []
    for point, owner in found:
        try:
            if names[point.name] > 1:
                raise RefusedError("PK505", f"{names[point.name]} distributions have a plugin of this name: keep one")
            stamp = verify(owner, api)
            loaded.append(Loaded(point.name, _start(point, host), stamp))
        except RefusedError as refusal:
            skipped.append(Skipped(point.name, refusal.code, str(refusal)))
            log.warning("skipped %s: %s %s", point.name, refusal.code, refusal)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a plugin does not stop its host
            skipped.append(Skipped(point.name, "error", f"{type(error).__name__}: {error}"))
            log.warning("skipped %s: it failed to load", point.name, exc_info=True)
    if unstamped := [plugin.name for plugin in loaded if not plugin.stamp]:
        log.info("development: editable installs, not verified: %s", ", ".join(unstamped))
    return Report(tuple(loaded), tuple(skipped))


def _find() -> Iterator[tuple[EntryPoint, Distribution]]:
    """Look through the distributions one by one: `entry_points()` fails whole when one of them is broken."""
    seen = set()
    for owner in distributions():
        try:
            points = owner.entry_points.select(group=GROUP)
            name = normalize(owner.name) if points else ""
        except Exception as error:
            log.warning("ignored a distribution with unreadable metadata: %r", error)
            continue
        if points and name not in seen:  # of two copies on the path, imports find the first
            seen.add(name)
            yield from ((point, owner) for point in points)


def _start(point: EntryPoint, host: Host) -> Plugin:
    plugin = point.load()()
    if not isinstance(plugin, Plugin):
        raise TypeError(f"{point.value} made a {type(plugin).__name__}, which is no Plugin")
    if isinstance(plugin, NeedsHost):
        plugin.init(host)
    return plugin
