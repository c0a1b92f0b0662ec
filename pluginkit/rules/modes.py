"""What the modes of Go plugins ask of their host."""

from __future__ import annotations

from collections.abc import Iterable

from pluginkit.core.modes import LINKED, PLUGIN
from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Problem

_BUILD = "`pluginkit build` in a workspace that has a plugin of this mode builds such a host"


def without_mode(host: Host, mode: str) -> Iterable[Problem]:
    """Yield that a host has nothing that runs plugins of a mode."""
    if host.binary and mode not in host.binary.runs:
        yield _without(host, mode)


def no_plugins(host: Host) -> Iterable[Problem]:
    """Yield why a host opens no plugins into its process: it was built for other modes, without cgo, or never does."""
    cgo = host.binary.settings.get("CGO_ENABLED", "") if host.binary else ""
    facts = {"found": f"CGO_ENABLED={cgo}"}
    if host.linked or (host.binary and host.binary.runs):
        yield _without(host, PLUGIN)
    elif cgo == "0":
        yield Problem("the host cannot open plugins: built without cgo", "build the host with CGO_ENABLED=1", facts)
    else:
        why = "it does not import `plugin`"
        yield Problem(f"the host cannot open plugins: {why}", "import the package plugin in the host", facts)


def _without(host: Host, mode: str) -> Problem:
    has = (*([LINKED] if host.linked else ()), *(host.binary.runs if host.binary else ()))
    facts = {"found": ", ".join(has) or "none", "expected": mode}
    return Problem(f"the host cannot run it: it was built without mode {mode}", _BUILD, facts)
