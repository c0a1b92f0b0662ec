"""What a Go plugin exports, compared with the contract."""

import re
from collections.abc import Iterable, Mapping

from pluginkit.core.api import Contract
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.judged_by import api_of
from pluginkit.rules.rule import Case, Problem


def symbols(case: Case) -> dict[str, str]:
    """Return what a Go plugin must export, with the types where the contract names them."""
    return _symbols(case.contract)


def _symbols(contract: Contract) -> dict[str, str]:
    return ({contract.factory: ""} if contract.factory else {}) | dict(contract.symbols)


def _exports(case: Case, binary: GoBinary) -> Mapping[str, str] | None:
    """Return what a plugin exports, with the types where these are known; None where that is not known at all.

    Of a plugin that shares no memory with the host these are the symbols that the compiler asserted at its build, and
    that its stamp names.
    """
    stamp = case.evidence.stamp
    if case.evidence.shares_memory:
        return binary.exports if binary.kind == "plugin" else None
    if stamp is None:
        return None
    named = api_of(case.host.contract, stamp.apis, stamp.contract.api) if case.host else ""
    return _symbols(stamp.contract.of(named))


def missing_symbols(case: Case, binary: GoBinary) -> Iterable[Problem]:
    """Yield what the plugin does not export of what it must."""
    exports = _exports(case, binary)
    if exports is None:
        return
    exported = ", ".join(sorted(set(exports) - {"PluginkitStamp"})) or "nothing"
    for name, type_ in symbols(case).items():
        if name not in exports and name not in binary.unlinked:
            again = "" if case.evidence.shares_memory else f", and rebuild it: {case.rebuild}"
            yield Problem(
                f"does not export {name}",
                f"define `{_declared(name, type_)}` in its main package{again}",
                {"found": exported, "expected": name},
            )


def other_types(case: Case, binary: GoBinary) -> Iterable[Problem]:
    """Yield the exported symbols of another type than the host asserts."""
    exports = _exports(case, binary) or {}
    for name, wanted in symbols(case).items():
        found = exports.get(name, "")
        if wanted and found and _reflected(found) != _reflected(wanted):
            yield Problem(
                f"exports {name} with another type than the host asserts",
                f"declare it as `{_declared(name, wanted)}`",
                {"found": found, "expected": wanted},
            )


def _declared(name: str, type_: str) -> str:
    if type_.startswith("func"):
        return f"func {name}{type_.removeprefix('func')}"
    return f"var {name} {type_.removeprefix('*')}" if type_ else f"func {name}"


def _reflected(type_: str) -> str:
    """Return a type as reflect prints it, where people may write another spelling."""
    return re.sub(r"\bany\b", "interface {}", "".join(type_.split())).replace("interface{}", "interface {}")


def loaded_before(case: Case, binary: GoBinary) -> Iterable[Problem]:
    """Yield that a plugin of its name or package was loaded before, or that one of its name is part of the host."""
    if case.host and case.evidence.name in case.host.linked:
        yield Problem(
            f"the plugin of the name {case.evidence.name!r} is also linked into the host, which runs that one",
            "remove the file, or give the plugin another mode than `linked` and rebuild the host: `pluginkit build`",
            {"also": case.host.label},
        )
        return
    for what, name in (("package", binary.plugin_path), ("name", case.evidence.name)):
        first = case.process.plugins.get(name) if name and case.process else None
        if first:
            yield Problem(f"the plugin of the {what} {name!r} is loaded already", "remove all but one", {"also": first})
            return
