"""Every difference between two surfaces of Go packages, each with what it means for plugins and for the host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.core.frozen import EMPTY
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.go.comparison import Comparison, Verdict
from pluginkit.surface.go.fulfilment import lost
from pluginkit.surface.go.lines import Item, Package, item, packages
from pluginkit.surface.go.shapes import type_of
from pluginkit.surface.go.types import names_in
from pluginkit.surface.marks import DEPRECATED

_NOTHING = Package("", (), {}, {})
_NO_ITEM = item("")


def go_compare(old: Sequence[str], new: Sequence[str], roles: Mapping[str, str] = EMPTY) -> tuple[Change, ...]:
    """Return what differs between two surfaces of Go, sorted by severity and name.

    `roles` says who implements an interface, by its dotted name: `plugins` (or both), or `host`. Where nobody says,
    anyone may. The rules are apidiff's: what is `implementers` or `callers` may stop a plugin from compiling. Where
    each side is one package, they are compared whatever their import paths are.
    """
    if tuple(old) == tuple(new):
        return ()
    before, after = packages(old), packages(new)
    found = [change for one, other in _pairs(before, after) for change in _compare(one, other, roles)]
    return tuple(sorted(found, key=lambda change: (SEVERITIES.index(change.severity), change.name, change.old)))


def unknown_lines(surface: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of a surface that stand for something that could not be read, so that it may change unseen."""
    return tuple(one.line for package in packages(surface).values() for one in package.items if one.kind == "unknown")


def _pairs(before: Mapping[str, Package], after: Mapping[str, Package]) -> Iterator[tuple[Package, Package]]:
    if len(before) == len(after) == 1:
        yield next(iter(before.values())), next(iter(after.values()))
        return
    for path in sorted(before.keys() | after.keys()):
        yield before.get(path, _NOTHING), after.get(path, _NOTHING)


def _compare(old: Package, new: Package, roles: Mapping[str, str]) -> Iterator[Change]:
    comparison = Comparison(old, new, roles)
    differing = _differing(old, new)
    suspects = _suspects(differing, old, new)
    for name in sorted(old.tops.keys() | new.tops.keys(), key=lambda name: (_rank(name, old), name)):
        if (name[:1].isupper() or "." in name) and (name in suspects):
            comparison.top(name) if "." not in name else comparison.types.names(name, name)
    for key, one, contract in lost(comparison):
        comparison.changed(key, one, None, f"no longer implements {contract}")
    _aliased(comparison)
    path = old.path or new.path
    for (owner, name), verdict in comparison.verdicts.items():
        yield _change(path, owner, name, verdict)
    yield from _others(path, differing, comparison)


def _aliased(comparison: Comparison) -> None:
    """Note what is said of a type that importers cannot name under the alias by which they can, too."""
    for alias in comparison.old.tops.values():
        target = alias.text.lstrip("*") if alias.kind == "alias" and alias.public else ""
        if target and target in comparison.old.tops and ("." in target or not target[:1].isupper()):
            for (owner, name), verdict in list(comparison.verdicts.items()):
                if owner == target or (not owner and name == target):
                    key = (alias.name, name) if owner else alias.key
                    comparison.note(key, verdict.old, verdict.new, verdict.severity, verdict.reason)
                    if "." in target:
                        del comparison.verdicts[owner, name]


def _rank(name: str, old: Package) -> int:
    """Order types before what is made of them, so that those of the same name correspond."""
    return 0 if old.type(name) is not None else 1


def _differing(old: Package, new: Package) -> tuple[list[Item], list[Item]]:
    before, after = ({one.line.partition(", ")[2] for one in package.items} for package in (old, new))
    common = before & after
    return tuple([one for one in package.items if one.line.partition(", ")[2] not in common] for package in (old, new))  # type: ignore[return-value]


def _suspects(differing: tuple[list[Item], list[Item]], old: Package, new: Package) -> set[str]:
    """Return the names at the top level that have to be compared: what differs, and what is made of unexported types.

    Those may be called otherwise and still be the same, or differ where nothing that is made of them does.
    """
    lines = [one for side in differing for one in side]
    found = {one.owner or one.name for one in lines}
    hidden = {name for package in (old, new) for name in package.tops if not name[:1].isupper() and "." not in name}
    if hidden & (found | {word for one in lines for word in names_in(one.text)}):
        for package in (old, new):
            found |= {one.owner or one.name for one in package.items if hidden & names_in(one.text)}
    return found


def _change(path: str, owner: str, name: str, verdict: Verdict) -> Change:
    """Return a verdict as a change; `owner` and `name` may be another name of what it is about."""
    one = verdict.old or verdict.new or _NO_ITEM
    old, new = (side.line if side else "" for side in (verdict.old, verdict.new))
    full = f"{owner}.{name}" if owner else name
    dotted = full if "." in (owner or name) else f"{path}.{full}"
    return Change(dotted, old, new, one.place, verdict.severity, verdict.reason)


def _others(path: str, differing: tuple[list[Item], list[Item]], comparison: Comparison) -> Iterator[Change]:
    """Yield what differs without a verdict: it is no business of importers, or not known."""
    before, after = ({_place(one): one for one in side} for side in differing)
    heads = {one.name for one in (*before.values(), *after.values()) if not one.owner and (one.kind == "type")}
    whole = {name for name in heads if (name in comparison.old.tops) != (name in comparison.new.tops)}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        one = old or new or _NO_ITEM
        if one.key in comparison.verdicts and not key[0]:
            continue
        if one.owner in whole or (("", one.owner) in comparison.verdicts and (old is None or new is None)):
            continue  # the type itself came, went, or became another
        severity, reason = _minor(old, new, comparison)
        if severity:
            yield _change(path, *one.key, Verdict(old, new, severity, reason))


def _place(one: Item) -> tuple[str, ...]:
    """Return what tells a line from the others of its surface."""
    if one.kind in ("implements", "unknown"):
        return one.kind, *one.key, one.text
    return "", *one.key


def _minor(old: Item | None, new: Item | None, comparison: Comparison) -> tuple[str, str]:
    """Return severity and reason of a difference that breaks nobody; nothing where it is one of spelling."""
    one = old or new or _NO_ITEM
    if one.kind == "unknown":
        return "unknown", "could not be read: what it brings in may have changed"
    if old is None or new is None:
        if one.kind == "implements":
            return "implementation", "which unexported methods a type has"
        return "implementation", "importers cannot name it"
    if old.line.removesuffix(DEPRECATED) == new.line.removesuffix(DEPRECATED):
        if new.deprecated:
            return "added", "deprecated"
        return "implementation", "no longer deprecated"
    if old.incomparable and not new.incomparable:
        return "added", "its values can be compared now"
    if old.kind == "type":
        reason = "the order of its fields: literals without field names break"
        return ("", "") if _in_order(old, new) else ("implementation", reason)
    if type_of(old, comparison.old) == type_of(new, comparison.new):
        return "", ""  # the spelling of an older version
    if not one.public:
        return "implementation", "importers cannot name it"
    return "implementation", "the same under another name"


def _in_order(old: Item, new: Item) -> bool:
    """Return whether the fields that two structs have in common stand in the same order: the others tell the rest."""
    before, after = (one.text.removeprefix("struct { ").removesuffix(" }").split("; ") for one in (old, new))
    common = set(before) & set(after)
    return [name for name in before if name in common] == [name for name in after if name in common]
