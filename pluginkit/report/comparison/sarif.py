"""A comparison as SARIF 2.1.0 (OASIS), for code scanning: what breaks plugins, at the lines that mention it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pluginkit.report.comparison.words import advised, because, headline, located, places_of, said
from pluginkit.report.safe import safe, whole
from pluginkit.report.sarif import FINGERPRINT, document, fingerprint, location, rule
from pluginkit.surface.change import Change
from pluginkit.surface.comparison import TITLES, Comparison

_PAGES = {
    "implementers": "A class that plugins implement changed.\n\n**What.** A plugin written for the old API is not "
    "what hosts of the new one expect.\n\n**Fix.** Implement the method as the new API declares it.",
    "callers": "Something that plugins call or read changed.\n\n**What.** A call or an access that the old API allowed "
    "fails with the new one.\n\n**Fix.** Change the lines that mention it.",
    "unknown": "Whether a change breaks plugins cannot be told by reading.\n\n**What.** The API makes it at run time, "
    "or the plugin computes the names that it uses.\n\n**Fix.** Run the plugin's tests with the new API.",
    "typing": "Only annotations changed.\n\n**What.** A type checker may complain; what runs is not affected.",
    "added": "The API has something new.\n\n**What.** No plugin is affected.",
    "implementation": "Only the implementation changed.\n\n**What.** No plugin is affected.",
}
_DEPRECATED = "diff-deprecated"
_DEPRECATED_PAGE = (
    "A plugin uses what the API declares deprecated.\n\n**What.** It works still; a later release may remove it."
    "\n\n**Fix.** Use what the API recommends instead."
)
_LEVELS = {"implementers": "warning", "callers": "warning", "unknown": "warning"}
"""Of changes that concern no plugin that was named; all others are notes."""


def render_sarif(comparison: Comparison, base: str = "") -> str:
    """Return one run: an error a place of each plugin that breaks; and the changes of each API, at its first file.

    Files are relative to the directory `base`.
    """
    rules = [rule(f"diff-{name}", f"api-{TITLES[name].replace(' ', '-')}", page) for name, page in _PAGES.items()]
    rules.append(rule(_DEPRECATED, "api-deprecated", _DEPRECATED_PAGE))
    seen: Counter[str] = Counter()
    results = []
    for result, parts in (*_breaks(comparison, base), *_deprecated(comparison, base), *_changes(comparison, base)):
        print_ = fingerprint(*parts)
        seen[print_] += 1  # code scanning would take two of one fingerprint for one
        index = next(number for number, one in enumerate(rules) if one["id"] == result["ruleId"])
        results.append(result | {"ruleIndex": index, "partialFingerprints": {FINGERPRINT: f"{print_}:{seen[print_]}"}})
    artifacts = [{"location": location(plugin.subject, base)} for plugin in comparison.plugins]
    return document(rules, artifacts, results)


def _breaks(comparison: Comparison, base: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    for plugin in comparison.broken:
        for concern, file, line in located(plugin):
            what = f"{concern.api} {'may break' if concern.unknown else 'breaks'} {plugin.name}"
            text = f"{safe(what)}: {because(concern)}"
            level, at = "warning" if concern.unknown else "error", location(file, base)
            result = _result(f"diff-{concern.change.severity}", text, level, at, line, _properties(concern.change))
            name = file.replace("\\", "/").rpartition("/")[2]
            yield result, (plugin.name, name, str(concern.change))


def _deprecated(comparison: Comparison, base: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    for plugin in comparison.plugins:
        for one in plugin.deprecated:
            for place in places_of(plugin, one.places):
                text, at = f"{safe(plugin.name)}: {advised(one)}", location(place.file, base)
                result = _result(_DEPRECATED, text, "warning", at, place.line, {"name": whole(one.name)})
                yield result, (plugin.name, place.file.replace("\\", "/").rpartition("/")[2], advised(one))


def _changes(comparison: Comparison, base: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    for api in comparison.apis:
        for change in api.changes:
            text = f"{headline(api)}: {said(change)}"
            level, at = _LEVELS.get(change.severity, "note"), location(api.place, base)
            result = _result(f"diff-{change.severity}", text, level, at, 1, _properties(change))
            yield result, (api.name, str(change))


def _properties(change: Change) -> dict[str, str]:
    return {"name": whole(change.name), "reason": whole(change.reason)}


def _result(
    rule_id: str, text: str, level: str, place: dict[str, str], line: int, properties: dict[str, str]
) -> dict[str, Any]:
    return {
        "ruleId": rule_id,
        "level": level,
        "message": {"text": text.replace("](", "\\](")},  # else `[this](1)` were a link: SARIF 3.11.6
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": {"startLine": line}}}],
        "properties": properties,
    }
