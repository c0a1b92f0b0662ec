"""Who signed an artifact, for `pluginkit inspect`: keys by their names in envelopes, and in a trust."""

from __future__ import annotations

from pluginkit.core.dsse import EnvelopeError, parse_envelope
from pluginkit.core.signatures import Objection, authenticate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.signatures import Signed
    from pluginkit.core.trust import Trust


def rows(signed: Signed | None, trust: Trust | None) -> list[str]:
    """Return a line for each signature, and one for what is wrong with them; none where nobody signed it."""
    found = to_json(signed, trust)
    if found is None:
        return []
    unknown = "not trusted" if trust else "not checked: --trust FILE says whose keys count"
    lines = [f"{one['keyid']}  {one['key'] or unknown}" for one in found["by"]]
    return [*lines, *([f"{found['code']} {found['message']}"] if found["code"] else [])]


def to_json(signed: Signed | None, trust: Trust | None) -> dict[str, Any] | None:
    """Return `by`, a list of keyids and what the trust calls them, with the code and message of what is wrong.

    None where nobody signed it. Without a trust no signature is checked, and no key has a name.
    """
    if signed is None or signed.envelope is None:
        return None
    try:
        envelope = parse_envelope(signed.envelope)
    except EnvelopeError as error:
        return {"by": [], "code": "PK602", "message": f"its envelope cannot be read: {error}"}
    found = authenticate(signed, trust.keys) if trust else ()
    wrong = found if isinstance(found, Objection) else None
    names = {} if isinstance(found, Objection) else {key.keyid: key.name for key in found}
    by = [{"keyid": one.keyid, "key": names.get(one.keyid)} for one in envelope.signatures]
    return {"by": by, "code": wrong.code if wrong else "", "message": wrong.message if wrong else ""}
