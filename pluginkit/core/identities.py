"""Who may sign releases by Sigstore: not a key, but whom a provider of identities (OpenID Connect) knows."""

from __future__ import annotations

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.toml import Table

_REFS = "@refs/"
"""What precedes the branch or tag in the name of a workflow of CI."""


@record
class Identity:
    """One subject of one issuer, whose signature of a release counts like that of a key."""

    name: str
    """What the trust calls it."""
    issuer: str
    """URL of who vouches for the subject, as certificates of Fulcio have it."""
    subject: str
    """An e-mail address, or the URL of a workflow; a `*` at the end of one stands for any rest of a branch or tag."""
    until: str = ""
    """Last day on which it counts (ISO 8601), whenever it signed; empty: for good."""

    @property
    def may_sign(self) -> tuple[str, ...]:
        """Releases, and nothing else: hosts are offline, and have no time to check bundles."""
        return ("release.json",)

    def is_of(self, issuer: str, subject: str) -> bool:
        """Return whether it is that of a certificate."""
        start = self.subject.removesuffix("*")
        is_subject = subject.startswith(start) if start != self.subject else subject == self.subject
        return is_subject and issuer == self.issuer


def read_identities(table: Table) -> tuple[Identity, ...]:
    """Take `[identities.NAME]` out of a `trust.toml`. Raises PluginkitError for what makes no sense."""
    identities = table.table("identities")
    return tuple(_identity(identities.table(name), name) for name in sorted(identities.values))


def last_day_in(table: Table) -> str:
    """Take `until` out of a key or an identity (ISO 8601; empty: for good).

    Raises PluginkitError for anything but a date.
    """
    from datetime import date

    until = table.values.get("until")
    if until is not None and type(until) is not date:
        raise PluginkitError(f"{table.where}: 'until' is not a date", hint="write it without quotes: 2027-01-31")
    return table.take("until", date).isoformat() if until else ""


def _identity(table: Table, name: str) -> Identity:
    found = Identity(name, table.take("issuer", str), table.take("subject", str), last_day_in(table))
    if not found.issuer.startswith("https://"):
        hint = "GitHub's is https://token.actions.githubusercontent.com"
        raise PluginkitError(f"{table.where}: 'issuer' is {found.issuer!r}, expected a URL with https", hint=hint)
    start = found.subject.removesuffix("*")
    if not start or "*" in start or (start != found.subject and _REFS not in start):
        raise PluginkitError(
            f"{table.where}: 'subject' is {found.subject!r}; only what follows {_REFS} may end in *",
            hint="name the workflow in full: https://github.com/OWNER/REPO/.github/workflows/FILE@refs/tags/*",
        )
    table.done()
    return found
