"""What earlier runs concluded: cells by artifact, host and policy, until the next date that changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pluginkit.core import clock
from pluginkit.core.fleet import ApiVersion, Fit, FleetHost, PluginRelease
from pluginkit.core.frozen import record
from pluginkit.core.verdict import Finding
from pluginkit.store.memory import recall, remember

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KIND = "fleet/table"


@record
class Known:
    """One artifact, as it was judged before."""

    identity: str
    release: PluginRelease | None
    """None where it is not a plugin."""
    fits: Mapping[str, Fit | None]
    """By what tells the host apart: its signature, and which it is."""
    is_settled: bool = True
    """False where the hosts decide whether it is a plugin."""

    def missing(self, marks: Sequence[str]) -> tuple[int, ...]:
        """Return the indices of the hosts that it has to be judged with; all, where they decide together."""
        if not self.is_settled:
            return () if set(marks) == self.fits.keys() else tuple(range(len(marks)))
        return tuple(index for index, mark in enumerate(marks) if self.release and mark not in self.fits)


class Memory:
    """The table of the last run with the same places and policy; empty where there is none that can be read."""

    def __init__(self, key: Sequence[str]) -> None:
        self._key = ("2", *key)
        self.hosts: dict[str, tuple[FleetHost, ...]] = {}
        """By signature of a place: the hosts there."""
        self._rows: dict[str, Any] = {}
        self._findings: list[Any] = []
        try:
            hosts, self._rows, self._findings = recall(_KIND, self._key) or ({}, {}, [])
            self.hosts = {mark: tuple(map(_host, found)) for mark, found in hosts.items()}
        except (TypeError, ValueError, AttributeError):  # damaged
            self._rows = {}
        self._today = clock.today()
        self._made: dict[int, Finding] = {}

    def known(self, subject: str, identity: str) -> Known | None:
        """Return what is known of an artifact with that identity; None where that is nothing."""
        row = self._rows.get(subject)
        if row is None or not identity or row[0] != identity:
            return None
        fits = {mark: self._fit(cell) for mark, cell in row[2].items() if cell is None or self._holds(cell)}
        return Known(identity, _release(row[1]) if row[1] else None, fits, row[3])

    def keep(self, hosts: Mapping[str, Sequence[FleetHost]], rows: Iterable[tuple[str, Known]]) -> None:
        """Remember a table in place of the last one, by subject."""
        findings: list[Any] = []
        numbers: dict[int, int] = {}

        def number(one: Finding) -> int:
            if id(one) not in numbers:
                numbers[id(one)] = len(findings)
                findings.append((one.code, one.severity, one.subject, one.message, one.hint, dict(one.facts)))
            return numbers[id(one)]

        def cell(fit: Fit | None) -> Any:
            return fit and (tuple(map(number, fit.findings)), tuple(map(number, fit.ignored)), fit.until)

        def row(one: Known) -> Any:
            return (
                one.identity,
                one.release and _fields(one.release),
                {mark: cell(fit) for mark, fit in one.fits.items()},
                one.is_settled,
            )

        kept = {subject: row(one) for subject, one in rows if one.identity}
        spelled = {mark: [_fields(host) for host in found] for mark, found in hosts.items()}
        remember(_KIND, self._key, (spelled, kept, findings))

    def _holds(self, cell: Any) -> bool:
        return not cell[2] or self._today <= cell[2]

    def _fit(self, cell: Any) -> Fit | None:
        return cell and Fit(tuple(map(self._finding, cell[0])), tuple(map(self._finding, cell[1])), cell[2])

    def _finding(self, number: int) -> Finding:
        if number not in self._made:
            self._made[number] = Finding(*self._findings[number])
        return self._made[number]


def _fields(one: Any) -> tuple[Any, ...]:
    values = (getattr(one, name) for name in one.__slots__)
    return tuple(
        tuple((api.name, api.version, api.digest) for api in value)
        if isinstance(value, tuple) and value and isinstance(value[0], ApiVersion)
        else value
        for value in values
    )


def _release(values: Sequence[Any]) -> PluginRelease:
    subject, name, language, version, apis, *rest = values
    return PluginRelease(subject, name, language, version, _apis(apis), *rest)


def _host(values: Sequence[Any]) -> FleetHost:
    label, name, language, apis, *rest = values
    return FleetHost(label, name, language, _apis(apis), *rest)


def _apis(values: Sequence[Any]) -> tuple[ApiVersion, ...]:
    return tuple(ApiVersion(*one) for one in values)
