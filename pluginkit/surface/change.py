"""One difference between two surfaces, and how severe it is."""

from pluginkit.core.frozen import record
from pluginkit.surface.marks import DEPRECATED

SEVERITIES = ("implementers", "callers", "unknown", "typing", "added", "implementation")
"""Worst first: it breaks implementers, it breaks callers, its effect is not known, only type checkers notice it, it is
new, or it is an implementation detail."""

BREAKING = SEVERITIES[:3]
"""Severities with which a plugin may no longer run."""

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
    """Whether it removes what was never deprecated; only `pluginkit diff` sets it."""

    @property
    def breaks(self) -> bool:
        """Whether it may stop a plugin from running."""
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
        """Whether the declaration is the same except for a deprecation mark."""
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
