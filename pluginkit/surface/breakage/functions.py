"""Functions and methods: who calls them as before and is refused, and who implements them and is called otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pluginkit.core.frozen import replace
from pluginkit.surface.breakage.facet import Facet, names
from pluginkit.surface.calls import Shape, binds, demands, least, misfit, refuses
from pluginkit.surface.index import Pair
from pluginkit.surface.signature import Declaration, Parameter, parameters, returns
from pluginkit.surface.types import apart
from pluginkit.surface.uses import Act, Implementation
from pluginkit.surface.view import View

FUNCTIONS = ("def", "async def")
_HARMLESS = {
    "@abstractmethod", "@cache", "@classmethod", "@concrete", "@deprecated", "@final", "@hookimpl", "@hookspec",
    "@lru_cache", "@overload", "@runtime_checkable", "@setter", "@singledispatch", "@singledispatchmethod",
    "@staticmethod", "@unimplemented", "@declared",
}  # fmt: skip
_ADDS = {
    "@cache": ("cache_clear", "cache_info", "cache_parameters"),
    "@lru_cache": ("cache_clear", "cache_info", "cache_parameters"),
    "@singledispatch": ("register", "dispatch", "registry"),
    "@singledispatchmethod": ("register", "dispatcher"),
}
_CHANGES_RESULT = {"@generator", "@contextmanager", "@asynccontextmanager"}

_ITERATES = re.compile(r"(?:Async)?(?:Iterator|Iterable|Generator)\b")

Acts = Callable[[View], Sequence[tuple[Act, bool]]]
"""Returns the uses of a function, each with whether it was taken of the class itself."""


def parted(lines: Sequence[Declaration]) -> tuple[Declaration, list[Declaration]]:
    """Return the line that says what runs, and the overloads."""
    overloads = [one for one in lines if "@overload" in one.decorators]
    plain = [one for one in lines if "@overload" not in one.decorators]
    return (plain or overloads)[-1], overloads


def compare(
    before: Sequence[Declaration], after: Sequence[Declaration], acts: Acts, pair: Pair, *, member: bool
) -> Iterator[Facet]:
    """Yield how callers of a function fare; `member` says that it is one of a class."""
    one, overloads = parted(before)
    other, others = parted(after)
    if one.word != other.word:
        yield Facet("callers", f"it {'is' if other.word == 'async def' else 'is no longer'} a coroutine", _called(acts))
    yield from _decorators(one, other, acts)
    yield from _signature(one, other, acts, member=member)
    yield from _types(one, other, overloads, others, acts, pair)


def _called(acts: Acts) -> Callable[[View], Sequence[str]]:
    return lambda view: [act.key for act, _ in acts(view) if act.verb in ("call", "run", "get")]


def _decorators(one: Declaration, other: Declaration, acts: Acts) -> Iterator[Facet]:
    came, went = other.decorators - one.decorators, one.decorators - other.decorators
    for name in sorted(went & _ADDS.keys()):
        if not _ADDS.keys() & came:
            yield Facet("callers", f"it has no {_ADDS[name][0]!r} any more", _takes(acts, _ADDS[name]))
    if came & {"@lru_cache", "@cache"}:
        yield Facet("callers", "its arguments have to be hashable", _unhashable(acts))
    if "@singledispatch" in came:
        yield Facet("callers", "its first argument is given by position", _by_keyword(acts))
    iterates = {"@generator"} if _ITERATES.match(returns(one)) else set()
    for name in sorted((came | went) & _CHANGES_RESULT - (went & {"@generator"}) - iterates):
        yield Facet("callers", f"it {'is' if name in came else 'is no longer'} a {name[1:]}", _called(acts))
    unknown = sorted((came | went) - _HARMLESS - _CHANGES_RESULT)
    if unknown:
        how = "came" if unknown[0] in came else "went"
        yield Facet("callers", f"{unknown[0]} {how}: what it takes is not known", _called(acts), is_unknown=True)


def _takes(acts: Acts, attributes: Sequence[str]) -> Callable[[View], Sequence[str]]:
    def test(view: View) -> Sequence[str]:
        found = [act.key for name in attributes for act in view.reading.acts.get(name, ())]
        return found

    return test


def _unhashable(acts: Acts) -> Callable[[View], Sequence[str]]:
    kinds = {"list", "dict", "set"}
    return lambda view: [
        act.key for act, _ in acts(view) if act.shape and any(kind in kinds for _, kind in act.shape.literals)
    ]


def _by_keyword(acts: Acts) -> Callable[[View], Sequence[str]]:
    return lambda view: [
        act.key for act, _ in acts(view) if act.shape and not act.shape.positional and not act.shape.is_open
    ]


def binding(declared: Declaration) -> str:
    """Return how a method is bound: `instance`, `class` or `static`."""
    if "@staticmethod" in declared.decorators or declared.short == "__new__":
        return "static"
    is_class = "@classmethod" in declared.decorators or declared.short in ("__init_subclass__", "__class_getitem__")
    return "class" if is_class else "instance"


def accepted(declared: Declaration, *, of_class: bool, member: bool) -> tuple[Parameter, ...]:
    """Return the parameters that a caller gives, who takes a method of the class itself or of an instance."""
    found = parameters(declared)
    if not member:
        return found
    kind = binding(declared)
    if found[:1] and found[0].kind in ("*", "**"):
        return found
    return found if kind == "static" or (kind == "instance" and of_class) else found[1:]


def _signature(one: Declaration, other: Declaration, acts: Acts, *, member: bool) -> Iterator[Facet]:
    reason = next(
        demands(accepted(one, of_class=False, member=member), accepted(other, of_class=False, member=member)), ""
    )
    if member and not reason:
        reason = next(
            demands(accepted(one, of_class=True, member=True), accepted(other, of_class=True, member=True)), ""
        )
    if not reason:
        return

    def test(view: View) -> Sequence[str]:
        return [
            act.key
            for act, of_class in acts(view)
            if _misfits(act, one, other, of_class=of_class, member=member)
            or (act.shape and act.shape.mapping and _names_lost(one, other) & view.reading.texts)
        ]

    yield Facet("callers", reason, test)


def _names_lost(one: Declaration, other: Declaration) -> set[str]:
    """Return the keywords that a function no longer takes."""
    sides = [{found.name for found in parameters(line) if found.kind in ("either", "keyword")} for line in (one, other)]
    return set() if any(found.kind == "**" for found in parameters(other)) else sides[0] - sides[1]


def _misfits(act: Act, one: Declaration, other: Declaration, *, of_class: bool, member: bool) -> bool:
    before, after = (accepted(line, of_class=of_class, member=member) for line in (one, other))
    if act.verb == "get":
        return bool(misfit(least(before), before, after))
    if act.shape is None:
        return False
    if member and not of_class and binds(act.shape, before) is None:  # perhaps the class itself, in a variable
        before, after = (accepted(line, of_class=True, member=True) for line in (one, other))
    return bool(misfit(act.shape, before, after))


def _types(
    one: Declaration,
    other: Declaration,
    overloads: Sequence[Declaration],
    others: Sequence[Declaration],
    acts: Acts,
    pair: Pair,
) -> Iterator[Facet]:
    earlier, later = [*overloads] or [one], [*others] or [other]
    if _result(earlier, later, pair) is False:
        was, now = merged_returns(earlier), merged_returns(later)
        yield Facet(
            "callers",
            f"it returns {now}, it returned {was}",
            lambda view: [act.key for act, _ in acts(view) if act.verb in ("call", "get")],
        )
    before, after = _merged(earlier), _merged(later)
    for name, was in before.items():
        now = after.get(name, "")
        if name in ("self", "cls") or not was or not now or ((overloads or others) and "[" in was + now):
            continue
        if pair.taken(was, now) is False:
            yield Facet("callers", f"{name!r} takes {now}, it took {was}", _gives(acts, one, name, was, now, pair))


def _gives(
    acts: Acts, declared: Declaration, name: str, was: str, now: str, pair: Pair
) -> Callable[[View], Sequence[str]]:
    was, now = pair.old.expand(was), pair.new.expand(now)
    lost = sorted(_literals(was) - _literals(now)) if "Literal" in was and "Literal" in now else []

    by_text = bool(lost) and all(one[:1] in "'\"" and one[1:-1].isidentifier() for one in lost)

    def test(view: View) -> Sequence[str]:
        found = []
        for act, of_class in acts(view):
            argument = _argument(act.shape, declared, name, of_class=of_class)
            if act.verb == "get":
                found.append(act.key)
            elif argument is None or act.shape is None:
                continue
            elif by_text:
                found += [act.key] * any(one[1:-1] in view.reading.texts for one in lost)
            elif "Literal[" in now and act.shape.kind(argument):
                continue  # which values it gives is not known
            elif not (kind := act.shape.kind(argument)) or pair.taken(kind, now) is False:
                found.append(act.key)
        return found

    return test


def _literals(text: str) -> set[str]:
    found = set()
    for part in text.split(" | "):
        head, items = apart(part)
        if head == "Literal":
            found |= set(items)
    return found


def _argument(shape: Shape | None, declared: Declaration, name: str, *, of_class: bool) -> str | None:
    if shape is None:
        return None
    for bound in (False, True) if not of_class else (True, False):
        taken = binds(shape, accepted(declared, of_class=bound, member="self" in _first(declared)))
        if taken is not None:
            return "*" if shape.is_open and name not in taken else taken.get(name)
    return None


def _first(declared: Declaration) -> Sequence[str]:
    found = parameters(declared)
    return [found[0].name] if found else []


def _merged(lines: Sequence[Declaration]) -> dict[str, str]:
    """Return the type of each parameter: what any of the overloads takes."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for one in parameters(line):
            found.setdefault(one.name, []).append(one.annotation)
    return {name: "" if "" in types else " | ".join(dict.fromkeys(types)) for name, types in found.items()}


def merged_returns(lines: Sequence[Declaration]) -> str:
    """Return what any of the overloads returns; empty where one does not say it."""
    found = [returns(line) for line in lines]
    return "" if "" in found else " | ".join(dict.fromkeys(found))


def _result(earlier: Sequence[Declaration], later: Sequence[Declaration], pair: Pair) -> bool | None:
    """Return whether what is returned now may stand for what was returned; each overload with the one like it."""
    results = []
    for one in earlier:
        was = returns(one)
        if was in ("", "None"):
            continue
        alike = [line for line in later if _takes_all(one, line, pair)] if len(earlier) > 1 else []
        choices = [returns(line) for line in alike] or [merged_returns(later)]
        fitting = [not now or pair.given(now, was) for now in choices]
        results.append(True if True in fitting else fitting[0])
    return False if False in results else None if None in results else True


def _takes_all(one: Declaration, other: Declaration, pair: Pair) -> bool:
    types = {parameter.name: parameter.annotation for parameter in parameters(other)}
    return all(pair.taken(own.annotation, types.get(own.name, "")) is True for own in parameters(one))


def implemented(
    before: Sequence[Declaration], after: Sequence[Declaration], owners: Sequence[str], pair: Pair, *, made: bool
) -> Iterator[Facet]:
    """Yield how those fare whose own method is called in place of this one; `made` says that it is made for that."""
    one, overloads = parted(before)
    other, others = parted(after)
    who = "implementers" if made else "overriders"
    first, second = parameters(one)[1:], parameters(other)[1:]
    if binding(one) == "static":
        first = parameters(one)
    if binding(other) == "static":
        second = parameters(other)
    changed = _demand(first, second)
    if changed:
        yield Facet(who, changed, _defines(owners, one.short, first, second))
    if one.word != other.word:
        is_async = other.word == "async def"
        yield Facet(who, f"it {'is' if is_async else 'is no longer'} a coroutine",
                    _of_kind(owners, one.short, is_async=is_async))  # fmt: skip
    yield from _contract(who, one.short, [*overloads] or [one], [*others] or [other], owners, pair)


def _demand(first: Sequence[Parameter], second: Sequence[Parameter]) -> str:
    """Return how calls may differ from what they were, empty where they can't."""
    shape = [(one.name, one.kind, one.optional) for one in first]
    return "" if shape == [(one.name, one.kind, one.optional) for one in second] else "it may be called otherwise"


def _defines(
    owners: Sequence[str], short: str, first: Sequence[Parameter], second: Sequence[Parameter]
) -> Callable[[View], Sequence[str]]:
    def test(view: View) -> Sequence[str]:
        is_callback = short == "__call__" and any(view.old.is_protocol(owner) for owner in owners)
        found = _functions_refusing(view, first, second) if is_callback else []
        for one in _implementations(view, owners):
            own = _own(view, one, short)
            if own is not None and refuses(own if one.is_module else own[1:], first, second):
                found.append(f"{one.name}.{short}")
        return found

    return test


def _implementations(view: View, owners: Sequence[str]) -> list[Implementation]:
    seen: list[Implementation] = []
    for owner in owners:
        seen += [one for one in view.implementers(owner) if one not in seen]
    return seen


def _own(view: View, one: Implementation, short: str) -> Sequence[Parameter] | None:
    return Implementation(one.name, members=view.reading.members(one)).parameters(short)


def _of_kind(owners: Sequence[str], short: str, *, is_async: bool) -> Callable[[View], Sequence[str]]:
    def test(view: View) -> Sequence[str]:
        found = _implementations(view, owners)
        texts = [(one.name, view.reading.members(one).get(short, "")) for one in found]
        return [f"{name}.{short}" for name, text in texts if text and text.startswith("async ") != is_async]

    return test


def _contract(
    who: str,
    short: str,
    earlier: Sequence[Declaration],
    later: Sequence[Declaration],
    owners: Sequence[str],
    pair: Pair,
) -> Iterator[Facet]:
    def test(view: View) -> Sequence[str]:
        return [f"{one.name}.{short}" for one in _implementations(view, owners) if short in view.reading.members(one)]

    was, now = merged_returns(earlier), merged_returns(later)
    if was and now and now != "None" and pair.taken(was, now) is False:
        yield Facet(who, f"it has to return {now}, it returned {was}", test)
    before, after = _merged(earlier), _merged(later)
    for name, type_ in before.items():
        given = after.get(name, "")
        if name not in ("self", "cls") and type_ and given and pair.given(given, type_) is False:
            yield Facet(who, f"{name!r} may be {given}, it was {type_}", test)


def callbacks(was: str, now: str) -> Iterator[Facet]:
    """Yield how those fare who give functions of a type `Callable[[...], ...]` that changed."""
    sides = [apart(text) for text in (was, now)]
    if not all(head == "Callable" and items and items[0].startswith("[") for head, items in sides):
        yield Facet("", "another type", lambda view: ())
        return
    counts = [[part for part in apart(items[0])[1] if part] for _, items in sides]
    first, second = ([Parameter(f"_{index}", "positional") for index in range(len(parts))] for parts in counts)

    def test(view: View) -> Sequence[str]:
        return _functions_refusing(view, first, second)

    yield Facet("implementers" if len(first) != len(second) else "", "it is called otherwise", test)


def _functions_refusing(view: View, first: Sequence[Parameter], second: Sequence[Parameter]) -> list[str]:
    """Return the functions of a plugin that take calls as they were and not as they are."""
    found = []
    for module in view.reading.classes:
        for name in module.members if module.is_module else ():
            own = module.parameters(name)
            if own is not None and not refuses(own, (), first) and refuses(own, first, second):
                found.append(f"{module.name}.{name}")
    return found


def hooked(before: Sequence[Declaration], after: Sequence[Declaration], short: str) -> Iterator[Facet]:
    """Yield how those fare who implement a hook by a function of its name (pluggy): they take some of its arguments."""
    one, other = parted(before)[0], parted(after)[0] if after else None
    allowed = {parameter.name for parameter in parameters(other)} if other else set()
    stays = other is not None and "@hookspec" in other.decorators

    def test(view: View) -> Sequence[str]:
        found = []
        for implementation in view.reading.classes:
            own = implementation.parameters(short)
            if own is not None:
                needed = {parameter.name for parameter in own if not parameter.optional} - {"self", "cls"}
                if not stays or not needed <= allowed:
                    found.append(f"{implementation.name}.{short}")
        return found

    gone = [parameter.name for parameter in parameters(one) if parameter.name not in allowed]
    if not stays or gone:
        reason = f"the hook has no argument {gone[0]!r} any more" if stays else "it is no longer a hook"
        yield Facet("implementers", reason, test)


def owners_named(view: View, owners: Sequence[str]) -> list[str]:
    """Return the names of what in a plugin implements one of the classes."""
    return names(_implementations(view, owners))


def refuses_new(own: Sequence[Parameter], declared: Declaration) -> str:
    """Return which call of a method that is new in a base a subclass's own method of that name refuses."""
    found = parameters(declared) if binding(declared) == "static" else parameters(declared)[1:]
    by_place = [replace(one, kind="positional") if one.kind == "either" else one for one in found]
    return refuses(own, (), by_place)
