"""Where in a plugin's own code findings lie, for artifacts that contain their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pluginkit.core.config import DIST
from pluginkit.core.frozen import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.protocol import Code
    from pluginkit.core.verdict import Evidence, Finding, Verdict

USES = "uses"
"""The fact by which a finding says what the plugin does with the API, as keys of its uses."""
_MOST = 20


def with_places(
    verdicts: Sequence[Verdict], read: Mapping[Path, Iterable[Evidence]], dist: Path | None = None
) -> list[Verdict]:
    """Return verdicts whose findings about uses say on which lines these are, as `file:line` in the fact `at`.

    `read` are the artifacts by the place at which they were read: a file, a directory of files, or an environment.
    `dist` is the directory that their subjects call `dist`, where it is not yet that. Only sources of artifacts that
    have such a finding are read.
    """
    where = {one.subject: (place, one) for place, found in read.items() for one in found}
    codes: dict[str, Code | None] = {}

    def located(finding: Finding) -> Finding:
        mentions = finding.facts.get(USES, ())
        if isinstance(mentions, str) or not mentions or finding.subject not in where:
            return finding
        place, evidence = where[finding.subject]
        if finding.subject not in codes:
            file = str(dist / Path(evidence.subject).relative_to(DIST)) if dist else evidence.subject
            codes[finding.subject] = _code(place, replace(evidence, subject=file))
        lines = _lines(codes[finding.subject], evidence, mentions)
        return replace(finding, facts={**finding.facts, "at": lines}) if lines else finding

    return [replace(verdict, findings=tuple(map(located, verdict.findings))) for verdict in verdicts]


def _code(place: Path, evidence: Evidence) -> Code | None:
    from pluginkit.backends.readers import publications

    reader = publications(evidence.language)
    return reader.code(place, evidence) if reader else None


def _lines(code: Code | None, evidence: Evidence, mentions: Sequence[str]) -> tuple[str, ...]:
    from pluginkit.backends.readers import sealed_copy

    if code is None or evidence.stamp is None:
        return ()
    copies = (sealed_copy(api, evidence.language) for api in evidence.stamp.apis)
    found = dict.fromkeys(f"{at.file}:{at.line}" for copy in copies for at in code.find(copy, mentions))
    rest = len(found) - _MOST
    return (*list(found)[:_MOST], *([f"and {rest} more"] if rest > 0 else []))
