"""Where a cached artifact came from: built on this machine, or fetched from a cache that several share.

It stands in the artifact's record in the local cache and is never shared: what another machine says of itself proves
nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pluginkit.core.frozen import record
from pluginkit.core.stamp import BUILDER
from pluginkit.core.urls import without_credentials


@record
class Provenance:
    """How an artifact came into this user's cache."""

    url: str
    """The shared cache that it was fetched from; empty where it was built here."""
    when: str
    """ISO 8601, UTC, to the second."""
    by: str
    """What built or fetched it, with its version."""

    @property
    def described(self) -> str:
        """The same in words."""
        how = f"fetched from {self.url}" if self.url else "built here"
        return f"{how}, {self.when}, by {self.by}"


def built_here() -> Provenance:
    """Return the provenance of what is built now."""
    return Provenance("", _now(), BUILDER)


def fetched_from(url: str) -> Provenance:
    """Return the provenance of what is fetched now; credentials in the URL are left out."""
    return Provenance(without_credentials(url), _now(), BUILDER)


def to_json(one: Provenance) -> Mapping[str, str]:
    """Return it as it stands in a record."""
    return {"url": one.url, "when": one.when, "by": one.by}


def from_json(value: object) -> Provenance | None:
    """Return what a record says; None where it does not say it, as those of earlier versions."""
    if not isinstance(value, dict):
        return None
    texts = [text for name in ("url", "when", "by") if isinstance(text := value.get(name), str)]
    return Provenance(*texts) if len(texts) == 3 else None


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
