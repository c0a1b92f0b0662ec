"""The stamp: what an artifact was built against, as one canonical JSON object.

A stamp is self-asserted. It catches accidents, not liars: only a signature authenticates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pluginkit import __version__
from pluginkit.core.api import Api, Contract
from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import CONTENT, SHA256
from pluginkit.core.record import EMPTY, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


BUILDER = f"pluginkit {__version__}"
"""What stamps name as their builder."""
SCHEMA = 1
MAX_SIZE = 1 << 20
"""Bytes; a larger stamp is refused unread."""

KINDS = ("api", "host", "plugin")
LANGUAGES = ("go", "python")


class StampError(ValueError):
    """Bytes that are no stamp; `code` is the rule that refuses them."""

    def __init__(self, message: str, code: str = "PK202") -> None:
        super().__init__(message)
        self.code = code


@record
class Stamp:
    """Schema 1. Every digest carries its algorithm: `h1:` for content, `sha256:` for the rest."""

    kind: str
    name: str
    version: str
    language: str
    apis: tuple[Api, ...]
    lock: str
    """Digest of the lock file's bytes."""
    inputs: str
    """Digest of all that went in; also the key of the build cache."""
    payload: str
    """Digest of the artifact with the stamp cut out."""
    builder: str
    contract: Contract = Contract()
    toolchain: Mapping[str, str] = EMPTY
    capabilities: tuple[str, ...] = ()

    def offers(self, beside: Iterable[Stamp]) -> tuple[Api, ...]:
        """Return the APIs that plugins of this host may use: those it was built against, and others that lie beside it.

        A library that only plugins need is such another.
        """
        others = {api.name: api for one in beside if one.kind == "api" for api in one.apis}
        return tuple({**others, **{api.name: api for api in self.apis}}.values())

    def to_bytes(self) -> bytes:
        """Return the canonical JSON form."""
        return canonical_json(
            {
                "schema": SCHEMA,
                "kind": self.kind,
                "name": self.name,
                "version": self.version,
                "language": self.language,
                "apis": [api_to_json(api) for api in self.apis],
                "lock": self.lock,
                "toolchain": dict(self.toolchain),
                "capabilities": list(self.capabilities),
                "contract": contract_to_json(self.contract),
                "inputs": self.inputs,
                "payload": self.payload,
                "builder": self.builder,
            }
        )


def parse_stamp(data: bytes) -> Stamp:
    """Read a stamp, strictly: unknown or missing fields, wrong types and other spellings are refused.

    Raises StampError with PK203 for a schema this version does not know, else with PK202.
    """
    value = _load(data)
    if type(value.get("schema")) is not int:
        raise StampError("the stamp has no integer 'schema'")
    if value["schema"] != SCHEMA:
        raise StampError(f"the stamp has schema {value['schema']}, this pluginkit reads schema {SCHEMA}", "PK203")
    stamp = _from_json(value)
    try:
        spelled = stamp.to_bytes()
    except ValueError as error:  # lone surrogates
        raise StampError(str(error)) from None
    if spelled != data:
        raise StampError(
            "the stamp is not in canonical form (RFC 8785): a key twice, unknown fields, or another spelling"
        )
    return stamp


def _load(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_SIZE:
        raise StampError(f"the stamp has {len(data)} bytes, at most {MAX_SIZE} are read")
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise StampError("the stamp is nested too deeply") from None
    except ValueError as error:
        raise StampError(f"the stamp is not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict):
        raise StampError("the stamp is not a JSON object")
    return value


def _from_json(value: Mapping[str, Any]) -> Stamp:
    kind = _one_of(value, "kind", KINDS)
    return Stamp(
        kind=kind,
        name=_text(value, "name"),
        version=_text(value, "version"),
        language=_one_of(value, "language", LANGUAGES),
        apis=tuple(_api_from_json(api) for api in _list(value, "apis", dict)),
        lock=_digest(value, "lock"),
        toolchain={str(key): _text(value["toolchain"], key) for key in _table(value, "toolchain")},
        capabilities=tuple(_list(value, "capabilities", str)),
        contract=_contract_from_json(_table(value, "contract")),
        inputs=_digest(value, "inputs"),
        payload=_digest(value, "payload"),
        builder=_text(value, "builder"),
    )


def api_to_json(api: Api) -> dict[str, Any]:
    """Return an API record as the stamp spells it."""
    return {
        "name": api.name,
        "version": api.version,
        "digest": api.digest,
        "modules": list(api.modules),
        "surface": list(api.surface),
    }


def _api_from_json(value: Mapping[str, Any]) -> Api:
    digest = _text(value, "digest")
    if not CONTENT.fullmatch(digest):
        raise StampError(f"the API digest {digest[:80]!r} is not of the form h1:<44 base64 characters>")
    return Api(
        name=_text(value, "name"),
        version=_text(value, "version"),
        digest=digest,
        modules=tuple(_list(value, "modules", str)),
        surface=tuple(_list(value, "surface", str)),
    )


def contract_to_json(contract: Contract) -> dict[str, Any]:
    """Return a contract as the stamp spells it."""
    return {
        "factory": contract.factory,
        "symbols": dict(contract.symbols),
        "group": contract.group,
        "known": list(contract.known),
        "required": list(contract.required),
        "policy": contract.policy,
        "same-lock": contract.same_lock,
    }


def _contract_from_json(value: Mapping[str, Any]) -> Contract:
    same_lock = value.get("same-lock")
    if not isinstance(same_lock, bool):
        raise StampError("the stamp's 'same-lock' is not a boolean")
    symbols = _table(value, "symbols")
    return Contract(
        factory=_text(value, "factory"),
        symbols=tuple((name, _text(symbols, name)) for name in sorted(symbols)),
        group=_text(value, "group"),
        known=tuple(_list(value, "known", str)),
        required=tuple(_list(value, "required", str)),
        policy=_one_of(value, "policy", ("exact", "compatible")),
        same_lock=same_lock,
    )


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str):
        raise StampError(f"the stamp's {key!r} is not a string")
    return text


def _one_of(value: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    text = _text(value, key)
    if text not in allowed:
        raise StampError(f"the stamp's {key!r} is {text[:80]!r}, expected one of {', '.join(allowed)}")
    return text


def _digest(value: Mapping[str, Any], key: str) -> str:
    text = _text(value, key)
    if not SHA256.fullmatch(text):
        raise StampError(f"the stamp's {key!r} is {text[:80]!r}, expected sha256: and 64 lower-case hex digits")
    return text


def _table(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = value.get(key)
    if not isinstance(table, dict):
        raise StampError(f"the stamp's {key!r} is not an object")
    return table


def _list(value: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    items = value.get(key)
    if not isinstance(items, list) or not all(type(item) is kind for item in items):
        raise StampError(f"the stamp's {key!r} is not an array of {kind.__name__}")
    return items
