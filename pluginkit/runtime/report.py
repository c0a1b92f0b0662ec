"""What became of each plugin: for the host, for people, and as JSON for operations."""

from __future__ import annotations

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.safe import safe
from pluginkit.core.verdict import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal

    Status = Literal["loaded", "refused", "failed"]

VERSION = 1
_LONGEST = 1000
"""Characters of a message in a line of a log."""


@record
class Result:
    """What became of one plugin."""

    name: str
    """Its entry point's name; of an artifact that cannot be read, the artifact's."""
    path: str
    """The wheel, or the distribution that is installed."""
    status: Status
    """`loaded`: it runs. `refused`: none of its code ran. `failed`: its own code went wrong."""
    findings: tuple[Finding, ...] = ()
    """Why it was skipped; of a loaded one, warnings."""
    plugin: Any = None
    """What its factory returned; None unless loaded."""
    capabilities: tuple[str, ...] = ()
    development: bool = False
    """Accepted without a stamp, since its sources lie in the host's workspace."""
    milliseconds: int = 0
    judged_by: str = ""
    """Where the host has several APIs, the one that it is judged by, with its version."""
    api: type | None = None
    """The class of the API that it implements; None unless loaded."""


@record
class Report:
    """What became of all of them, in the order of loading."""

    host: str
    """What they were held against."""
    stamped: bool
    """The host itself has a stamp; without, plugins are held against the API as it is installed."""
    plugins: tuple[Result, ...]

    @property
    def loaded(self) -> tuple[Result, ...]:
        """The plugins that run."""
        return tuple(result for result in self.plugins if result.status == "loaded")

    @property
    def skipped(self) -> tuple[Result, ...]:
        """The plugins that do not."""
        return tuple(result for result in self.plugins if result.status != "loaded")

    def to_json(self) -> str:
        """Return the report in ASCII, of the shape that generated Go hosts write too.

            {"version": 1, "host": "acme-host 1.0.0", "stamped": true,
             "plugins": [{"path": "plugins/a.whl", "name": "a", "status": "refused", "milliseconds": 0,
                          "findings": [{"code": "PK303", "severity": "error", "message": "...", "hint": "...",
                                        "found": "...", "expected": "...", "details": ["changed: ..."]}]}]}

        `found`, `expected`, `details` and `hint` are left out where there is nothing to say. Where the host has several
        APIs, a plugin has the one that it is `judged_by`, as `acme-pluginapi2 2.1.0`.
        """
        import json

        value = {
            "version": VERSION,
            "host": self.host,
            "stamped": self.stamped,
            "plugins": [_result(result) for result in self.plugins],
        }
        return json.dumps(value, indent=2) + "\n"


class PluginLoadError(PluginkitError):
    """A host that is strict, or requires a plugin, did not get what it asked for; `report` tells all."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


def insist(report: Report, *, strict: bool, required: Iterable[str]) -> None:
    """Raise PluginLoadError, naming every failure, unless all that must be loaded is."""
    needed, present = set(required), {result.name for result in report.loaded}
    skipped = [result for result in report.skipped if strict or result.name in needed]
    absent = sorted(needed - {result.name for result in report.plugins})
    lines = [line for result in skipped for line in described(result)]
    lines += [f"{name}: required, and there is no plugin of that name" for name in absent]
    if lines and (strict or needed - present):
        count = len(skipped) + len(absent)
        counted = "1 plugin is" if count == 1 else f"{count} plugins are"
        raise PluginLoadError("\n  ".join([f"{counted} not loaded:", *lines]), report)


def described(result: Result) -> list[str]:
    """Return a line for each reason for which a plugin was skipped, fit for a log."""
    errors = [finding for finding in result.findings if finding.severity == "error"]
    name, path = safe(result.name), safe(result.path)
    who = path if path.endswith(name) else f"{name} ({path})"
    return [f"{who}: {one.code} {safe(one.message, _LONGEST)} (hint: {safe(one.hint)})" for one in errors]


def _result(result: Result) -> dict[str, object]:
    return {
        "path": result.path,
        "name": result.name,
        "status": result.status,
        "findings": [_finding(finding) for finding in result.findings],
        "milliseconds": result.milliseconds,
        **({"judged_by": result.judged_by} if result.judged_by else {}),
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    facts = finding.facts
    value: dict[str, object] = {"code": finding.code, "severity": finding.severity, "message": finding.message}
    value |= {"hint": finding.hint} if finding.hint else {}
    value |= {key: facts[key] for key in ("found", "expected") if key in facts}
    details = [f"{key}: {line}" for key, fact in facts.items() if key not in value for line in _lines(fact)]
    return value | ({"details": details} if details else {})


def _lines(fact: str | tuple[str, ...]) -> tuple[str, ...]:
    return (fact,) if isinstance(fact, str) else fact
