"""Capabilities that plugins declare, compared with those that their host requires and knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pluginkit.core.names import nearest
from pluginkit.rules.rule import Case, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.api import Contract
    from pluginkit.core.linked import Linked


def capability_problems(case: Case) -> Iterable[Problem]:
    """Yield what a plugin lacks and what its host does not know; of a host with linked plugins, that of each."""
    stamp = case.evidence.stamp
    if stamp is None:
        return
    if case.is_plugin:
        own = case.evidence.language == "python"  # other languages have no manifest a member
        where = "its pyproject.toml: [tool.pluginkit]" if own else f"pluginkit.toml: [plugin.{case.evidence.name}]"
        yield from _problems(stamp.capabilities, case.contract.required, _known([case.contract]), where)
    for one in stamp.linked if stamp.kind == "host" else ():
        yield from _of_linked(one, (stamp.contract, *stamp.contract.apis))


def _of_linked(plugin: Linked, contracts: Sequence[Contract]) -> Iterable[Problem]:
    """Yield what is wrong with a plugin in a host; of several contracts, it does not say which is its own."""
    first, *others = contracts
    required = [name for name in first.required if all(name in other.required for other in others)]
    known = _known(contracts) if all(one.known for one in contracts) else ()
    where = f"pluginkit.toml: [plugin.{plugin.name}]"
    yield from _problems(plugin.capabilities, required, known, where, f"its plugin {plugin.name!r} ")


def _known(contracts: Iterable[Contract]) -> Sequence[str]:
    """Return the capabilities that plugins may declare; none where they may declare any."""
    return sorted({name for one in contracts if one.known for name in (*one.known, *one.required)})


def _problems(
    declared: Collection[str], required: Iterable[str], known: Sequence[str], where: str, who: str = ""
) -> Iterable[Problem]:
    missing = [name for name in required if name not in declared]
    if missing:
        lacked = ", ".join(repr(name) for name in missing)
        spelled = ", ".join(f'"{name}"' for name in missing)
        yield Problem(
            f"{who}lacks the {_capability(missing)} {lacked}, which the host requires",
            f"declare it in {where} capabilities = [{spelled}], and rebuild it",
            {"found": ", ".join(declared) or "none", "expected": ", ".join(missing)},
        )
    unknown = [name for name in declared if known and name not in known]
    if unknown:
        asked = ", ".join(f"{name!r}{nearest(name, known)}" for name in unknown[:10])
        yield Problem(
            f"{who}declares the {_capability(unknown)} {asked}, which the host does not know",
            "correct its spelling, or add it to `known` in the host's contract",
            {"found": ", ".join(unknown), "expected": ", ".join(known)},
            "warning",
        )


def _capability(names: Sequence[str]) -> str:
    return "capability" if len(names) == 1 else "capabilities"
