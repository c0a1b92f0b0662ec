"""What of a changed API breaks a plugin that was built against the surface before. Conservative: in doubt it breaks.

A plugin calls the API's functions, constructs its classes, reads its attributes, and implements its Protocols
and abstract classes, whose methods the host calls. A constant's value or a default may change freely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pluginkit.surface.diff import Change, differences, group
from pluginkit.surface.signature import (
    Declaration,
    Parameter,
    annotation,
    arguments,
    declaration,
    has_default,
    parameters,
    returns,
    split,
)

_Surface = Mapping[str, Sequence[Declaration]]
_FUNCTIONS = ("def", "async def")
_CONSTRUCTORS = ("__init__", "__new__")
_MAY_COME = {"@runtime_checkable"}
_MAY_GO = {"@abstractmethod", "@final"}
_INTERFACES = {"ABC", "ABCMeta", "Protocol", "metaclass=ABCMeta"}
_COMPILED = "(compiled)"
_MOST_BASES = 20
"""Classes walked above one before it is taken for implemented: surfaces come from artifacts, and may lie."""


@dataclass(frozen=True, slots=True)
class _Pair:
    before: _Surface
    after: _Surface
    both: _Surface
    abstract: frozenset[str]
    """Classes with an abstract member on either side."""


def breaks(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """Return those changes from `old` to `new` that break a plugin built against `old`."""
    before, after = group(old), group(new)
    declared = [one for side in (before, after) for found in side.values() for one in found]
    abstract = frozenset(one.owner for one in declared if "@abstractmethod" in one.decorators)
    pair = _Pair(before, after, {**before, **after}, abstract)
    return tuple(change for change in differences(old, new) if _breaks(change, pair))


def opaque(surface: Sequence[str]) -> bool:
    """Tell a surface from which compatibility cannot be concluded: none, or with compiled modules."""
    return not surface or any(line.endswith(_COMPILED) for line in surface)


def _breaks(change: Change, pair: _Pair) -> bool:
    if change.kind == "removed" or _COMPILED in change.old + change.new:
        return True
    declared = declaration(change.new)
    if change.kind == "added":
        return _added_breaks(declared, pair)
    if len(pair.before[change.name]) > 1 or len(pair.after[change.name]) > 1:
        return True  # overloads: which of them a call used is not known
    return _changed_breaks(declaration(change.old), declared, pair)


def _added_breaks(declared: Declaration, pair: _Pair) -> bool:
    owner, before, after = declared.owner, pair.before, pair.after
    if owner not in before or before[owner][0].word != "class":
        return False
    if _is_protocol(after[owner][0]) or "@abstractmethod" in declared.decorators:
        return True
    if declared.short == "__init_subclass__":
        return True
    if declared.short in _CONSTRUCTORS:
        return any(not one.optional and one.kind not in ("*", "**") for one in parameters(declared)[1:])
    if declared.word == "field" and f"{owner}.__init__" not in after:
        return not has_default(declared) or "NamedTuple" in arguments(after[owner][0])
    return False


def _changed_breaks(old: Declaration, new: Declaration, pair: _Pair) -> bool:
    if old.word != new.word or _decorators_break(old, new):
        return True
    if old.word in _FUNCTIONS:
        if returns(old) != returns(new):
            return True
        if new.short not in _CONSTRUCTORS and _implemented(new.owner, pair):
            return _contract(parameters(old)) != _contract(parameters(new))
        return _call_breaks(parameters(old), parameters(new))
    if old.word in ("", "field"):
        lost = has_default(old) and not has_default(new)
        return annotation(old) != annotation(new) or (old.word == "field" and lost)
    return old.rest != new.rest


def _decorators_break(old: Declaration, new: Declaration) -> bool:
    came, went = new.decorators - old.decorators, old.decorators - new.decorators
    if new.word == "property" and came == {"@setter"}:
        return False
    return bool(came - _MAY_COME or went - _MAY_GO)


def _is_protocol(declared: Declaration) -> bool:
    return any(base.partition("[")[0].rpartition(".")[2] == "Protocol" for base in split(arguments(declared), ","))


def _implemented(name: str, pair: _Pair) -> bool:
    """Return whether plugins implement the class: a Protocol, an abstract class, or a subclass of one."""
    waiting, seen = [name], set[str]()
    while waiting:
        current = waiting.pop()
        found = pair.both.get(current)
        if current in seen or not found or found[0].word != "class":
            continue
        seen.add(current)
        bases = [base.partition("[")[0] for base in split(arguments(found[0]), ",")]
        last = {base.rpartition(".")[2] for base in bases}
        if current in pair.abstract or last & _INTERFACES or len(seen) > _MOST_BASES:
            return True
        waiting += [path for base in bases if base for path in (base, f"{found[0].owner}.{base}")]
    return False


def _contract(found: Sequence[Parameter]) -> tuple[tuple[str, str, str, bool], ...]:
    """Return what an implementation must agree with: all but the values of defaults."""
    return tuple((one.name, one.kind, one.annotation, one.optional) for one in found)


def _call_breaks(old: Sequence[Parameter], new: Sequence[Parameter]) -> bool:
    """Return whether a call that binds to `old` may not bind to `new`."""
    kinds = {one.kind for one in new}
    named = {one.name: one for one in new if one.kind in ("either", "keyword")}
    places = [one for one in new if one.kind in ("positional", "either")]
    position = 0
    for one in old:
        if one.kind in ("*", "**"):
            if one.kind not in kinds or (one.kind == "*" and len(places) != position):
                return True
            continue
        if one.kind in ("positional", "either"):
            successor = places[position] if position < len(places) else None
            position += 1
            if successor is None or (one.kind == "either" and successor.name != one.name):
                return True
        else:
            successor = named.get(one.name)
        if successor is None or (one.kind != "positional" and one.name not in named) or _narrower(one, successor):
            return True
    return _demands_more(old, new, position)


def _narrower(old: Parameter, new: Parameter) -> bool:
    """Return whether `new` may refuse an argument that `old` took, or wants one that `old` did not."""
    if old.optional and not new.optional:
        return True
    if not new.annotation or old.annotation == new.annotation:
        return False
    return not old.annotation or not set(split(old.annotation, "|")) <= set(split(new.annotation, "|"))


def _demands_more(old: Sequence[Parameter], new: Sequence[Parameter], position: int) -> bool:
    known = {one.name for one in old}
    places = [one for one in new if one.kind in ("positional", "either")]
    extra = places[position:] + [one for one in new if one.kind == "keyword" and one.name not in known]
    return any(not one.optional and one.name not in known for one in extra)
