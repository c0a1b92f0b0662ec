"""What artifacts say of themselves, for `pluginkit inspect`."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Evidence
from pluginkit.report.safe import safe

_LABEL = 13


def render_evidence(evidences: Sequence[Evidence]) -> str:
    """Return one block of lines for each artifact, ending in a newline."""
    return "\n".join("".join(f"{line}\n" for line in _block(evidence)) for evidence in evidences)


def render_evidence_json(evidences: Sequence[Evidence]) -> str:
    """Return `{"version": 1, "artifacts": [...]}` in ASCII; `stamp` has the stamp's own fields, or is null."""
    return json.dumps({"version": 1, "artifacts": [_value(evidence) for evidence in evidences]}, indent=2) + "\n"


RENDERERS: dict[str, Callable[[Sequence[Evidence]], str]] = {
    "text": render_evidence,
    "json": render_evidence_json,
}
"""What `--output-format` chooses from."""


def _block(evidence: Evidence) -> Iterator[str]:
    yield safe(evidence.subject)
    for name, value in _rows(evidence):
        for index, line in enumerate((value,) if isinstance(value, str) else value):
            if line:
                yield f"  {name if index == 0 else '':<{_LABEL}} {safe(line)}"


def _rows(evidence: Evidence) -> Iterator[tuple[str, str | list[str]]]:
    yield "name", evidence.name
    yield "version", evidence.version
    if evidence.stamp:
        yield from _stamp_rows(evidence.stamp)
    else:
        yield "stamp", "none"
    yield "content", evidence.content
    yield "entry points", [f"{factory.name} = {factory.reference}" for factory in evidence.factories]
    yield "python", evidence.requires_python
    yield "tags", ", ".join(evidence.tags)
    yield "requires", list(evidence.requires)
    yield "defects", [f"{defect.code} {defect.message}" for defect in evidence.defects]


def _stamp_rows(stamp: Stamp) -> Iterator[tuple[str, str | list[str]]]:
    contract = stamp.contract
    yield "kind", f"{stamp.kind} ({stamp.language})"
    yield "apis", [f"{api.label}  {api.digest}  {len(api.surface)} declarations" for api in stamp.apis]
    yield "capabilities", ", ".join(stamp.capabilities)
    yield "group", contract.group
    yield "factory", contract.factory
    yield "required", ", ".join(contract.required)
    yield "policy", contract.policy + (", same lock" if contract.same_lock else "")
    yield "toolchain", [f"{key}: {value}" for key, value in sorted(stamp.toolchain.items())]
    yield "lock", stamp.lock
    yield "inputs", stamp.inputs
    yield "payload", stamp.payload
    yield "builder", stamp.builder


def _value(evidence: Evidence) -> dict[str, Any]:
    return {
        "subject": evidence.subject,
        "language": evidence.language,
        "name": evidence.name,
        "version": evidence.version,
        "stamp": json.loads(evidence.stamp.to_bytes()) if evidence.stamp else None,
        "unverified": evidence.unverified,
        "payload": evidence.payload,
        "content": evidence.content,
        "entry-points": [
            {
                "name": factory.name,
                "reference": factory.reference,
                "shipped": factory.shipped,
                "defined": factory.defined,
                "missing-arguments": list(factory.missing_arguments),
            }
            for factory in evidence.factories
        ],
        "requires-python": evidence.requires_python,
        "tags": list(evidence.tags),
        "requires": list(evidence.requires),
        "files": list(evidence.files),
        "defects": [
            {"code": one.code, "message": one.message, "found": one.found, "expected": one.expected}
            for one in evidence.defects
        ],
    }
