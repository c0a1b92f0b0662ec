"""What a Go plugin exports, held against the contract."""

import re
from collections.abc import Iterable

from pluginkit.core.gobinary import GoBinary
from pluginkit.rules.rule import Case, Problem


def symbols(case: Case) -> dict[str, str]:
    """Return what a Go plugin must export, with the types where the contract names them."""
    factory = case.contract.factory
    return ({factory: ""} if factory else {}) | dict(case.contract.symbols)


def missing_symbols(case: Case, binary: GoBinary) -> Iterable[Problem]:
    """Yield what the plugin does not export of what it must."""
    if binary.kind != "plugin":
        return
    exported = ", ".join(sorted(set(binary.exports) - {"PluginkitStamp"})) or "nothing"
    for name, type_ in symbols(case).items():
        if name not in binary.exports and name not in binary.unlinked:
            yield Problem(
                f"does not export {name}",
                f"define `{_declared(name, type_)}` in its main package",
                {"found": exported, "expected": name},
            )


def other_types(case: Case, binary: GoBinary) -> Iterable[Problem]:
    """Yield the exported symbols of another type than the host asserts."""
    for name, wanted in symbols(case).items():
        found = binary.exports.get(name, "")
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
    """Yield that a plugin of its name or package was loaded before."""
    for what, name in (("package", binary.plugin_path), ("name", case.evidence.name)):
        first = case.process.plugins.get(name) if name and case.process else None
        if first:
            yield Problem(f"the plugin of the {what} {name!r} is loaded already", "remove all but one", {"also": first})
            return
