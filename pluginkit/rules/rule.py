"""What a rule is: a value with a code, a name, a check, and a page that explains it."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pluginkit.core.api import Contract
from pluginkit.core.verdict import Evidence, Finding, Host, Severity


@dataclass(frozen=True, slots=True)
class Twins:
    """Other artifacts of the same set that claim the same name."""

    first: str
    """Subject of the first of them."""
    count: int

    def __str__(self) -> str:
        return self.first if self.count == 1 else f"{self.first} and {self.count - 1} more"


@dataclass(frozen=True, slots=True)
class Case:
    """One artifact, and what it is held against."""

    evidence: Evidence
    host: Host | None
    """None where the artifact is only checked in itself."""
    namesakes: Twins | None = None
    """Artifacts of the set with its distribution name."""
    claims: Mapping[str, Twins] = field(default_factory=dict)
    """By entry-point name: artifacts of the set that declare it too."""

    @property
    def is_plugin(self) -> bool:
        """True unless it is, or without a stamp passes for, a host or an API."""
        if self.evidence.stamp:
            return self.evidence.stamp.kind == "plugin"
        return not self.host or (self.evidence.name != self.host.name and self.host.api(self.evidence.name) is None)

    @property
    def contract(self) -> Contract:
        """What the host asks; without a host, what the artifact says its host asks."""
        if self.host:
            return self.host.contract
        return self.evidence.stamp.contract if self.evidence.stamp else Contract()

    @property
    def rebuild(self) -> str:
        """The command that builds it anew."""
        name = self.evidence.name
        return f"`pluginkit build {name}`" if name else "`pluginkit build`"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check found: a finding before it has a code and a subject."""

    message: str
    hint: str
    facts: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    severity: Severity = "error"


Check = Callable[[Case], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason for which an artifact is refused, or warned about."""

    code: str
    """`PK` and three digits, never used for anything else."""
    name: str
    check: Check
    page: str
    """What, why, example and fix, in Markdown."""

    def findings(self, case: Case) -> Iterable[Finding]:
        """Yield what the check finds, in the artifact's name."""
        for problem in self.check(case):
            yield Finding(
                self.code, problem.severity, case.evidence.subject, problem.message, problem.hint, problem.facts
            )


def rule(code: str, name: str) -> Callable[[Check], Rule]:
    """Make the decorated check a Rule; its docstring becomes the page."""
    return lambda check: Rule(code, name, check, inspect.getdoc(check) or "")


def defects(code: str, hint: str) -> Callable[[Case], Iterable[Problem]]:
    """Return a check that reports the defects of `code` which reading the artifact found, all in one."""

    def check(case: Case) -> Iterable[Problem]:
        found = [defect for defect in case.evidence.defects if defect.code == code]
        if not found:
            return
        first, facts = found[0], dict[str, str | tuple[str, ...]]()
        if len(found) == 1:
            facts = {key: value for key, value in (("found", first.found), ("expected", first.expected)) if value}
        else:
            facts["all"] = shortened([defect.message for defect in found])
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield Problem(first.message + more, hint.replace("{rebuild}", case.rebuild), facts)

    return check


def shortened(lines: list[str], most: int = 10) -> tuple[str, ...]:
    """Return at most `most` lines, and one that counts the rest."""
    rest = len(lines) - most
    return (*lines[:most], f"and {rest} more") if rest > 0 else tuple(lines)
