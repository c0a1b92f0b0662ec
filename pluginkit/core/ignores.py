"""What a workspace has decided to live with: findings that its verifier leaves out, each with a reason."""

from __future__ import annotations

from pluginkit.core.record import record


@record
class Ignore:
    """One entry of `[verify] ignore`."""

    rule: str
    """Code or name of a rule."""
    reason: str
    plugin: str = ""
    """Glob over names of distributions, plugins or files; empty: all of them."""
    until: str = ""
    """Last day on which it holds (ISO 8601); empty: for ever."""
    where: str = ""
    """The file it stands in."""
