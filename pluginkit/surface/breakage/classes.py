"""Classes: who constructs, subclasses, tests or subscripts one, and who implements it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from pluginkit.surface.breakage.facet import Facet, Test, keys
from pluginkit.surface.breakage.functions import refuses_new
from pluginkit.surface.breakage.values import value_of
from pluginkit.surface.calls import Shape, demands, least, misfit
from pluginkit.surface.index import Index, Pair
from pluginkit.surface.signature import Declaration, Parameter, parameters, split
from pluginkit.surface.types import apart
from pluginkit.surface.uses import Implementation
from pluginkit.surface.view import View

_UNTOLD = {"Generic", "Protocol", "ABC", "object"}
_COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
_ANYONE = "*"


def constructor(index: Index, name: str) -> tuple[Parameter, ...] | None:
    """Return what constructing a class takes; None where a base elsewhere decides it."""
    members = index.all_members(name)
    for own in ("__init__", "__new__"):
        if own in members:
            return parameters(index.names[members[own]][-1])[1:]
    return None if index.foreign_bases(name) - _UNTOLD else ()


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield how those fare who use a class by its names: how it is made, what it derives from, its decorators."""
    old, new = pair.old, pair.new
    yield from _construction(names, one, other, pair)
    yield from _bases(names, one, other, pair)
    yield from _decorators(names, one, old.names[one][0], new.names[other][0], pair)
    before, after = old.keywords(one), new.keywords(other)
    metaclass = after.get("metaclass", "")
    if metaclass not in ("", before.get("metaclass")) and not metaclass.endswith("ABCMeta"):
        yield Facet("callers", f"its metaclass is {metaclass}", lambda view: _mixed(view, one))
    if after.get("frozen") == "True" != before.get("frozen"):
        yield Facet("callers", "it is frozen", _sets(one, pair))
    if "NamedTuple" in old.foreign_bases(one) & new.foreign_bases(other):
        counts = [sum(side.word(path) == "field" for path in side.all_members(name).values())
                  for side, name in ((old, one), (new, other))]  # fmt: skip
        if counts[0] != counts[1]:
            yield Facet("callers", f"it has {counts[1]} items, it had {counts[0]}", _operates(("__iter__",), one))
    if "Enum" in new.foreign_bases(other) - old.foreign_bases(one):
        yield Facet("callers", "its attributes are members of an enumeration", lambda view: [
            found.act.key for found in view.reached if found.name in names and found.rest])  # fmt: skip
    if "Enum" in str(sorted(old.foreign_bases(one))) or "Flag" in str(sorted(old.foreign_bases(one))):
        yield from _enumeration(names, one, other, pair)


def _construction(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    before, after = constructor(pair.old, one), constructor(pair.new, other)
    if pair.new.is_protocol(other) and not pair.old.is_protocol(one):
        yield Facet("callers", "a Protocol cannot be made", lambda view: keys(view.of_names(names, "call", "run")))
    if not _abstract(pair.old, one) and (left := _abstract(pair.new, other)):
        yield Facet(
            "callers", f"{left} is abstract: it cannot be made", lambda view: keys(view.of_names(names, "call", "run"))
        )
    if before == after or before is None or pair.old.is_protocol(one):
        return
    if after is None:
        yield Facet("callers", "another distribution's class decides how it is made",
                    lambda view: keys(view.of_names(names, "call", "run")), is_unknown=True)  # fmt: skip
        return
    reason = next(demands(before, after), "")
    if reason:
        yield Facet("callers", reason, _makes(names, one, before, after))
    if {"BaseModel", "pydantic.BaseModel", "RootModel"} & pair.old.foreign_bases(one):
        yield from _validated(names, one, other, before, after, pair)


def _abstract(index: Index, name: str) -> str:
    """Return an abstract member of a class that Python refuses to make for it; empty where there is none."""
    if not index.is_abstract(name):
        return ""
    members = index.all_members(name).values()
    return next(
        (path.rpartition(".")[2] for path in members if "@abstractmethod" in index.names[path][-1].decorators), ""
    )


def _constrained(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield how those fare whose values a model may refuse for more than their types."""
    strict = [index.keywords(name).get("strict") == "True" for index, name in ((pair.old, one), (pair.new, other))]
    if strict == [False, True]:
        yield Facet("callers", "it is strict about types", lambda view: keys(view.of_names(names, "call", "run")), True)
    theirs = pair.new.all_members(other)
    for short, path in pair.old.all_members(one).items():
        if short not in theirs or pair.old.word(path) != "field":
            continue
        was, now = value_of(pair.old.names[path][0]), value_of(pair.new.names[theirs[short]][0])
        more = [word for word in _CONSTRAINTS if f"{word}=" in now and f"{word}=" not in was]
        if more:
            yield Facet(
                "callers",
                f"{short!r} has to fulfil {more[0]}",
                lambda view, short=short: [  # type: ignore[misc]
                    act.key for act in view.of_names(names, "call", "run") if act.shape and short in act.shape.keywords
                ],
                True,
            )


_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "strict", "validator")


def _validated(
    names: Collection[str], one: str, other: str, before: Sequence[Parameter], after: Sequence[Parameter], pair: Pair
) -> Iterator[Facet]:
    """Yield how those fare who construct a model that looks at the types of what it is given (pydantic)."""
    types = {parameter.name: parameter.annotation for parameter in after}
    yield from _constrained(names, one, other, pair)
    for parameter in before:
        now = types.get(parameter.name, "")
        fit = pair.taken(parameter.annotation, now) if now and parameter.annotation else True
        if fit is not True:

            def test(view: View, name: str = parameter.name, now: str = now) -> Sequence[str]:
                acts = view.of_names(names, "call", "run")
                given = [act for act in acts if act.shape and (name in act.shape.keywords or act.shape.is_open)]
                return [act.key for act in given if act.shape and not _suits(act.shape.kind(name), now, pair)]

            yield Facet("callers", f"{parameter.name!r} takes {now}, it took {parameter.annotation}", test, fit is None)


def _suits(kind: str, now: str, pair: Pair) -> bool:
    return bool(kind) and pair.taken(kind, now) is True


def _makes(names: Collection[str], one: str, before: Sequence[Parameter], after: Sequence[Parameter]) -> Test:
    def fits_no_more(shape: Shape | None) -> bool:
        return shape is not None and bool(misfit(shape, before, after))

    def test(view: View) -> Sequence[str]:
        found = [act.key for act in view.of_names(names, "call", "run") if fits_no_more(act.shape)]
        if fits_no_more(least(before)):
            found += keys(view.of_names(names, "get"))
        derived = view.subclasses(one)
        if derived:
            ups = [act for act in view.reading.acts.get("__init__", ()) if act.key == ".__init__"]
            ups += [up.act for up in view.reached if up.act.verb == "super" and up.rest == ("__init__",)
                    and one in view.old.ancestry(view.old.resolve(up.name))]  # fmt: skip
            found += [act.key for act in ups if fits_no_more(act.shape)]
            classes = {implementation.name for implementation in derived}
            found += [one for one in classes if _constructs(view, one, fits_no_more)]
        return found

    return test


def _constructs(view: View, name: str, fits_no_more: Callable[[Shape | None], bool]) -> bool:
    return any(act.key == f".{name}" and fits_no_more(act.shape) for act in view.reading.acts.get(name, ()))


def _bases(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    old, new = pair.old, pair.new
    gone = sorted(old.foreign_bases(one) - new.foreign_bases(other) - _UNTOLD)
    for base in gone:
        yield Facet("callers", f"it no longer derives from {base}", _rests_on(names, one, base))
    above, still = (
        {path.rpartition(".")[2] for path in index.ancestry(name)} for index, name in ((old, one), (new, other))
    )
    made = {path.rpartition(".")[2] for path in old.ancestry(one) if new.serves(path)}
    for base in sorted(above - still - made - {one.rpartition(".")[2]}):
        yield Facet("callers", f"it no longer derives from {base}", lambda view, base=base: keys(view.tests(base)))  # type: ignore[misc]
    before, after = _type_parameters(old, one), _type_parameters(new, other)
    if before is not None and before != after:
        yield Facet("callers", f"it has other type parameters: {after if after is not None else 'none'}",
                    _subscripts(names, after))  # fmt: skip


def _rests_on(names: Collection[str], one: str, base: str) -> Test:
    """Return a test for whatever has a class that no longer derives from one elsewhere.

    An exception is caught by the class elsewhere, or it does not matter.
    """
    if one.endswith(_EXCEPTIONS) or base.endswith(_EXCEPTIONS):
        return lambda view: keys(view.tests(base))

    def test(view: View) -> Sequence[str]:
        used = [act.key for act in view.of_names(names, "call", "run", "get", "item")]
        used += [found.act.key for found in view.reached if found.name in names and found.rest]
        used += [found.name for found in view.subclasses(one)]
        if not used and view.holds(one):
            used = [f".{one.rpartition('.')[2]}", *keys(view.tests(base))]
        return used

    return test


_EXCEPTIONS = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Abort")


def _type_parameters(index: Index, name: str) -> str | None:
    for base in index.bases(name):
        head, items = apart(base)
        if head in ("Generic", "Protocol") and items:
            return ", ".join(items)
    return None


def _subscripts(names: Collection[str], after: str | None) -> Test:
    items = split(after, ",") if after else []
    fewest, most = sum(not item.endswith("=") for item in items), len(items)
    open_ = any(item.startswith(("*", "Unpack", "P")) for item in items)

    def test(view: View) -> Sequence[str]:
        found = []
        for act in view.of_names(names, "item"):
            count = act.shape.positional if act.shape else 1
            if not open_ and not fewest <= count <= most:
                found.append(act.key)
        return found

    return test


def _mixed(view: View, one: str) -> Sequence[str]:
    """Return the classes of a plugin that derive from one of the API and from something else."""
    return [found.name for found in view.subclasses(one) if len(found.bases) > 1 or "metaclass" in found.keywords]


def _decorators(names: Collection[str], name: str, one: Declaration, other: Declaration, pair: Pair) -> Iterator[Facet]:
    before, after = _options(one), _options(other)
    for side, found in ((pair.old, before), (pair.new, after)):
        of = name if side is pair.old else other.name
        if _is_hashable(side, of, found):
            found["hashable"] = ""
    came, went = set(after) - set(before), set(before) - set(after)
    if "@runtime_checkable" in went:
        yield Facet("callers", "`isinstance` refuses it", lambda view: keys(view.of_names(names, "test")))
    if "order" in went or "@total_ordering" in went:
        yield Facet("callers", "it is no longer ordered", _operates(_COMPARISONS, name))
    if "frozen" in came:
        yield Facet("callers", "it is frozen", _sets(name, pair))
    if "no eq" in came:
        yield Facet("callers", "it is compared by identity", _operates(("__eq__", "__ne__"), name))
    if "slots" in came:
        yield Facet("callers", "it takes no other attributes", _extended(name))
    if "hashable" in went and "@deprecated" not in after:
        yield Facet("callers", "it is no longer hashable", _operates(("__hash__",), name))
    if "fields" in went and "fields" not in after:
        yield Facet("callers", "it is no longer a dataclass", _operates(("__dataclass_fields__",), name))
    unknown = {item for item in came | went if item.startswith("@")} - _KNOWN
    if unknown:
        reason = f"{min(unknown)} {'came' if min(unknown) in came else 'went'}: what it does is not known"
        yield Facet("callers", reason, lambda view: view.mentions_class(names), is_unknown=True)


_KNOWN = {"@runtime_checkable", "@total_ordering", "@final", "@deprecated", "@dataclass_transform", "@declared"}


def _is_hashable(index: Index, name: str, options: Mapping[str, str]) -> bool:
    members = index.all_members(name)
    if "__hash__" in members:
        return index.names[members["__hash__"]][-1].word in ("def", "async def")
    if "fields" in options and "no eq" not in options:
        return "frozen" in options or "unsafe_hash" in options
    return "__eq__" not in members


def _options(declared: Declaration) -> dict[str, str]:
    """Return the decorators of a class; of a dataclass what its options make of it."""
    found: dict[str, str] = {}
    for decorator in declared.decorators:
        name, _, text = decorator.partition("(")
        if name not in ("@dataclass", "@define", "@attrs", "@s", "@mutable", "@frozen"):
            found[name] = ""
            continue
        given = dict(part.split("=", 1) for part in split(text.rstrip(")"), ",") if "=" in part)
        found["fields"] = ""
        defaults = {"slots": "True"} if name in ("@define", "@mutable", "@frozen") else {}
        for option in ("frozen", "order", "slots", "unsafe_hash"):
            if (defaults | given).get(option) == "True" or (option == "frozen" and name == "@frozen"):
                found[option] = ""
        if given.get("eq") == "False":
            found["no eq"] = ""
    return found


def _operates(methods: Sequence[str], name: str) -> Test:
    def test(view: View) -> Sequence[str]:
        if not view.holds(name):
            return []
        return [act.key for method in methods for act in view.reading.acts.get(method, ())]

    return test


def _extended(name: str) -> Test:
    """Return a test for attributes that a plugin adds to what it makes of a class."""

    def test(view: View) -> Sequence[str]:
        found = [one.act.key for one in view.reached if one.rest == ("*",) and _makes_one(view, one.name, name)]
        return found

    return test


def _makes_one(view: View, path: str, name: str) -> bool:
    meant = view.old.resolve(path)
    return meant == name or name in view.old.types_of(meant)


def _sets(name: str, pair: Pair) -> Test:
    fields = {short for short, path in pair.old.all_members(name).items() if pair.old.word(path) in ("field", "")}

    def test(view: View) -> Sequence[str]:
        acts = [act for short in fields for act in view.reading.acts.get(short, ())] if view.holds(name) else []
        found = [act.key for act in acts if act.verb == "set"]
        return [*found, *_data_subclasses(view, name)]

    return test


def _data_subclasses(view: View, name: str) -> Sequence[str]:
    return [one.name for one in view.subclasses(name) if "@dataclass" in one.keywords]


def _enumeration(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    before, after = _values(pair.old, one), _values(pair.new, other)
    common = sorted(before.keys() & after.keys())
    parted = [
        (a, b)
        for index, a in enumerate(common)
        for b in common[index + 1 :]
        if (before[a] == before[b]) != (after[a] == after[b])
    ]
    for a, b in parted[:3]:
        same = before[a] == before[b]
        yield Facet(
            "callers",
            f"{a} and {b} are {'no longer' if same else 'now'} one and the same",
            partial(_members_used, names, (a, b)),
        )
    changed = [member for member in common if before[member] != after[member]]
    if changed:
        yield Facet("callers", f"the value of {changed[0]} is {after[changed[0]]}, it was {before[changed[0]]}",
                    lambda view: _by_value(view, names))  # fmt: skip


def _values(index: Index, name: str) -> Mapping[str, str]:
    found = {}
    for short, path in index.members.get(name, {}).items():
        declared = index.names[path][0]
        if declared.word == "" and (given := value_of(declared)):
            found[short] = given
    numbers = {short: str(index) for index, short in enumerate(found, 1)}
    return {short: numbers[short] if given.startswith("auto(") else given for short, given in found.items()}


def _members_used(names: Collection[str], members: Sequence[str], view: View) -> Sequence[str]:
    return [one.act.key for one in view.reached if one.name in names and one.rest[:1] and one.rest[0] in members]


def _by_value(view: View, names: Collection[str]) -> Sequence[str]:
    found = keys(view.of_names(names, "call", "run"))
    if any(one.name in names for one in view.reached):
        found += [one.act.key for one in view.reached if "value" in one.rest]
    return found


def added(path: str, declared: Declaration, owner: str, pair: Pair) -> Iterator[Facet]:
    """Yield how those fare who implement or subclass a class that got a member."""
    short, new = declared.short, pair.new
    is_function = declared.word in ("def", "async def")
    abstract = bool({"@abstractmethod", "@unimplemented", "@declared"} & declared.decorators)
    in_protocol = new.is_protocol(declared.owner) and "@concrete" not in declared.decorators
    if short == "__init_subclass__":
        needed = [one.name for one in parameters(declared)[1:] if not one.optional and one.kind not in ("*", "**")]
        who = "implementers" if needed else "overriders"
        yield Facet(who, "subclasses have to give it keywords", _keywords(owner, parameters(declared)[1:]))
    elif short in ("__init__", "__new__", "__slots__") or declared.word in ("field", "class"):
        if short == "__slots__":
            yield Facet("callers", "it takes no other attributes", _extended(owner))
        elif declared.word == "field" and value_of(declared):
            yield Facet("overriders", "a dataclass that derives from it has fields without a default",
                        lambda view: _data_subclasses(view, owner))  # fmt: skip
    elif short == "__hash__" or (short == "__eq__" and "__hash__" not in new.all_members(declared.owner)):
        if short == "__eq__" or not is_function:
            yield Facet("callers", "it is no longer hashable", _operates(("__hash__",), owner))
    elif "@declared" in declared.decorators and (
        new.foreign_bases(declared.owner) - _UNTOLD or "metaclass" in new.keywords(declared.owner)
    ):
        return  # a base elsewhere, or the metaclass, may give it a value
    elif abstract or in_protocol:
        yield Facet("implementers", f"implementations need {short!r}", _lacks(owner, short, pair.new))
    elif new.is_protocol(declared.owner):
        yield Facet("implementers", f"implementations need {short!r}", _lacks_alone(owner, short))
    elif is_function:
        yield Facet("overriders", f"a subclass may have another {short!r}", _clashes(owner, declared))


def _lacks(owner: str, short: str, new: Index) -> Test:
    def test(view: View) -> Sequence[str]:
        lacking = [one for one in view.implementers(owner) if short not in view.reading.members(one)]
        return [one.name for one in lacking if not _is_given(view.bases_of(one), short, new)]

    return test


def _lacks_alone(owner: str, short: str) -> Test:
    """Return a test for what has the methods of a Protocol without deriving from it, and so not its new one."""

    def test(view: View) -> Sequence[str]:
        derived = [one.name for one in view.subclasses(owner)]
        found = [one for one in view.implementers(owner) if one.name not in derived]
        return [one.name for one in found if short not in view.reading.members(one)]

    return test


def _is_given(bases: Collection[str], short: str, new: Index) -> bool:
    """Return whether one of the API's classes that a class derives from has a member that does something."""
    for base in bases:
        path = new.all_members(new.resolve(base)).get(short)
        marks = new.names[path][-1].decorators if path else frozenset(("@declared",))
        is_bare = bool({"@abstractmethod", "@unimplemented", "@declared"} & marks)
        if path and not is_bare and ("@concrete" in marks or not new.is_protocol(path.rpartition(".")[0])):
            return True
    return False


def _clashes(owner: str, declared: Declaration) -> Test:
    def test(view: View) -> Sequence[str]:
        found = []
        for one in view.subclasses(owner):
            own = Implementation(one.name, members=view.reading.members(one)).parameters(declared.short)
            if own is not None and refuses_new(own[1:], declared):
                found.append(f"{one.name}.{declared.short}")
        return found

    return test


def _keywords(owner: str, taken: Sequence[Parameter]) -> Test:
    def test(view: View) -> Sequence[str]:
        given = (
            (one, Shape(0, tuple(word for word in one.keywords if word != "metaclass")))
            for one in view.subclasses(owner)
        )
        return [one.name for one, shape in given if _unbound(shape, taken)]

    return test


def _unbound(shape: Shape, taken: Sequence[Parameter]) -> bool:
    from pluginkit.surface.calls import binds

    return binds(shape, taken) is None


def subclassing(owner: str, before: Declaration, after: Declaration) -> Iterator[Facet]:
    """Yield how those fare who subclass a class whose `__init_subclass__` changed."""
    first, second = parameters(before)[1:], parameters(after)[1:]
    if reason := next(demands(first, second), ""):
        yield Facet("implementers", reason, _keywords(owner, second))
