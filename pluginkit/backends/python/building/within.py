"""A lock that keeps within a host: what the host's release or environment has is pinned to that version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from pluginkit.backends.python.building.resolve import Given
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Package
from pluginkit.core.model import Workspace
from pluginkit.core.names import normalize
from pluginkit.core.toolkit import NAME as TOOLKIT


def bounded(given: Given, workspace: Workspace, members: Collection[str]) -> Given:
    """Return what a resolution is given, with the host's pins as constraints; `members` are not bound by them."""
    taken = {*members, *given.wheels, *(project.name for project in given.projects)}
    return replace(
        given, lines=[*given.lines, *(f"{name}=={pin}" for name, pin in _pins(workspace) if name not in taken)]
    )


def refuse_others(workspace: Workspace, packages: Iterable[Package]) -> None:
    """Raise PluginkitError where pins that were not resolved here are not the host's."""
    pins = dict(_pins(workspace))
    other = [one for one in packages if one.version != pins.get(one.name, one.version)]
    if other and workspace.within:
        listed = "".join(f"\n  {one.name} {one.version}, the host has {pins[one.name]}" for one in other)
        wanted = " ".join(f"--upgrade-package {one.name}=={pins[one.name]}" for one in other)
        raise PluginkitError(
            f"uv.lock is out of step with the host {workspace.within.label}:{listed}",
            hint=f"`pluginkit align --write`, or `uv lock {wanted}`",
        )


def _pins(workspace: Workspace) -> Iterator[tuple[str, str]]:
    found = workspace.within.pins if workspace.within else None
    for name, version in sorted((found or {}).items()):
        if version and normalize(name) != TOOLKIT:
            yield normalize(name), version
