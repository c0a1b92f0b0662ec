"""What artifacts say of themselves, for `pluginkit inspect`."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pluginkit.core.api import Contract
from pluginkit.core.frozen import EMPTY
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.linked import Linked
from pluginkit.core.linking import Linking
from pluginkit.core.modes import PLUGIN
from pluginkit.core.provenance import Provenance, to_json
from pluginkit.core.stamp import Stamp
from pluginkit.core.trust import Key, Trust
from pluginkit.core.verdict import Evidence, Factory
from pluginkit.report import signers
from pluginkit.report.safe import safe

_LABEL = 13
_BY = {"plugins": "plugins", "host": "the host"}
_UNTELLING = ("DefaultGODEBUG", "-buildmode", "-compiler", "GOOS", "GOARCH")
"""Build settings that say nothing of why a plugin does not fit, or nothing new."""


Origins = Mapping[str, Provenance]
"""Where artifacts came from that this is known of, by subject."""


def render_evidence(evidences: Sequence[Evidence], origins: Origins = EMPTY, trust: Trust | None = None) -> str:
    """Return one block of lines for each artifact, ending in a newline; who signed it has the names of a `trust`."""
    return "\n".join("".join(f"{line}\n" for line in _block(evidence, origins, trust)) for evidence in evidences)


def render_evidence_json(evidences: Sequence[Evidence], origins: Origins = EMPTY, trust: Trust | None = None) -> str:
    """Return `{"version": 1, "artifacts": [...]}` in ASCII; `stamp` has the stamp's own fields, or is null.

    `provenance` is null where nothing is known of it, `signed` where nobody did.
    """
    return json.dumps({"version": 1, "artifacts": [_value(one, origins, trust) for one in evidences]}, indent=2) + "\n"


RENDERERS: dict[str, Callable[[Sequence[Evidence], Origins, Trust | None], str]] = {
    "text": render_evidence,
    "json": render_evidence_json,
}
"""What `--output-format` chooses from."""


def _block(evidence: Evidence, origins: Origins, trust: Trust | None) -> Iterator[str]:
    yield safe(evidence.subject)
    origin = origins.get(evidence.subject)
    signed_by = signers.rows(evidence.signed, trust)
    for name, value in (*_rows(evidence), ("signed by", signed_by), ("provenance", origin.described if origin else "")):
        for index, line in enumerate((value,) if isinstance(value, str) else value):
            if line:
                yield f"  {name if index == 0 else '':<{_LABEL}} {safe(line)}"


def _rows(evidence: Evidence) -> Iterator[tuple[str, str | list[str]]]:
    yield "name", evidence.name
    yield "version", evidence.version
    yield "mode", "" if evidence.mode == PLUGIN else evidence.mode
    if evidence.stamp:
        yield from _stamp_rows(evidence.stamp)
    else:
        yield "stamp", "none"
    if evidence.binary:
        yield "runs", "" if evidence.mode in evidence.binary.runs else ", ".join(evidence.binary.runs)
        yield from _binary_rows(evidence.binary)
    yield "content", evidence.content
    yield "entry points", [f"{factory.name} = {factory.reference}" for factory in evidence.factories]
    yield "python", evidence.requires_python
    yield "tags", ", ".join(evidence.tags)
    yield "requires", list(evidence.requires)
    yield "defects", [f"{defect.code} {defect.message}" for defect in evidence.defects]


def _binary_rows(binary: GoBinary) -> Iterator[tuple[str, str | list[str]]]:
    yield "binary", f"{binary.kind}, {binary.go_version or 'no Go'} {binary.platform}"
    yield "package", binary.plugin_path or binary.main
    yield "built with", [f"{name}={value}" for name, value in binary.settings.items() if name not in _UNTELLING]
    yield (
        "modules",
        [f"{one.path} {one.version}{one.replaced_by and ' => '}{one.replaced_by}" for one in binary.modules],
    )
    yield "exports", [f"{name}  {type_}" for name, type_ in sorted(binary.exports.items())]
    yield "packages", f"{len(binary.packages)} with the linker's hash" if binary.packages else "none can be compared"
    yield "libraries", [_library(name, binary.linking) for name in binary.linking.needed]
    yield "search path", binary.linking.runpath or binary.linking.rpath
    yield "registers", [f"{one.registry}  {one.name}" for one in binary.registrations]
    yield "fatal", [reason for _, reason in binary.fatal]


def _library(name: str, linking: Linking) -> str:
    versions = [version for library, version in linking.versions if library == name]
    return f"{name}  {', '.join(sorted(versions))}".rstrip()


def _stamp_rows(stamp: Stamp) -> Iterator[tuple[str, str | list[str]]]:
    contract = stamp.contract
    yield "kind", f"{stamp.kind} ({stamp.language})"
    yield "apis", [f"{api.label}  {api.digest}  {len(api.surface)} declarations" for api in stamp.apis]
    yield "roles", [f"{name}  implemented by {_BY[role]}" for roles in _roles(stamp).values() for name, role in roles]
    yield "uses", _uses_row(stamp)
    yield "capabilities", ", ".join(stamp.capabilities)
    yield "linked", [_linked(one) for one in stamp.linked]
    yield "for", contract.api
    yield "own contracts", [_own_contract(one) for one in contract.apis]
    yield "group", contract.group
    yield "factory", contract.factory
    yield "symbols", [f"{name}  {type_}" for name, type_ in contract.symbols]
    yield "required", ", ".join(contract.required)
    yield "policy", contract.policy + (", same lock" if contract.same_lock else "")
    yield "toolchain", [f"{key}: {value}" for key, value in sorted(stamp.toolchain.items()) if value]
    yield "lock", stamp.lock
    yield "inputs", stamp.inputs
    yield "payload", stamp.payload
    yield "release", str(stamp.release or "")
    yield "trusts", [_trusted(key) for key in stamp.trust.keys] if stamp.trust else []
    yield "builder", stamp.builder


def _linked(one: Linked) -> str:
    capabilities = f"  {', '.join(one.capabilities)}" if one.capabilities else ""
    return f"{one.name} {one.version}".rstrip() + capabilities


def _trusted(key: Key) -> str:
    until = f"  until {key.until}" if key.until else ""
    return f"{key.name}  {key.keyid}  {', '.join(key.may_sign)}{until}"


def _own_contract(one: Contract) -> str:
    asked = {"group": one.group, "factory": one.factory, "required": ", ".join(one.required)}
    return "; ".join([one.api, *(f"{name} {value}" for name, value in asked.items() if value)])


def _roles(stamp: Stamp) -> dict[str, list[tuple[str, str]]]:
    """Return of each API by name its interfaces, sorted, each with who implements it: `plugins` or `host`."""
    from pluginkit.surface.roles import roles_of

    return {api.name: sorted(roles_of(api, stamp.contract.of(api.name)).items()) for api in stamp.apis}


def _uses_row(stamp: Stamp) -> list[str]:
    if stamp.kind != "plugin":
        return []
    if stamp.uses is None:
        return ["not recorded: every change of the API concerns it"]
    dynamic = _dynamic(stamp.uses)
    return [f"{len(stamp.uses)} recorded", *(f"computes names: {reason}" for reason in dynamic)]


def _dynamic(uses: tuple[str, ...]) -> list[str]:
    from pluginkit.surface.uses import Uses

    return list(Uses(uses).dynamic)


def _uses_value(stamp: Stamp) -> dict[str, Any] | None:
    if stamp.uses is None:
        return None
    return {"count": len(stamp.uses), "dynamic": _dynamic(stamp.uses)}


def _required(factory: Factory) -> list[str]:
    """Return the parameters without a default of a function or a class's constructor."""
    from pluginkit.surface.fulfilment import bound
    from pluginkit.surface.signature import declaration, parameters

    lines = [declaration(line) for line in factory.lines]
    if not lines:
        return []
    own = [line for line in lines if line.word == "def" and line.name == f"{lines[0].name}.__init__"]
    given = bound(own[0]) if own else parameters(lines[0]) if lines[0].word in ("def", "async def") else ()
    return [one.name for one in given if not one.optional and one.kind not in ("*", "**")]


def _value(evidence: Evidence, origins: Origins, trust: Trust | None) -> dict[str, Any]:
    origin = origins.get(evidence.subject)
    return {
        "subject": evidence.subject,
        "language": evidence.language,
        "name": evidence.name,
        "version": evidence.version,
        "mode": evidence.mode if evidence.language == "go" else None,
        "stamp": json.loads(evidence.stamp.to_bytes()) if evidence.stamp else None,
        "roles": {name: dict(roles) for name, roles in _roles(evidence.stamp).items()} if evidence.stamp else None,
        "uses": _uses_value(evidence.stamp) if evidence.stamp else None,
        "unverified": evidence.unverified,
        "payload": evidence.payload,
        "content": evidence.content,
        "entry-points": [
            {
                "name": factory.name,
                "reference": factory.reference,
                "shipped": factory.shipped,
                "defined": factory.defined,
                "missing-arguments": _required(factory),
                "lines": list(factory.lines),
            }
            for factory in evidence.factories
        ],
        "binary": _binary_value(evidence.binary) if evidence.binary else None,
        "requires-python": evidence.requires_python,
        "tags": list(evidence.tags),
        "requires": list(evidence.requires),
        "files": list(evidence.files),
        "signed": signers.to_json(evidence.signed, trust),
        "provenance": to_json(origin) if origin else None,
        "defects": [
            {"code": one.code, "message": one.message, "found": one.found, "expected": one.expected}
            for one in evidence.defects
        ],
    }


def _binary_value(binary: GoBinary) -> dict[str, Any]:
    return {
        "kind": binary.kind,
        "go-version": binary.go_version,
        "main": binary.main,
        "plugin-path": binary.plugin_path,
        "runs": list(binary.runs),
        "platform": binary.platform,
        "settings": dict(binary.settings),
        "modules": [
            {"path": one.path, "version": one.version, "sum": one.sum, "replaced-by": one.replaced_by}
            for one in binary.modules
        ],
        "packages": dict(binary.packages),
        "exports": dict(binary.exports),
        "libraries": {
            name: [version for library, version in binary.linking.versions if library == name]
            for name in binary.linking.needed
        },
        "search-path": binary.linking.runpath or binary.linking.rpath,
        "undefined": [name for name, _ in binary.linking.undefined],
        "registers": [{"registry": one.registry, "name": one.name} for one in binary.registrations],
        "fatal": [reason for _, reason in binary.fatal],
    }
