"""The plugins of this host: `pluginkit.runtime` verifies each before any of its code runs, and loads the rest."""

from dataclasses import dataclass

from pluginkit.runtime import Result, load_plugins

from acme_pluginapi import Host, Plugin

GROUP = "acme.plugins"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A plugin that does not run."""

    name: str
    code: str
    """The rule that refused it; `pluginkit explain CODE` tells more."""
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each installed plugin, by name."""

    loaded: tuple[Result, ...]
    skipped: tuple[Skipped, ...]


def load(host: Host) -> Report:
    """Verify and load every installed plugin; one that is refused or fails is logged and skipped."""
    report = load_plugins(group=GROUP, api=Plugin, host=host)
    return Report(report.loaded, tuple(map(_skipped, report.skipped)))


def _skipped(result: Result) -> Skipped:
    error = next(finding for finding in result.findings if finding.severity == "error")
    return Skipped(result.name, error.code, error.message)
