"""Why go.mod was edited as it was, and what of a plugin's needs a host does not meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pluginkit.backends.alignment import Edit, Unmet
from pluginkit.backends.go.aligning.facts import CHECKOUT, HostFacts
from pluginkit.backends.go.aligning.module import Listed, go_order, later
from pluginkit.backends.go.aligning.requirements import Drift, is_module
from pluginkit.rules.causes import owner

_MOST = 5
_SOURCE = "name that checkout with --host-source"
_HEAD = re.compile(r"^# (\S+)$", re.MULTILINE)
_NEWER_GO = re.compile(r"(\S+?):? requires go >= ([\w.]+)")
_LOST = re.compile(r"(?:does not contain package|no required module provides package) (\S+?)[;:)]?(?=\s|$)")
Graph = Sequence[tuple[str, str, str]]
"""(who, module, version) of every requirement."""


class Original:
    """What a module was before it was edited."""

    def __init__(self, manifest: Mapping[str, Any], build_list: Mapping[str, str], graph: Graph) -> None:
        self.manifest, self.versions, self.graph = manifest, build_list, graph
        self.path = str(manifest["Module"]["Path"])

    def askers(self, path: str, above: str) -> tuple[str, ...]:
        """Return who requires a later version of a module than `above`: the module itself, or `path version`."""
        selected = {f"{name}@{version}" for name, version in self.versions.items()} | {self.path}
        found = [who for who, name, at in self.graph if name == path and later(at, above) and who in selected]
        return tuple(dict.fromkeys(self.named(who) for who in found))

    def named(self, who: str) -> str:
        """Return a module as messages call it."""
        return "go.mod of the plugin" if who == self.path else who.replace("@", " ")


def edits(original: Original, now: Mapping[str, Any], graph: Graph, facts: HostFacts) -> Iterator[Edit]:
    """Yield what is different in go.mod now, each with the fact that asks for it; `graph` is what is required now."""
    before = original.manifest
    yield from _go_edits(before, now, facts)
    old, new = _replacements(before), _replacements(now)
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            text = f"replace {path} => {new[path]}" if path in new else f"replace {path} => {old[path]} dropped"
            yield Edit(f"go.mod: {text}", _has(facts, path))
    excluded = sorted(_excluded(now) - _excluded(before))
    for path, version in excluded:
        askers = original.askers(path, facts.used(path).version) or ("a requirement",)
        yield Edit(f"go.mod: exclude {path} {version}", f"{_listed(askers)} asks for it; {_has(facts, path)}")
    required, wanted = _required(before), _required(now)
    for path in sorted(required.keys() | wanted.keys()):
        if required.get(path) != wanted.get(path):
            found = _requirement(path, required.get(path, ""), wanted.get(path, ""), original, facts)
            yield found if found.why else Edit(found.text, _asked_by(path, wanted.get(path, ""), graph, facts))


def _go_edits(before: Mapping[str, Any], now: Mapping[str, Any], facts: HostFacts) -> Iterator[Edit]:
    was, is_ = before.get("Go", ""), now.get("Go", "")
    if was != is_:
        lowered = go_order(is_) < go_order(was)
        why = f"the host was built by {facts.go}" if lowered else "a module at the host's version asks for it"
        yield Edit(f"go.mod: go {is_}, not {was or 'unset'}", why)
    if before.get("Toolchain") and not now.get("Toolchain"):
        yield Edit(f"go.mod: toolchain {before['Toolchain']} dropped", f"the host was built by {facts.go}")


def _requirement(path: str, was: str, is_: str, original: Original, facts: HostFacts) -> Edit:
    text = f"go.mod: require {path} {is_}" + (f", not {was}" if was else "") if is_ else f"go.mod: {path} {was} dropped"
    if path in facts.modules and facts.used(path).version == is_:
        return Edit(text, "as the host has it")
    if is_ and was and later(was, is_):
        rows = [(name, at) for who, name, at in original.graph if who == f"{path}@{was}"]
        newer = [name for name, at in rows if name in facts.modules and later(at, facts.used(name).version)]
        asked = f"{path} {was} asks for a later {_listed(newer)} than the host has" if newer else ""
        return Edit(text, asked or "it goes with the host's versions")
    return Edit(text, "" if is_ else "nothing needs it any more")


def _asked_by(path: str, version: str, graph: Graph, facts: HostFacts) -> str:
    """Return which module requires a version now, one of the host's before others."""
    asking = [who for who, name, at in graph if (name, at) == (path, version) and "@" in who]
    theirs = [who for who in asking if who.partition("@")[0] in facts.modules]
    return f"{(theirs or asking)[0].replace('@', ' ')} requires it" if asking else "what is built needs it"


def _has(facts: HostFacts, path: str) -> str:
    return f"the host has {path} {facts.used(path)}" if path in facts.modules else "the host has none of it"


def of_sources(drifts: Iterable[Drift], packages: Sequence[Listed], facts: HostFacts) -> Iterator[Unmet]:
    """Yield the modules that a host has from directories, which no requirement of a plugin can name."""
    for drift in drifts:
        if drift.offered.version == CHECKOUT:
            askers = sorted({one.path for one in packages if set(one.imports) & set(drift.packages)})
            offered = f"{drift.module} from its own checkout, not a version of it: {_SOURCE}"
            yield Unmet(f"{drift.module} {drift.used}", offered, tuple(askers[:_MOST]))
    for path in facts.modules:
        directory = facts.used(path).replaced_by
        if directory and not is_module(directory):
            mine = [one for one in packages if one.module == path and facts.has(one.path)]
            askers = sorted({one.path for one in packages for other in mine if other.path in one.imports})
            if mine:
                offered = f"{path} from the directory {directory} of its checkout, not a version of it: {_SOURCE}"
                yield Unmet(f"{path} {mine[0].used}", offered, tuple(askers[:_MOST]))


def of_failures(
    failed: Mapping[str, str], packages: Sequence[Listed], original: Original, facts: HostFacts
) -> list[Unmet]:
    """Return which modules are to blame for packages that cannot be built: those that have another version now.

    `failed` is by import path what Go said.
    """
    known = {one.path: one for one in packages}
    changed = {
        path: version
        for path, version in original.versions.items()
        if path in facts.modules and version and facts.used(path).version not in (version, CHECKOUT)
    }
    found: dict[str, dict[str, None]] = {}
    for path, said in failed.items():
        lost = _LOST.findall(said)
        imports = known[path].imports if path in known else ()
        importers = [one.path for one in packages if path in one.imports] if lost else [path]
        blamed = {owner(name, changed) for name in (*lost, *imports, path)} - {""}
        for module in sorted(blamed):
            line = "" if lost else f": {_line(said)}"
            askers = [f"{_of(known, name, original)}{line}" for name in importers]
            found.setdefault(module, {}).update(dict.fromkeys(askers))
    return [
        Unmet(
            f"{module} {changed[module]}",
            f"{module} {facts.used(module)}",
            tuple(dict.fromkeys((*original.askers(module, facts.used(module).version), *askers)))[:_MOST],
        )
        for module, askers in found.items()
    ]


def of_go(said: str, facts: HostFacts, original: Original | None = None) -> list[Unmet]:
    """Return the modules that ask for a later Go than the host's, by what the go command said."""
    found: dict[str, dict[str, None]] = {}
    for who, version in _NEWER_GO.findall(said):
        name = original.named(who) if original else who.replace("@", " ")
        found.setdefault(version, {})[name] = None
    return [Unmet(f"go {version}", facts.go, tuple(askers)) for version, askers in found.items()]


def failures(stderr: str) -> dict[str, str]:
    """Return what the compiler said of each package that it could not build, by import path."""
    parts = _HEAD.split(stderr)
    return {path.split(" ")[0]: said.strip() for path, said in zip(parts[1::2], parts[2::2], strict=True)}


def _of(known: Mapping[str, Listed], path: str, original: Original) -> str:
    module = known[path].module if path in known else ""
    return path if module in ("", original.path) else f"{path} of {module} {known[path].used.version}"


def _line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "it does not build"


def _required(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {one["Path"]: one["Version"] for one in manifest.get("Require") or ()}


def _excluded(manifest: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(one["Path"], one["Version"]) for one in manifest.get("Exclude") or ()}


def _replacements(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {
        one["Old"]["Path"]: " ".join(filter(None, (one["New"]["Path"], one["New"].get("Version", ""))))
        for one in manifest.get("Replace") or ()
    }


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {rest} more" if rest > 0 else "")
