"""What a rule is: a value with a code, a name, a check, and a page that explains it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from pluginkit.core.api import Api, Contract
from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.judged_by import contract_for
from pluginkit.core.modes import WASM
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules.ways import rebuild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.gobinary import GoBinary
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Defect, Severity
    from pluginkit.rules.linked import Linkage
    from pluginkit.rules.portions import Conflict


@record
class Twins:
    """Other artifacts of the same set that claim the same name."""

    first: str
    """Subject of the first of them."""
    count: int

    def __str__(self) -> str:
        return self.first if self.count == 1 else f"{self.first} and {self.count - 1} more"


@record
class Linked:
    """A package that is in the process because an earlier plugin brought it (Go)."""

    digest: str
    """The linker's hash of it, in hex."""
    subject: str
    """Which plugin."""


class Process:
    """What the plugins accepted so far have brought into the host's process (Go); grows from case to case."""

    def __init__(self) -> None:
        self.packages: dict[str, Linked] = {}
        """By import path, those that the host does not have."""
        self.plugins: dict[str, str] = {}
        """Name and plugin path of each to its subject."""
        self.binaries: list[GoBinary] = []
        """Their binaries, in the order in which they were opened."""
        self.tables: dict[str, set[tuple[str, ...]]] = {}
        """Of each of the packages which interface tables the plugins with it have; more than one where they differ."""
        self.compared: tuple[Case, Linkage | None] | None = None
        """The artifact whose turn it is, and how it fits the host and the plugins before it."""


@record
class Case:
    """One artifact, and what it is compared with."""

    evidence: Evidence
    host: Host | None
    """None where the artifact is only checked in itself."""
    namesakes: Twins | None = None
    """Artifacts of the set with its distribution name."""
    claims: Mapping[str, Twins] = EMPTY
    """By entry-point name: artifacts of the set that declare it too."""
    process: Process | None = None
    """Go: what is loaded when this one's turn comes."""
    overlaps: Mapping[str, Twins] = EMPTY
    """Python: by import path, artifacts of the set that have a module there too."""
    scripts: Mapping[str, Twins] = EMPTY
    """Python: by path in an environment, artifacts of the set that install a script there too."""
    around: Mapping[str, Evidence] = EMPTY
    """Python: by distribution, the artifacts of the set and those on the host's side."""
    identical: Collection[str] = ()
    """Those of these paths where all have the same file."""
    modules: Mapping[str, Collection[str]] = EMPTY
    """Python: by API of the host, the modules that it is known to have."""
    conflicts: Sequence[Conflict] = ()
    """Python: packages that it shares with others in a way that Python cannot import."""
    trust: Trust | None = None
    """Whose signatures are asked for; None: nobody's."""
    today: str = ""
    """ISO 8601 date on which it is judged; empty: that of the clock."""

    @property
    def is_plugin(self) -> bool:
        """True unless it is, or without a stamp passes for, a host or an API."""
        if self.evidence.stamp:
            return self.evidence.stamp.kind == "plugin"
        if self.evidence.binary:
            return self.evidence.binary.kind != "executable" or not self.evidence.shares_memory
        return not self.host or (self.evidence.name != self.host.name and self.host.api(self.evidence.name) is None)

    @property
    def is_foreign(self) -> bool:
        """Whether it is for another platform than the host's (Go): all that is hashed of it differs then."""
        binary, platform = self.evidence.binary, self.host.platform if self.host else ""
        return bool(binary and platform and binary.platform != platform and self.evidence.mode != WASM)

    @property
    def used(self) -> tuple[Api, ...]:
        """The APIs that a plugin was built against, or that an API uses beside itself; of Go no API is an artifact."""
        stamp = self.evidence.stamp
        if stamp and stamp.kind == "api" and not self.evidence.binary:
            return tuple(api for api in stamp.apis if api.name != stamp.name)
        return stamp.apis if stamp and self.is_plugin else ()

    @property
    def contract(self) -> Contract:
        """What the host asks of plugins for its API; without a host, what the artifact says its host asks."""
        if self.host:
            return contract_for(self.host.contract, self.evidence.stamp)
        return self.evidence.stamp.contract if self.evidence.stamp else Contract()

    @property
    def rebuild(self) -> str:
        """The command, in backticks, that builds it anew: as a member of the host's workspace, or elsewhere."""
        return rebuild(self.evidence, self.host)


@record
class Problem:
    """What a check found: a finding before it has a code and a subject."""

    message: str
    hint: str
    facts: Mapping[str, str | tuple[str, ...]] = EMPTY
    severity: Severity = "error"


Check = Callable[[Case], Iterable[Problem]]


@record
class Rule:
    """One reason for which an artifact is refused, or warned about."""

    code: str
    """`PK` and three digits, never used for anything else."""
    name: str
    check: Check

    @property
    def page(self) -> str:
        """What, why, example and fix, in Markdown."""
        import inspect

        return inspect.getdoc(self.check) or ""


def rule(code: str, name: str) -> Callable[[Check], Rule]:
    """Make the decorated check a Rule; its docstring becomes the page."""
    return lambda check: Rule(code, name, check)


def defects(code: str, hint: str) -> Callable[[Case], Iterable[Problem]]:
    """Return a check that reports the defects of `code` which reading the artifact found, those of one hint in one.

    `hint` is for those that have none of their own.
    """

    def check(case: Case) -> Iterable[Problem]:
        found: dict[str, list[Defect]] = {}
        for defect in case.evidence.defects:
            if defect.code == code:
                found.setdefault(defect.hint or hint, []).append(defect)
        for text, alike in found.items():
            yield _problem(alike, text.replace("{rebuild}", case.rebuild))

    return check


def _problem(alike: list[Defect], hint: str) -> Problem:
    first, facts = alike[0], dict[str, str | tuple[str, ...]]()
    if len(alike) == 1:
        facts = {key: value for key, value in (("found", first.found), ("expected", first.expected)) if value}
    else:
        facts["all"] = shortened([defect.message for defect in alike])
    more = f" (and {len(alike) - 1} more)" if len(alike) > 1 else ""
    return Problem(first.message + more, hint, facts)


def shortened(lines: list[str], most: int = 10) -> tuple[str, ...]:
    """Return at most `most` lines, and one that counts the rest."""
    rest = len(lines) - most
    return (*lines[:most], f"and {rest} more") if rest > 0 else tuple(lines)
