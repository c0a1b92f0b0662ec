"""The contract as stamps spell it.

A host that serves several versions of its API says so in `apis`, the contracts of those that have their own; its
plugins name in `api` the one they are judged by. What a host calls is in `kind`, `arguments` and `implements`, where
its plugins may install files in `may-install`. Readers of stamps without a minor version never see any of these.
"""

from __future__ import annotations

from pluginkit.core.api import KINDS, Contract
from pluginkit.core.frozen import replace
from pluginkit.core.stamp_members import StampError, read_list, read_one_of, read_table, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MEMBERS = frozenset(("factory", "symbols", "group", "known", "required", "policy", "same-lock"))
_CALLS = frozenset(("kind", "arguments", "implements"))
"""Members of the minor version 2, left out where the configuration says nothing of them."""
_PLACES = frozenset(("may-install",))
"""Of the minor version 3, likewise."""


def minor_version(contract: Contract) -> int:
    """Return the minor version of stamps that can spell a contract."""
    every = (contract, *contract.apis)
    if any(one.may_install for one in every):
        return 3
    if any(map(_says_what_is_called, every)):
        return 2
    return 1 if contract.api or contract.apis else 0


def _says_what_is_called(contract: Contract) -> bool:
    return bool(contract.kind) or contract.arguments is not None or contract.implements is not None


def contract_to_json(contract: Contract) -> dict[str, Any]:
    """Return a contract as the stamp spells it."""
    versions: dict[str, Any] = {"api": contract.api} if contract.api else {}
    if contract.apis:
        versions["apis"] = [contract_to_json(one) for one in contract.apis]
    optional = {
        "kind": contract.kind or None,
        "arguments": None if contract.arguments is None else list(contract.arguments),
        "implements": contract.implements,
        "may-install": list(contract.may_install) or None,
    }
    return {
        **versions,
        **{name: value for name, value in optional.items() if value is not None},
        "factory": contract.factory,
        "symbols": dict(contract.symbols),
        "group": contract.group,
        "known": list(contract.known),
        "required": list(contract.required),
        "policy": contract.policy,
        "same-lock": contract.same_lock,
    }


def contract_from_json(value: Mapping[str, Any]) -> Contract:
    """Return the contract that a stamp's JSON has, or raise StampError. Unknown members are not looked for."""
    found = _asked(value)
    return replace(
        found,
        api=read_text(value, "api") if "api" in value else "",
        apis=tuple(_own(one) for one in read_list(value, "apis", dict)) if "apis" in value else (),
    )


def unknown_in_contract(value: Mapping[str, Any], *, first: bool) -> list[str]:
    """Return the names of members that no contract has; `first`: in a stamp of schema 1."""
    known = _MEMBERS if first else _MEMBERS | _CALLS | _PLACES | {"api", "apis"}
    own: list[Mapping[str, Any]] = [] if first else value.get("apis", [])
    return sorted({*value.keys() - known, *(name for one in own for name in one.keys() - (known - {"apis"}))})


def _own(value: Mapping[str, Any]) -> Contract:
    return replace(_asked(value), api=read_text(value, "api"))


def _asked(value: Mapping[str, Any]) -> Contract:
    same_lock = value.get("same-lock")
    if not isinstance(same_lock, bool):
        raise StampError("the stamp's 'same-lock' is not a boolean")
    symbols = read_table(value, "symbols")
    return Contract(
        factory=read_text(value, "factory"),
        symbols=tuple((name, read_text(symbols, name)) for name in sorted(symbols)),
        group=read_text(value, "group"),
        known=tuple(read_list(value, "known", str)),
        required=tuple(read_list(value, "required", str)),
        policy=read_one_of(value, "policy", ("exact", "compatible")),
        same_lock=same_lock,
        may_install=tuple(read_list(value, "may-install", str)) if "may-install" in value else (),
        **_calls(value),
    )


def _calls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that say what the host calls, which most contracts leave out."""
    found: dict[str, Any] = {"implements": read_text(value, "implements")} if "implements" in value else {}
    if "kind" in value:
        found["kind"] = read_one_of(value, "kind", KINDS)
    if "arguments" in value:
        found["arguments"] = tuple(read_list(value, "arguments", str))
    return found
