"""Two surfaces gone through side by side: what modules declare, what is in their classes, what a star import gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence, Set
from functools import partial

from pluginkit.surface.breakage import classes, functions, values
from pluginkit.surface.breakage.facet import Facet, Found, keys
from pluginkit.surface.breakage.functions import FUNCTIONS
from pluginkit.surface.calls import demands, misfit
from pluginkit.surface.index import Index, Pair
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
from pluginkit.surface.uses import Act
from pluginkit.surface.view import View

_OF_OBJECT = {
    "__delattr__", "__dir__", "__doc__", "__format__", "__init__", "__ne__", "__new__", "__reduce__", "__reduce_ex__",
    "__repr__", "__setattr__", "__sizeof__", "__str__", "__slots__", "__match_args__", "__del__",
    "__hash__", "__getstate__", "__setstate__", "__copy__", "__deepcopy__", "__orig_bases__", "__bool__",
}  # fmt: skip
"""Special methods that every object has, or that nothing calls but Python itself."""
_INSTEAD = {
    "__contains__": ("__iter__", "__getitem__"),
    "__iter__": ("__getitem__",),
    "__reversed__": ("__getitem__",),
    "__next__": (),
    "__iadd__": ("__add__",),
}
_INTERFACE = {"@abstractmethod", "@unimplemented"}


class Comparison:
    """Every difference between two surfaces, with who is concerned."""

    def __init__(self, old: Index, new: Index) -> None:
        self._pair = Pair(old, new)
        self._old, self._new = old, new
        self._met = _reachable(old)
        self._done: set[tuple[str, str]] = set()

    def changes(self) -> Iterator[Found]:
        """Yield the differences, each once, with how a plugin shows that it is concerned."""
        modules = self._old.modules
        yield from self._modules(modules)
        groups: dict[tuple[str, str], list[str]] = {}
        for module in sorted(modules | {""}):
            if module and module in self._old.names and module not in self._new.names:
                continue
            for name in self._old.members.get(module, {}).values():
                if self._old.word(name) not in ("module", "private", "unknown") and not name.endswith(".__all__"):
                    groups.setdefault((self._old.resolve(name), self._counterpart(name)), []).append(name)
        for (one, other), names in sorted(groups.items()):
            yield from self._thing(names, one, other)
        for name, (first, *_) in sorted(self._old.names.items()):  # met through types alone
            is_alone = first.owner not in modules and self._old.word(first.owner) != "class"
            if first.word == self._new.word(name) == "class" and is_alone:
                yield from self._thing([name], name, name)
        yield from self._additions(modules)
        yield from self._stars(modules)

    def _counterpart(self, name: str) -> str:
        """Return what a name means in the newer surface; empty where it is gone."""
        if name in self._new.names:
            return self._new.resolve(name)
        owner = name.rpartition(".")[0]
        if owner in self._new.names and f"{owner}.__getattr__" in self._new.names:
            later = [line for path in self._new.members.get(owner, {}).values() for line in self._new.names[path]]
            is_told = any("@lazy" in line.decorators for line in later)
            return "" if is_told else f"{owner}.__getattr__"
        return ""

    def _modules(self, modules: Set[str]) -> Iterator[Found]:
        for name in sorted(modules):
            if name not in self._old.names:
                continue
            before, after = self._old.names[name], self._new.names.get(name)
            compiled = any(line.rest.endswith("(compiled)") for line in (*before, *(after or ())))
            test = lambda view, name=name: keys(view.within(name))  # noqa: E731
            if after is None and name.rpartition(".")[0] not in modules - self._new.names.keys():
                yield Found(name, before[0].line, "", (Facet("callers", "the module is gone", test),))
            elif compiled:
                yield Found(name, before[0].line, after[0].line if after else "",
                            (Facet("callers", "what is compiled cannot be read", test, is_unknown=True),))  # fmt: skip

    def _thing(self, names: list[str], one: str, other: str) -> Iterator[Found]:
        """Yield what changed of something that modules declare under `names`."""
        internal = all(self._old.names[name][0].internal for name in names) and one not in self._met
        before: Sequence[Declaration] = self._old.names.get(one, ())
        after: Sequence[Declaration] = self._new.names.get(other, ())
        name = one if one in names else names[0]
        line = self._old.names[name][0].line
        if other.endswith(".__getattr__") and not one.endswith(".__getattr__"):
            return
        if not other:
            gone = Facet("callers", "it is gone", lambda view: keys(view.beneath(names)))
            yield Found(name, line, "", (gone, *self._hooks(before, None)), internal)
            return
        if not before or not after:
            if one.rpartition(".")[2] != other.rpartition(".")[2] or bool(before) != bool(after):
                moved = Facet(
                    "callers", "it comes from elsewhere", lambda view: keys(view.beneath(names)), is_unknown=True
                )
                yield Found(
                    name, line, self._new.names[name][0].line if name in self._new.names else other, (moved,), internal
                )
            return
        before, after = _of_one_kind(before, after)
        after = self._callable(before, after)
        facets = list(self._facets(names, before, after))
        first, second = before[0], after[0]
        if _alike(before, after) and not facets:
            pass
        else:
            yield Found(
                name, _shown(before, after), _shown(after, before), tuple(facets), internal, _is_typing(before, after)
            )
        if first.word == second.word == "class":
            yield from self._members(one, other, internal=internal)

    def _callable(self, before: Sequence[Declaration], after: Sequence[Declaration]) -> Sequence[Declaration]:
        """Return, for an instance that took a function's place and can be called, how it is called."""
        of = self._new.class_named(annotation(after[-1])) if after[-1].word == "" else ""
        path = self._new.all_members(of).get("__call__", "") if of else ""
        if before[-1].word not in functions.FUNCTIONS or not path:
            return after
        call = self._new.names[path][-1]
        inner = ", ".join(split(arguments(call), ",")[1:])
        returned = f" -> {returns(call)}" if returns(call) else ""
        return [declaration(f"{call.word} {after[-1].name}({inner}){returned}")]

    def _facets(self, names: list[str], before: Sequence[Declaration], after: Sequence[Declaration]) -> Iterator[Facet]:
        first, second = before[-1], after[-1]
        acts = _named(names)
        conditions = [{line.condition for line in lines} for lines in (before, after)]
        if conditions[0] != conditions[1] and any(conditions[1]):
            yield Facet("callers", f"it is there only if {second.condition}", lambda view: keys(view.beneath(names)),
                        is_unknown=True)  # fmt: skip
        if first.word in functions.FUNCTIONS and second.word in functions.FUNCTIONS:
            yield from functions.compare(before, after, acts, self._pair, member=False)
            yield from self._hooks(before, after)
        elif first.word == second.word == "class":
            yield from classes.compare(names, first.name, second.name, self._pair)
        elif first.word in values.VALUES and second.word in values.VALUES:
            yield from values.compare(first, second, _beneath(names), self._pair)
            if (
                first.word == second.word == ""
                and annotation(second)
                and has_default(first)
                and not has_default(second)
            ):
                yield Facet(
                    "callers", "it is only annotated, nothing gives it a value", lambda view: keys(view.beneath(names))
                )
        elif first.word == second.word == "type":
            was, now = (line.rest.removeprefix(" = ") for line in (first, second))
            if was != now:
                yield from functions.callbacks(was, now)
        elif first.word == second.word:
            if first.rest.rpartition(".")[2] != second.rest.rpartition(".")[2]:
                yield Facet(
                    "callers", "it comes from elsewhere", lambda view: keys(view.beneath(names)), is_unknown=True
                )
        else:
            yield from values.replaced(
                first, second, acts, lambda view: [one.name for one in view.subclasses(first.name)]
            )
            yield from self._calls(names, before, after)

    def _calls(self, names: list[str], before: Sequence[Declaration], after: Sequence[Declaration]) -> Iterator[Facet]:
        """Yield how callers fare where a function takes the place of a class, or a class that of a function."""
        first, second = self._taken(before, self._old), self._taken(after, self._new)
        if first is None or second is None:
            return
        if reason := next(demands(first, second), ""):

            def test(
                view: View, first: Sequence[Parameter] = first, second: Sequence[Parameter] = second
            ) -> Sequence[str]:
                acts = view.of_names(names, "call", "run")
                return [act.key for act in acts if act.shape and misfit(act.shape, first, second)]

            yield Facet("callers", reason, test)

    def _taken(self, lines: Sequence[Declaration], side: Index) -> Sequence[Parameter] | None:
        if lines[-1].word == "class":
            return classes.constructor(side, lines[-1].name)
        if lines[-1].word == "type" and lines[-1].rest.startswith(" = NewType["):
            return (Parameter("x", "positional"),)
        return parameters(lines[-1]) if lines[-1].word in functions.FUNCTIONS else None

    def _hooks(self, before: Sequence[Declaration], after: Sequence[Declaration] | None) -> Iterator[Facet]:
        if before and "@hookspec" in before[-1].decorators:
            yield from functions.hooked(before, after or (), before[-1].short)

    def _members(self, one: str, other: str, *, internal: bool) -> Iterator[Found]:
        """Yield what changed in a class, what it has from its bases included; each difference once."""
        mine, theirs = self._old.all_members(one), self._new.all_members(other)
        is_dictionary = "TypedDict" in self._old.foreign_bases(one)
        required = [
            s
            for s, p in mine.items()
            if self._old.word(p) == "field" and "NotRequired[" not in self._old.names[p][0].rest
        ]
        for short in sorted(mine.keys() | theirs.keys()):
            path, path2 = mine.get(short, ""), theirs.get(short, "")
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
                yield from self._members(path, path2, internal=internal)
            if not (_alike(before, after) and not facets):
                yield Found(path or f"{one}.{short}", _shown(before, after), _shown(after, before), tuple(facets),
                            internal, _is_typing(before, after))  # fmt: skip

    def _member(
        self, short: str, one: str, other: str, before: Sequence[Declaration], after: Sequence[Declaration]
    ) -> Iterator[Facet]:
        owners = [one]
        if not before:
            yield from classes.added(f"{one}.{short}", after[-1], one, self._pair)
            return
        path = before[-1].name
        acts = partial(_of_member, path, one)
        if not after:
            yield from self._gone(short, one, other, before[-1])
            yield from self._hooks(before, None)
            return
        first, second = before[-1], after[-1]
        made = (
            self._old.is_protocol(first.owner)
            or self._new.is_protocol(second.owner)
            or bool(_INTERFACE & (first.decorators | second.decorators))
        )
        if short == "__init_subclass__":
            yield from classes.subclassing(one, first, second)
        elif short in ("__init__", "__new__"):
            return  # told of the class
        elif first.word in functions.FUNCTIONS and second.word in functions.FUNCTIONS:
            yield from functions.compare(before, after, acts, self._pair, member=True)
            yield from _bound(first, second, acts)
            yield from functions.implemented(before, after, owners, self._pair, made=made)
            yield from self._hooks(before, after)
        elif first.word == second.word == "" and "Enum" in self._old.foreign_bases(one) & self._new.foreign_bases(
            other
        ):
            return  # told of the class
        elif first.word in values.VALUES and second.word in values.VALUES:
            yield from values.compare(first, second, acts, self._pair)
            yield from self._provided(short, one, first, second, made=made)
        elif short.endswith("__") and second.word == "property":
            return  # a descriptor that gives a function
        else:
            yield from values.replaced(first, second, acts, lambda view: [one.name for one in view.subclasses(path)])
            if first.word in functions.FUNCTIONS or second.word in functions.FUNCTIONS:
                yield Facet("implementers" if made else "overriders", "it is another kind of member",
                            partial(_definers, one, short))  # fmt: skip
        newly = {"@abstractmethod", "@unimplemented", "@declared"} & (second.decorators - first.decorators)
        if newly == {"@declared"} and values.value_of(first) in ("", "None", "NotImplemented"):
            newly = set()
        if (
            newly
            and not {"@abstractmethod", "@unimplemented"} & first.decorators
            and not self._old.is_protocol(first.owner)
        ):
            yield from classes.added(path, second, one, self._pair)

    def _provided(
        self, short: str, one: str, first: Declaration, second: Declaration, *, made: bool
    ) -> Iterator[Facet]:
        """Yield how those fare who give a class an attribute that it has to have."""
        was, now = values.type_of(first), values.type_of(second)
        if was and now and was != now and self._pair.taken(was, now) is False:
            who = "implementers" if made else "overriders"
            yield Facet(who, f"it has to be {now}, it was {was}", partial(_definers, one, short))

    def _gone(self, short: str, one: str, other: str, declared: Declaration) -> Iterator[Facet]:
        """Yield how those fare who use a member that is gone."""
        theirs = self._new.all_members(other)
        if short == "_missing_":
            yield Facet("callers", "it makes no members of other values", partial(_made_by_call, one))
        is_private = short.startswith("_") and not short.endswith("__")
        if short in _OF_OBJECT or is_private or any(name in theirs for name in _INSTEAD.get(short, ())):
            return
        if short == "__class_getitem__" and any(
            "Generic[" in base or "Protocol[" in base for base in self._new.bases(other)
        ):
            return
        if short == "__init_subclass__":
            yield Facet("implementers", "it takes no keywords", partial(_giving_keywords, one))
            return

        def test(view: View) -> Sequence[str]:
            if short.startswith("__") and not view.holds(one):
                return []
            if view.keeps(one, short, self._new) or (declared.word not in FUNCTIONS and view.sets(short)):
                return []
            if short == "__eq__" and not view.of_names({one}, "call", "run"):
                return []
            if short == "__getattr__":
                return view.mentions_class({one}) or [f".{one.rpartition('.')[2]}"]
            found = [act.key for act, _ in view.of_member(declared.name, one) if not act.has_fallback]
            if short in view.reading.texts:
                found += [act.key for act in view.of_names({one}, "item")]
            return found

        yield Facet("callers", "it is gone", test)

    def _additions(self, modules: Set[str]) -> Iterator[Found]:
        later = self._new.modules
        for name in sorted(later - modules):
            if name.rpartition(".")[0] not in later - modules and name in self._new.names:
                yield Found(name, "", self._new.names[name][0].line)
        for module in sorted(modules & later):
            for name in sorted(self._new.members.get(module, {}).values()):
                first = self._new.names[name][0]
                if name not in self._old.names and first.word != "module":
                    yield Found(name, "", first.line, (), first.internal)

    def _stars(self, modules: Collection[str]) -> Iterator[Found]:
        for module in sorted(modules):
            before, after = self._old.star(module), self._new.star(module)
            gone = {name for name in before - after if f"{module}.{name}" in self._new.names}
            if not gone or module not in self._new.modules:
                continue
            names = {f"{module}.{name}" for name in gone}

            def test(view: View, names: Collection[str] = names, module: str = module) -> Sequence[str]:
                stars = [act for act in view.reading.paths if act.key == f"{module}.*"]
                return keys(view.beneath(names)) if stars else []

            first, second = (f"{module}.__all__ = {', '.join(sorted(found))}" for found in (before, after))
            facet = Facet("callers", f"`import *` no longer gives {', '.join(sorted(gone))}", test)
            yield Found(f"{module}.__all__", first, second, (facet,))


def _of_one_kind(
    before: Sequence[Declaration], after: Sequence[Declaration]
) -> tuple[Sequence[Declaration], Sequence[Declaration]]:
    """Return those alternatives of both sides that are of one kind, where some are."""
    words = {line.word for line in before} & {line.word for line in after}
    for word in ("def", "async def", "class", "", "type", "import"):
        if word in words and len(before) + len(after) > 2:
            return [line for line in before if line.word == word], [line for line in after if line.word == word]
    return before, after


def _bound(first: Declaration, second: Declaration, acts: functions.Acts) -> Iterator[Facet]:
    """Yield how those fare who take a method of the class itself, and find it bound otherwise."""
    kinds = functions.binding(first), functions.binding(second)
    if kinds[0] != kinds[1] and kinds[1] == "instance":

        def test(view: View) -> Sequence[str]:
            found = []
            for act, of_class in acts(view):
                if of_class or act.verb == "get":
                    found.append(act.key)
            return found

        yield Facet("callers", f"it is no longer a {kinds[0]} method", test)


def _definers(name: str, short: str, view: View) -> Sequence[str]:
    """Return what of a plugin implements a class and defines a member itself."""
    return [f"{one.name}.{short}" for one in view.implementers(name) if short in view.reading.members(one)]


def _made_by_call(name: str, view: View) -> Sequence[str]:
    """Return the calls of a class by a plugin."""
    return [
        one.act.key for one in view.reached if view.old.resolve(one.name) == name and one.act.verb in ("call", "run")
    ]


def _giving_keywords(name: str, view: View) -> Sequence[str]:
    """Return the classes of a plugin that give the class statement keywords."""
    return [one.name for one in view.subclasses(name) if set(one.keywords) - {"metaclass", "@dataclass"}]


def _of_member(path: str, owner: str, view: View) -> Sequence[tuple[Act, bool]]:
    return view.of_member(path, owner)


def _named(names: Collection[str]) -> functions.Acts:
    def acts(view: View) -> Sequence[tuple[Act, bool]]:
        return [(act, False) for act in view.of_names(names)]

    return acts


def _beneath(names: Collection[str]) -> functions.Acts:
    def acts(view: View) -> Sequence[tuple[Act, bool]]:
        return [(one.act, False) for one in view.reached if one.name in names]

    return acts


def _alike(before: Sequence[Declaration], after: Sequence[Declaration]) -> bool:
    def spelled(lines: Sequence[Declaration]) -> list[tuple[object, ...]]:
        return [(line.word, line.rest, line.decorators, line.condition) for line in lines]

    return spelled(before) == spelled(after)


def _shown(lines: Sequence[Declaration], others: Sequence[Declaration]) -> str:
    """Return the line that differs from those of the other side."""
    if not lines:
        return ""
    rests = {(line.rest, line.decorators, line.word) for line in others}
    return next((one.line for one in lines if (one.rest, one.decorators, one.word) not in rests), lines[-1].line)


def _is_typing(before: Sequence[Declaration], after: Sequence[Declaration]) -> bool:
    """Return whether annotations are all that changed."""
    if not before or not after:
        return False
    one, other = before[-1], after[-1]
    if one.word != other.word or one.word not in (*functions.FUNCTIONS, *values.VALUES, "type"):
        return False
    if one.word in functions.FUNCTIONS:
        shapes = [[(p.name, p.kind, p.optional) for p in parameters(line)] for line in (one, other)]
        types = [[*(p.annotation for p in parameters(line)), returns(line)] for line in (one, other)]
        return shapes[0] == shapes[1] and (types[0] != types[1] or len(before) != len(after))
    return one.word == "type" or annotation(one) != annotation(other)


def _reachable(index: Index) -> set[str]:
    """Return the classes that a user of the API meets: through what is public, and through types in that."""
    waiting = [name for name, lines in index.names.items() if not lines[0].internal]
    found: set[str] = set()
    seen: set[str] = set(waiting)
    while waiting:
        name = waiting.pop()
        for line in index.names.get(name, ()):
            for word in set(_words(line.rest)):
                meant = index.class_named(word)
                if meant and meant not in found:
                    found.add(meant)
                    more = [meant, *index.all_members(meant).values()]
                    waiting += [one for one in more if one not in seen]
                    seen.update(more)
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d][\w.]*", text)
