"""The members of a class, inherited ones included: those that changed, came, or are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from pluginkit.surface.breakage import additions, callbacks, callers, implementers, values
from pluginkit.surface.breakage.alternatives import alike, is_typing, shown
from pluginkit.surface.breakage.facet import Facet, Found, instead
from pluginkit.surface.breakage.functions import FUNCTIONS, Acts, binding
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration
from pluginkit.surface.uses import Act
from pluginkit.surface.view import View

_OF_OBJECT = {
    "__delattr__", "__dir__", "__doc__", "__format__", "__init__", "__ne__", "__new__", "__reduce__", "__reduce_ex__",
    "__repr__", "__setattr__", "__sizeof__", "__str__", "__slots__", "__match_args__", "__del__",
    "__hash__", "__getstate__", "__setstate__", "__copy__", "__deepcopy__", "__orig_bases__", "__bool__",
}  # fmt: skip
"""Special methods that every object has, or that only Python calls."""
_INSTEAD = {
    "__contains__": ("__iter__", "__getitem__"),
    "__iter__": ("__getitem__",),
    "__reversed__": ("__getitem__",),
    "__next__": (),
    "__iadd__": ("__add__",),
}
_INTERFACE = {"@abstractmethod", "@unimplemented"}


class Members:
    """Compares the members of classes; a member that several classes inherit from one base, once."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._old, self._new = pair.old, pair.new
        self._done: set[tuple[str, str]] = set()

    def changes(self, one: str, other: str, *, internal: bool, has_constructor: bool = True) -> Iterator[Found]:
        """Yield what changed in a class and in what it inherits; `one` and `other` are its dotted names.

        Constructors are left out unless `has_constructor`: what they break is told already.
        """
        mine, theirs = self._old.all_members(one), self._new.all_members(other)
        is_dictionary = "TypedDict" in self._old.foreign_bases(one)
        required = [
            s
            for s, p in mine.items()
            if self._old.word(p) == "field" and "NotRequired[" not in self._old.names[p][0].rest
        ]
        for short in sorted(mine.keys() | theirs.keys()):
            path, path2 = mine.get(short, ""), theirs.get(short, "")
            if short in ("__init__", "__new__") and not (has_constructor and self._says_more(mine, theirs)):
                continue
            if (path, path2) in self._done and path and path2:
                continue
            before, after = self._old.names.get(path, []), self._new.names.get(path2, [])
            if path and path2:
                self._done.add((path, path2))
            elif (path or path2) and path.rpartition(".")[0] != one and path2.rpartition(".")[0] != other:
                continue  # of a base, where it is told
            if is_dictionary:
                one_, other_ = (before[0] if before else None), (after[0] if after else None)
                facets = list(values.key_changes(path or path2, one_, other_, required))
                if one_ and other_ and not facets:
                    facets = list(values.compare(one_, other_, partial(_of_member, path, one), self._pair))
            else:
                facets = list(self._member(short, one, other, before, after))
            if before and after and before[0].word == after[0].word == "class":
                yield from self.changes(path, path2, internal=internal)
            if not (alike(before, after) and not facets):
                yield Found(path or f"{one}.{short}", shown(before, after), shown(after, before), tuple(facets),
                            internal, is_typing(before, after))  # fmt: skip

    def _says_more(self, mine: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
        """Return whether a constructor says more than the fields of its class, which are told themselves."""
        sides = [
            {
                short: [line.rest for line in index.names[path]]
                for short, path in members.items()
                if index.word(path) == "field"
            }
            for index, members in ((self._old, mine), (self._new, theirs))
        ]
        return sides[0] == sides[1]

    def _member(
        self, short: str, one: str, other: str, before: Sequence[Declaration], after: Sequence[Declaration]
    ) -> Iterator[Facet]:
        if not before:
            yield from additions.added(f"{one}.{short}", after[-1], one, self._pair)
        elif not after:
            yield from self._gone(short, one, other, before[-1])
            yield from callbacks.hooked(before, ())
        elif not (
            self._is_told_of_class(short, one, other, before[-1], after[-1]) or _gives(short, before[-1], after[-1])
        ):
            yield from self._kept(short, one, before, after)
            yield from self._newly_asked(one, before[-1], after[-1])

    def _is_told_of_class(self, short: str, one: str, other: str, first: Declaration, second: Declaration) -> bool:
        """Return whether a change is reported of the class instead: of constructors, and of values of enumerations."""
        if short in ("__init__", "__new__"):
            return True
        is_enumeration = "Enum" in self._old.foreign_bases(one) & self._new.foreign_bases(other)
        return short != "__init_subclass__" and is_enumeration and first.word == second.word == ""

    def _kept(
        self, short: str, one: str, before: Sequence[Declaration], after: Sequence[Declaration]
    ) -> Iterator[Facet]:
        """Yield the ways in which a member that is still there breaks callers and implementers."""
        first, second = before[-1], after[-1]
        path, made = first.name, self._is_interface(first, second)
        acts = partial(_of_member, path, one)
        if short == "__init_subclass__":
            yield from additions.subclassing(one, first, second)
        elif first.word in FUNCTIONS and second.word in FUNCTIONS:
            yield from callers.compare(before, after, acts, self._pair, member=True)
            yield from _bound(first, second, acts)
            yield from implementers.compare(before, after, [one], self._pair, made=made)
            yield from callbacks.hooked(before, after)
        elif first.word in values.VALUES and second.word in values.VALUES:
            yield from values.compare(first, second, acts, self._pair)
            yield from self._provided(short, one, first, second, made=made)
        else:
            yield from values.replaced(first, second, acts, lambda view: [one.name for one in view.subclasses(path)])
            if first.word in FUNCTIONS or second.word in FUNCTIONS:
                yield Facet("implementers" if made else "overriders", "it is a different kind of member",
                            partial(_definers, one, short))  # fmt: skip

    def _is_interface(self, first: Declaration, second: Declaration) -> bool:
        """Return whether a member is there to be implemented."""
        if self._old.is_protocol(first.owner) or self._new.is_protocol(second.owner):
            return True
        return bool(_INTERFACE & (first.decorators | second.decorators))

    def _newly_asked(self, one: str, first: Declaration, second: Declaration) -> Iterator[Facet]:
        """Yield the ways in which a member that implementers did not have to define, and now do, breaks them."""
        newly = {*_INTERFACE, "@declared"} & (second.decorators - first.decorators)
        if newly == {"@declared"} and values.value_of(first) in ("", "None", "NotImplemented"):
            return
        if newly and not _INTERFACE & first.decorators and not self._old.is_protocol(first.owner):
            yield from additions.added(first.name, second, one, self._pair)

    def _provided(
        self, short: str, one: str, first: Declaration, second: Declaration, *, made: bool
    ) -> Iterator[Facet]:
        """Yield the way in which a changed attribute breaks implementers that define it."""
        was, now = values.type_of(first), values.type_of(second)
        if was and now and was != now and self._pair.taken(was, now) is False:
            who = "implementers" if made else "overriders"
            yield Facet(who, f"it must be {instead(now, was)}", partial(_definers, one, short))

    def _gone(self, short: str, one: str, other: str, declared: Declaration) -> Iterator[Facet]:
        """Yield the ways in which the removal of a member breaks those who use it."""
        theirs = self._new.all_members(other)
        if short == "_missing_":
            yield Facet("callers", "other values no longer give a member", partial(_made_by_call, one))
        is_private = short.startswith("_") and not short.endswith("__")
        if short in _OF_OBJECT or is_private or any(name in theirs for name in _INSTEAD.get(short, ())):
            return
        if short == "__class_getitem__" and any(
            "Generic[" in base or "Protocol[" in base for base in self._new.bases(other)
        ):
            return
        if short == "__init_subclass__":
            yield Facet("implementers", "subclasses can no longer pass class keywords", partial(_giving_keywords, one))
            return

        def test(view: View) -> Sequence[str]:
            if short.startswith("__") and not view.holds(one):
                return []
            if view.keeps(one, short, self._new) or (declared.word not in FUNCTIONS and view.sets(short)):
                return []
            if short == "__eq__":
                return [reached.act.key for reached in view.reached
                        if reached.rest == ("__eq__",) and self._old.resolve(reached.name) == one]  # fmt: skip
            if short == "__getattr__":
                return view.mentions_class({one}) or [f".{one.rpartition('.')[2]}"]
            found = [act.key for act, _ in view.of_member(declared.name, one) if not act.has_fallback]
            if short in view.reading.texts:
                found += [act.key for act in view.of_names({one}, "item")]
            return found

        yield Facet("callers", "it is gone", test)


def _gives(short: str, first: Declaration, second: Declaration) -> bool:
    """Return whether a special method became a descriptor, which gives a function."""
    is_descriptor = short.endswith("__") and second.word == "property" and first.word not in values.VALUES
    return is_descriptor and short != "__init_subclass__"


def _bound(first: Declaration, second: Declaration, acts: Acts) -> Iterator[Facet]:
    """Yield the way in which a method breaks callers that is no longer a class or static method."""
    kinds = binding(first), binding(second)
    if kinds[0] != kinds[1] and kinds[1] == "instance":

        def test(view: View) -> Sequence[str]:
            found = []
            for act, of_class in acts(view):
                if of_class or act.verb == "get":
                    found.append(act.key)
            return found

        yield Facet("callers", f"it is no longer a {kinds[0]} method", test)


def _definers(name: str, short: str, view: View) -> Sequence[str]:
    """Return the members of that name in the plugin's implementations of a class."""
    return [f"{one.name}.{short}" for one in view.implementers(name) if short in view.reading.members(one)]


def _made_by_call(name: str, view: View) -> Sequence[str]:
    """Return the keys of a plugin's calls of a class."""
    return [
        one.act.key for one in view.reached if view.old.resolve(one.name) == name and one.act.verb in ("call", "run")
    ]


def _giving_keywords(name: str, view: View) -> Sequence[str]:
    """Return the subclasses in a plugin that pass class keywords."""
    return [one.name for one in view.subclasses(name) if set(one.keywords) - {"metaclass", "@dataclass"}]


def _of_member(path: str, owner: str, view: View) -> Sequence[tuple[Act, bool]]:
    return view.of_member(path, owner)
