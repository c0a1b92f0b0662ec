"""A comparison as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.report.comparison.text import render_text
from pluginkit.report.comparison.words import advice, advised, because, located, places_of
from pluginkit.report.github import command
from pluginkit.report.safe import safe
from pluginkit.report.spelling import relative
from pluginkit.surface.comparison import Comparison

_MOST = 100
"""Commands; GitHub shows ten of a step and kind, and stops at fifty of a job."""


def render_github(comparison: Comparison, base: str = "") -> str:
    """Return a command for each break of a plugin and each version that is not enough, then the text report.

    Nothing in it can begin a command of its own. Files are named relative to the directory `base`.
    """
    commands = list(_commands(comparison, base))
    text = "".join(f" {line}\n" for line in render_text(comparison, color=False).splitlines())
    return "".join(f"{one}\n" for one in commands[:_MOST]) + text


def _commands(comparison: Comparison, base: str) -> Iterator[str]:
    for api in comparison.apis:
        if api.enough is False:
            title = f"{safe(api.name)}: the version is not enough"
            yield command("warning", advice(api), title=title, file=safe(relative(api.place, base)))
    for plugin in comparison.broken:
        for concern, file, line in located(plugin):
            title = safe(f"{concern.api} {'may break' if concern.unknown else 'breaks'} {plugin.name}")
            message = "\n".join(part for part in (because(concern), safe(concern.change.reason)) if part)
            place = safe(relative(file, base))
            yield command("warning" if concern.unknown else "error", message, title=title, file=place, line=line)
    for plugin in comparison.plugins:
        for one in plugin.deprecated:
            for at in places_of(plugin, one.places):
                title, file = safe(f"{plugin.name} uses what is deprecated"), safe(relative(at.file, base))
                yield command("warning", advised(one), title=title, file=file, line=at.line)
