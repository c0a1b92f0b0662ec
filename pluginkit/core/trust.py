"""Whose signature counts: the keys that a host trusts, what each may sign, until when, and how many have to.

These are the roles of The Update Framework (keys, paths, threshold, expiry) without its servers.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from pluginkit.core.dsse import KEY_SIZE, key_id
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record, replace
from pluginkit.core.globs import MAX_LENGTH, matches
from pluginkit.core.identities import last_day_in, read_identities
from pluginkit.core.names import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, TypeAlias

    from pluginkit.core.identities import Identity
    from pluginkit.core.toml import Table

    Signer: TypeAlias = "Key | Identity"

RELEASE = "release.json"
"""What a key has to be allowed to sign, to sign releases; no artifact has this name."""
_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What precedes the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410)."""
_PEM = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")
_GLOB = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-*?")
_PRIME = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_WEAK = (0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8)
"""The y of points of small order: anybody can make signatures that such keys verify (RFC 8032, section 5.1)."""


@record
class Key:
    """One public key, and what its signature is worth."""

    name: str
    """What the trust calls it."""
    public: bytes
    """Ed25519, 32 bytes."""
    may_sign: tuple[str, ...] = ("*",)
    """Globs (`*` and `?`) over names of artifacts in normal form (PEP 503), and `release.json` for releases."""
    until: str = ""
    """Last day on which it counts (ISO 8601), whenever it signed; empty: for good."""

    @property
    def keyid(self) -> str:
        """Its name in envelopes."""
        return key_id(self.public)


@record
class Trust:
    """What a host asks of signatures."""

    keys: tuple[Key, ...]
    """Sorted by name."""
    thresholds: tuple[tuple[str, int], ...] = ()
    """(glob over names, how many keys have to sign what matches it), sorted; what nothing matches needs one."""
    minimum_release: int = 0
    """Lowest number of a release that is accepted; 0: any, even one without a number."""
    identities: tuple[Identity, ...] = ()
    """Who may sign releases by Sigstore, sorted by name; of a `trust.toml` alone, and never sealed."""
    sigstore_root: str = ""
    """File with the keys of that Sigstore (`trusted_root.json`); empty: the public one."""

    def signers(self, name: str) -> list[Signer]:
        """Return who may sign the artifact of that name."""
        everybody: tuple[Signer, ...] = (*self.keys, *self.identities)
        return [one for one in everybody if matches(name, one.may_sign)]

    def threshold(self, name: str) -> int:
        """Return how many keys have to sign the artifact of that name: the most that any glob asks."""
        return max((count for glob, count in self.thresholds if matches(name, (glob,))), default=1)

    def to_json(self) -> dict[str, Any]:
        """Return it as a host's stamp spells it: without identities."""
        keys = [
            {"name": one.name, "public-key": to_text(one.public), "may-sign": list(one.may_sign), "until": one.until}
            for one in self.keys
        ]
        return {"keys": keys, "threshold": dict(self.thresholds), "minimum-release": self.minimum_release}


def mark_of(trust: Trust) -> str:
    """Return what tells a trust from others, as `sha256:` digest."""
    from pluginkit.core.canonical import canonical_json
    from pluginkit.core.digest import sha256

    return sha256(canonical_json(trust.to_json()))


def read_trust(table: Table) -> Trust:
    """Take what `trust.toml` says, or `[trust]` of a configuration: `[keys.NAME]`, `[identities.NAME]` and the rest.

    Raises PluginkitError for what makes no sense: no key, a key twice, one that is not Ed25519, a glob that no name
    matches, a threshold that no number of keys can reach.
    """
    keys, threshold = table.table("keys"), table.table("threshold")
    found = tuple(_key(keys.table(name), name) for name in sorted(keys.values))
    thresholds = tuple((glob, threshold.take(glob, int)) for glob in sorted(threshold.values))
    identities, root = read_identities(table), table.take("sigstore-trusted-root", str, "")
    trust = Trust(found, thresholds, table.take("minimum-release", int, 0), identities, root)
    if reason := _senseless(trust):
        raise PluginkitError(f"{table.where}: {reason}", hint="`pluginkit keygen` prints what to write here")
    table.done()
    return trust


def read_trust_file(path: Path) -> Trust:
    """Read a `trust.toml`. Raises PluginkitError for one that cannot be read, and as `read_trust` does."""
    from pluginkit.core.toml import read_toml

    trust = read_trust(read_toml(path))
    return replace(trust, sigstore_root=str(path.parent / trust.sigstore_root)) if trust.sigstore_root else trust


def from_json(value: Mapping[str, Any]) -> Trust:
    """Return what a stamp's JSON has. Raises ValueError for anything but what `to_json` writes."""
    try:
        keys = tuple(_key_from_json(one) for one in value["keys"])
        trust = Trust(keys, tuple(value["threshold"].items()), value["minimum-release"])
        reason = _senseless(trust)
        spelled = trust.to_json()
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a trust: {error}") from None
    if reason or spelled != value:
        raise ValueError(reason or "not a trust in its one spelling")
    return trust


def parse_public(text: str) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM, or in the one line of base64 between its marks.

    Raises ValueError for anything else.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if lines[:1] == [_PEM[0]] and lines[-1:] == [_PEM[1]]:
        lines = lines[1:-1]
    try:
        data = a2b_base64("".join(lines), strict_mode=True)
    except (Error, ValueError):
        data = b""
    if len(data) != len(_SPKI) + KEY_SIZE or not data.startswith(_SPKI):
        raise ValueError("not an Ed25519 public key in PEM (SubjectPublicKeyInfo)")
    public = data[len(_SPKI) :]
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    if y >= _PRIME or y in _WEAK:
        raise ValueError("not a key that protects anything: anybody can sign for it")
    return public


def to_text(public: bytes) -> str:
    """Return a public key in that one line of base64."""
    return b2a_base64(_SPKI + public, newline=False).decode("ascii")


def _key(table: Table, name: str) -> Key:
    until = last_day_in(table)
    try:
        public = parse_public(table.take("public-key", str))
    except ValueError as error:
        raise PluginkitError(f"{table.where}: 'public-key' is {error}", hint="`pluginkit keygen` makes one") from None
    may_sign = table.strings("may-sign", ("*",), one=True)
    key = Key(name, public, may_sign, until)
    table.done()
    return key


def _key_from_json(value: Mapping[str, Any]) -> Key:
    until, name = value["until"], value["name"]
    if not isinstance(name, str) or not isinstance(until, str):
        raise TypeError("a key's name or end is not a text")
    if until:
        from datetime import date

        if date.fromisoformat(until).isoformat() != until:
            raise ValueError(f"{until!r} is not a day as in 2027-01-31")
    return Key(name, parse_public(value["public-key"]), tuple(value["may-sign"]), until)


def _can_match(glob: str) -> bool:
    return glob == RELEASE or (0 < len(glob) <= MAX_LENGTH and _GLOB.issuperset(glob) and normalize(glob) == glob)


def _senseless(trust: Trust) -> str:
    """Return what makes no sense of a trust; empty where it does."""
    if not trust.keys:
        return "it names no key, so nothing could be accepted"
    names = [key.name for key in trust.keys]
    if names != sorted(set(names)):
        return "its keys are not sorted by name, or a name stands twice"
    if both := {one.name for one in trust.identities}.intersection(names):
        return f"{min(both)!r} is both a key and an identity"
    owners: dict[bytes, str] = {}
    for key in trust.keys:
        if not key.may_sign:
            return f"the key {key.name!r} may sign nothing"
        if owners.setdefault(key.public, key.name) != key.name:
            return f"{owners[key.public]!r} and {key.name!r} are one key"
    for glob in (*(glob for key in trust.keys for glob in key.may_sign), *(glob for glob, _ in trust.thresholds)):
        if not isinstance(glob, str) or not _can_match(glob):
            shown = str(glob)[:80]
            return f"no name matches {shown!r}: names are in lower case, with '-' for '_' and '.'; * and ? match any"
    for glob, count in trust.thresholds:
        most = len(trust.keys) + (len(trust.identities) if glob == RELEASE else 0)
        if type(count) is not int or not 1 <= count <= most:
            return f"the threshold of {glob!r} is {count!r}, expected 1 to {most}, the number of keys"
    if type(trust.minimum_release) is not int or trust.minimum_release < 0:
        return "'minimum-release' is below 0"
    return ""
