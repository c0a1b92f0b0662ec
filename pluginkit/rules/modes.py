"""What the modes of Go plugins ask of their host."""

from collections.abc import Iterable

from pluginkit.core.modes import MODULES
from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Problem


def without_mode(host: Host, mode: str) -> Iterable[Problem]:
    """Yield that a host does not have the module by which it would run plugins of a mode."""
    if host.binary and not any(one.path == MODULES[mode] for one in host.binary.modules):
        yield Problem(
            f"the host cannot run it: it was built without mode {mode}",
            "`pluginkit build` in a workspace that has a plugin of this mode builds such a host",
            {"found": "no such module", "expected": MODULES[mode]},
        )
