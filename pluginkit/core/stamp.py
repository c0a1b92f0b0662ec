"""The stamp: what an artifact was built against, as one canonical JSON object.

A stamp is self-asserted. It catches accidents, not liars: only a signature authenticates (see `core.signatures`).
"""

from __future__ import annotations

import json
from functools import lru_cache

from pluginkit import __version__
from pluginkit.core import linked, stamp_ignores
from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import is_content_digest
from pluginkit.core.formats import OPTIONAL, minor_of
from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.linked import Linked
from pluginkit.core.modes import MODES, PLUGIN
from pluginkit.core.stamp_contract import contract_from_json, contract_to_json, minor_version, unknown_in_contract
from pluginkit.core.stamp_members import (
    StampError,
    read_digest,
    read_language,
    read_list,
    read_one_of,
    read_table,
    read_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pluginkit.core.trust import Trust


BUILDER = f"pluginkit {__version__}"
"""What stamps name as their builder."""
SCHEMA = 2
"""What is written; schema 1, which knows none of the optional members, is read too."""
MINOR = 4
"""What a stamp may state as `minor` and still have no member that this version does not know."""
MAX_SIZE = 1 << 20
"""Bytes; a larger stamp is refused unread."""
MAX_DEPTH = 64
"""Objects and arrays within each other; what each Python makes of more differs."""

KINDS = ("api", "host", "plugin")
_OPTIONAL = OPTIONAL | {"trust", "linked"}
_MEMBERS = frozenset((
    "schema", "kind", "name", "version", "language", "apis", "lock", "toolchain", "capabilities", "contract", "inputs",
    "payload", "builder",
))  # fmt: skip
_API = frozenset(("name", "version", "digest", "modules", "surface"))


@record
class Stamp:
    """Schema 2. Every digest carries its algorithm: `h1:` for content, `sha256:` for the rest."""

    kind: str
    name: str
    version: str
    language: str
    apis: tuple[Api, ...]
    lock: str
    """Digest of what the lock seals for all artifacts (`core.lockfile.sealed_digest`)."""
    inputs: str
    """Digest of all that went in; also the key of the build cache."""
    payload: str
    """Digest of the artifact with the stamp cut out."""
    builder: str
    contract: Contract = Contract()
    toolchain: Mapping[str, str] = EMPTY
    capabilities: tuple[str, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    """Of a host: findings about plugins that it ignores."""
    uses: tuple[str, ...] | None = None
    """Of a plugin, or an API that uses others: what it does with APIs, sorted (see `surface.uses`); None: not known."""
    release: int = 0
    """The number of the release it was built for, as the configuration counts them; 0: it has none."""
    trust: Trust | None = None
    """Of a host: whose signatures it accepts; None: it asks for none."""
    mode: str = PLUGIN
    """Of a plugin: how hosts run it, one of `core.modes.MODES`."""
    linked: tuple[Linked, ...] = ()
    """Of a host: the plugins that are part of it, by name."""

    def offers(self, beside: Iterable[Stamp]) -> tuple[Api, ...]:
        """Return the APIs that plugins of this host may use: those it was built against, and others that lie beside it.

        A library that only plugins need is such another; a version of the API that has its own contract is not.
        """
        versions = {one.api for one in self.contract.apis}
        own = (api for one in beside if one.kind == "api" for api in one.apis if api.name == one.name)
        others = {api.name: api for api in own if api.name not in versions}
        return tuple({**others, **{api.name: api for api in self.apis}}.values())

    @property
    def _has_mode(self) -> bool:
        return self.mode != PLUGIN or bool(self.linked)

    def to_bytes(self) -> bytes:
        """Return the canonical JSON form."""
        optional: dict[str, Any] = {"ignores": stamp_ignores.to_json(self.ignores)} if self.ignores else {}
        if minor := max(4 * self._has_mode, 3 * bool(self.trust), minor_version(self.contract)):
            optional["minor"] = minor
        if self.mode != PLUGIN:
            optional["mode"] = self.mode
        if self.linked:
            optional["linked"] = [linked.to_json(one) for one in self.linked]
        if self.release:
            optional["release"] = self.release
        if self.trust:
            optional["trust"] = self.trust.to_json()
        if self.uses is not None:
            optional["uses"] = list(self.uses)
        return canonical_json(
            {
                **optional,
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
    """Read a stamp, strictly: unknown or missing members, wrong types and other spellings are refused.

    What a newer minor version adds is skipped. Raises StampError with PK203 for a schema this version does not know,
    else with PK202.
    """
    head, mark, rest = data.partition(b',"builder":')
    apis = _apis(head) if mark and len(data) <= MAX_SIZE else None
    return _parse(data) if apis is None else _parse(b'{"builder":' + rest, apis)


@lru_cache(maxsize=32)
def _apis(head: bytes) -> tuple[Api, ...] | None:
    """Return the APIs that a stamp begins with, which all plugins of a release have in common; None if it does not.

    `{"apis":[...]}` and the members that follow, each in canonical form, are so together: `builder` sorts behind.
    """
    try:
        value = json.loads(head.decode("utf-8") + "}")
        if value.keys() != {"apis"} or canonical_json(value) != head + b"}":
            return None
        apis = tuple(_api_from_json(api) for api in read_list(value, "apis", dict))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return apis if all(api.keys() == _API for api in value["apis"]) else None


def _parse(data: bytes, apis: tuple[Api, ...] | None = None) -> Stamp:
    value = _load(data)
    schema, minor = value.get("schema"), minor_of(value)
    if type(schema) is not int:
        raise StampError("the stamp has no integer 'schema'")
    if schema not in (1, SCHEMA):
        raise StampError(f"the stamp has schema {schema}, this pluginkit reads schemas 1 and {SCHEMA}", "PK203")
    if minor is None:
        raise StampError("the stamp's 'minor' is not a positive integer")
    if apis is not None and "apis" in value:
        raise StampError("the stamp is not in canonical form (RFC 8785): a key twice, or another spelling")
    stamp = _from_json(value, apis)
    if schema == 1 or minor <= MINOR:
        _refuse_unknown(value, _MEMBERS if schema == 1 else _MEMBERS | _OPTIONAL)
    try:
        spelled = canonical_json(value)
    except (TypeError, ValueError) as error:  # null, fractions, lone surrogates
        raise StampError(str(error)) from None
    if spelled != data:
        raise StampError("the stamp is not in canonical form (RFC 8785): a key twice, or another spelling")
    return stamp


def _refuse_unknown(value: Mapping[str, Any], members: frozenset[str]) -> None:
    """Raise StampError for members that this version does not know; each of those it knows was read by now."""
    parts: list[tuple[str, Mapping[str, Any], frozenset[str]]] = [("the stamp", value, members)]
    parts += [("an API of the stamp", api, _API) for api in value.get("apis", ())]
    parts += [("a linked plugin of the stamp", one, linked.MEMBERS) for one in value.get("linked", ())]
    parts += [("an ignore of the stamp", ignore, stamp_ignores.MEMBERS) for ignore in value.get("ignores", ())]
    found = [(what, sorted(part.keys() - known)) for what, part, known in parts]
    found.append(("the stamp's contract", unknown_in_contract(value["contract"], first=value["schema"] == 1)))
    for what, unknown in found:
        if unknown:
            raise StampError(f"{what} has unknown members: {', '.join(map(repr, unknown))[:200]}")


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
    if _is_deep(value):
        raise StampError("the stamp is nested too deeply")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        held = [item for one in level for item in (one.values() if type(one) is dict else one)]
        level = [item for item in held if type(item) in (dict, list)]
        if not level:
            return False
    return True


def _from_json(value: Mapping[str, Any], apis: tuple[Api, ...] | None) -> Stamp:
    kind = read_one_of(value, "kind", KINDS)
    return Stamp(
        kind=kind,
        name=read_text(value, "name"),
        version=read_text(value, "version"),
        language=read_language(value),
        apis=tuple(_api_from_json(api) for api in read_list(value, "apis", dict)) if apis is None else apis,
        lock=read_digest(value, "lock"),
        toolchain={str(key): read_text(value["toolchain"], key) for key in read_table(value, "toolchain")},
        capabilities=tuple(read_list(value, "capabilities", str)),
        contract=contract_from_json(read_table(value, "contract")),
        inputs=read_digest(value, "inputs"),
        payload=read_digest(value, "payload"),
        builder=read_text(value, "builder"),
        ignores=tuple(map(stamp_ignores.from_json, read_list(value, "ignores", dict) if "ignores" in value else ())),
        uses=tuple(read_list(value, "uses", str)) if "uses" in value else None,
        release=_release(value) if "release" in value else 0,
        trust=_trust(value) if "trust" in value else None,
        mode=read_one_of(value, "mode", MODES) if "mode" in value else PLUGIN,
        linked=tuple(map(linked.from_json, read_list(value, "linked", dict) if "linked" in value else ())),
    )


def _release(value: Mapping[str, Any]) -> int:
    number = value["release"]
    if type(number) is not int or number < 1:
        raise StampError("the stamp's 'release' is not a positive integer")
    return number


def _trust(value: Mapping[str, Any]) -> Trust:
    from pluginkit.core.trust import from_json

    try:
        return from_json(read_table(value, "trust"))
    except ValueError as error:
        raise StampError(f"the stamp's 'trust': {error}") from None


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
    digest = read_text(value, "digest")
    if not is_content_digest(digest):
        raise StampError(f"the API digest {digest[:80]!r} is not of the form h1:<44 base64 characters>")
    return Api(
        name=read_text(value, "name"),
        version=read_text(value, "version"),
        digest=digest,
        modules=tuple(read_list(value, "modules", str)),
        surface=tuple(read_list(value, "surface", str)),
    )
