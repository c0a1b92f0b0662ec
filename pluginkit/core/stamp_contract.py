"""The contract as stamps spell it.

A host that serves several versions of its API says so in `apis`, the contracts of those that have their own; its
plugins name in `api` the one they are judged by. Readers of stamps without a minor version never see either.
"""

from __future__ import annotations

from pluginkit.core.api import Contract
from pluginkit.core.frozen import replace
from pluginkit.core.stamp_members import StampError, read_list, read_one_of, read_table, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MEMBERS = frozenset(("factory", "symbols", "group", "known", "required", "policy", "same-lock"))


def is_versioned(contract: Contract) -> bool:
    """Return whether a contract tells versions of an API apart: stamps of the minor version 1 do."""
    return bool(contract.api or contract.apis)


def contract_to_json(contract: Contract) -> dict[str, Any]:
    """Return a contract as the stamp spells it."""
    versions: dict[str, Any] = {"api": contract.api} if contract.api else {}
    if contract.apis:
        versions["apis"] = [contract_to_json(one) for one in contract.apis]
    return {
        **versions,
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
    known = _MEMBERS if first else _MEMBERS | {"api", "apis"}
    own: list[Mapping[str, Any]] = [] if first else value.get("apis", [])
    return sorted({*value.keys() - known, *(name for one in own for name in one.keys() - _MEMBERS - {"api"})})


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
    )
