"""What the modes of Go plugins ask of their host."""

from __future__ import annotations

from collections.abc import Iterable

from pluginkit.core.modes import MODULES, PLUGIN
from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Problem

_BUILD = "`pluginkit build` in a workspace that has a plugin of this mode builds such a host"


def without_mode(host: Host, mode: str) -> Iterable[Problem]:
    """Yield that a host does not have the module by which it would run plugins of a mode."""
    if host.binary and MODULES[mode] not in _modules(host):
        facts = {"found": "no such module", "expected": MODULES[mode]}
        yield Problem(f"the host cannot run it: it was built without mode {mode}", _BUILD, facts)


def no_plugins(host: Host) -> Iterable[Problem]:
    """Yield why a host opens no plugins into its process: it was built for other modes, without cgo, or never does."""
    cgo = host.binary.settings.get("CGO_ENABLED", "") if host.binary else ""
    facts = {"found": f"CGO_ENABLED={cgo}"}
    if host.linked or not _modules(host).isdisjoint(MODULES.values()):
        facts = {"found": "no packages to compare"}
        yield Problem(f"the host cannot run it: it was built without mode {PLUGIN}", _BUILD, facts)
    elif cgo == "0":
        yield Problem("the host cannot open plugins: built without cgo", "build the host with CGO_ENABLED=1", facts)
    else:
        why = "it does not import `plugin`"
        yield Problem(f"the host cannot open plugins: {why}", "import the package plugin in the host", facts)


def _modules(host: Host) -> frozenset[str]:
    return frozenset(one.path for one in host.binary.modules) if host.binary else frozenset()
