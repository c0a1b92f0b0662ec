"""One difference between two surfaces, and how bad it is for whom."""

from pluginkit.core.frozen import record
from pluginkit.surface.marks import DEPRECATED

SEVERITIES = ("implementers", "callers", "unknown", "typing", "added", "implementation")
"""Worst first: breaks who implements it, breaks who calls it, cannot be known, only a type checker notices, is new,
is nothing that a plugin can rely on."""

BREAKING = SEVERITIES[:3]
"""Severities after which a plugin may no longer run."""

UNANNOUNCED = "removed without having been deprecated"


@record
class Change:
    """One declaration that differs between two surfaces; `str()` is one line for people."""

    name: str
    """Dotted name of what changed."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    place: str
    """What it stands in: `class Plugin`, `module acme_api`, `type Request struct`, `package acme/pluginapi`."""
    severity: str
    """One of SEVERITIES, the worst for anyone."""
    reason: str
    """Why it is that severe, in plain English."""
    unannounced: bool = False
    """It removes what was never deprecated; known to `pluginkit diff` alone."""

    @property
    def breaks(self) -> bool:
        """It may stop a plugin from running."""
        return self.severity in BREAKING

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        return "added" if not self.old else "removed" if not self.new else "changed"

    @property
    def detail(self) -> str:
        """The reason, where `str()` does not say it, and whether a removal was announced."""
        said = "" if self._is_same else self.reason
        return "; ".join(part for part in (said, UNANNOUNCED if self.unannounced else "") if part)

    @property
    def _is_same(self) -> bool:
        """The declaration is the same, but for a mark that deprecates it."""
        return self.old.removesuffix(DEPRECATED) == self.new.removesuffix(DEPRECATED)

    def __str__(self) -> str:
        from pluginkit.surface.diff import shown

        if not (self.old or self.new):
            return self.reason
        if not self._is_same:
            return shown(self.old, self.new, self.place)
        if self.old.startswith("module "):
            return f"{self.place}: {self.reason}"
        return f"{shown(self.old, '', self.place).replace(': removed ', ': ', 1)}: {self.reason}"
