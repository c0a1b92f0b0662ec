"""A plugin's uses in terms of the surface it was built for: what it reaches, and what it implements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from pluginkit.core.frozen import record
from pluginkit.surface.index import Index
from pluginkit.surface.signature import annotation
from pluginkit.surface.uses import Act, Implementation, Reading, Uses

_EVERY_MODULE = frozenset(
    f"__{name}__" for name in ("all", "dict", "doc", "file", "loader", "name", "package", "path", "spec")
)

_DEEPEST = 100
"""Packages within each other: a surface from an artifact may be anything."""


@record
class Reached:
    """A use whose key is a path, and the declaration that it reaches."""

    act: Act
    name: str
    """Dotted name of what a module declares; empty where the surface does not declare it."""
    rest: tuple[str, ...]
    """Attributes looked up on that, in order."""
    module: str
    """The module in which it was looked for."""

    @property
    def is_computed(self) -> bool:
        """Whether an attribute is looked up by a computed name."""
        return self.rest == ("*",) and self.act.verb == "get"


class View:
    """The uses of one plugin, in the surface that it was built for."""

    def __init__(self, uses: Uses, old: Index) -> None:
        self.old = old
        self.reading = Reading(uses)
        self.dynamic = self.reading.dynamic

    @cached_property
    def reached(self) -> Sequence[Reached]:
        """Every use whose key is a path, with what it reaches."""
        return [self._reach(act) for act in self.reading.paths]

    def _reach(self, act: Act) -> Reached:
        parts = act.key.split(".")
        owner = self.old.resolve(parts[0])
        for index, part in enumerate(parts[1:], 1):
            name = f"{owner}.{part}"
            meant = self.old.resolve(name)
            if self.old.word(meant) == "module" and meant in self.old.names:
                owner = meant
            elif name in self.old.names:
                return Reached(act, name, tuple(parts[index + 1 :]), owner)
            elif name not in self._packages:
                return Reached(act, "", tuple(parts[index:]), owner)
            elif owner in self.old.names and name not in self.old.names and index == len(parts) - 1:
                return Reached(act, "", (part,), owner)  # a private module
            else:
                owner = name  # a part of a namespace package, or a private one
        return Reached(act, owner, (), owner)

    @cached_property
    def _packages(self) -> set[str]:
        """Every dotted name above a module."""
        found = set()
        for name in (*self.old.members, *self.old.private):
            parts = name.split(".")[:_DEEPEST]
            found |= {".".join(parts[: index + 1]) for index in range(len(parts))}
        return found

    def undeclared(self) -> Iterator[Reached]:
        """Yield uses of names that the surface does not declare: private ones, or mere imports of a module."""
        given = {(one.module, one.rest[0]) for one in self.reached if one.act.verb == "set" and one.rest}
        for one in self.reached:
            if one.name or one.act.has_fallback or one.act.verb in ("path", "set"):
                continue
            if one.rest[0] in {*_EVERY_MODULE, "*"} or (one.module, one.rest[0]) in given:
                continue
            yield one

    def of_names(self, names: Collection[str], *verbs: str) -> list[Act]:
        """Return the uses of module-level names themselves, by these verbs or by any."""
        return [one.act for one in self.reached if one.name in names and not one.rest and _is(one.act, verbs)]

    def beneath(self, names: Collection[str]) -> list[Act]:
        """Return the uses of module-level names and of their attributes, except those with a fallback."""
        public = [name for name in names if not self.old.names[name][0].internal] if names else ()
        owners = {name.rpartition(".")[0] for name in public}
        computed = [
            one.act for one in self.reached if one.rest == ("*",) and one.act.verb == "get" and one.name in owners
        ]
        computed += [one.act for one in self.reached if not one.name and one.rest == ("*",) and one.module in owners]
        return [*computed, *(one.act for one in self.reached if one.name in names and not one.act.has_fallback)]

    def within(self, module: str) -> list[Act]:
        """Return the uses of anything in a module."""
        return [
            one.act
            for one in self.reached
            if not one.act.has_fallback and (one.module == module or one.module.startswith(f"{module}."))
        ]

    def of_member(self, path: str, owner: str) -> list[tuple[Act, bool]]:
        """Return the uses of a member of a class, each with whether it is looked up on the class itself.

        `path` is the dotted name of the member, `owner` that of the class. A name looked up on something unknown counts
        if that may be an instance of the class.
        """
        short = path.rpartition(".")[2]
        family = {owner, *self.old.heirs.get(owner, ())}
        found = []
        if self._may_mean(owner, short):
            acts = self.reading.acts.get(short, ())
            found = [(act, False) for act in acts if act.key == f".{short}"]
            if self.reading.is_computed and short in self.reading.texts:
                found.append((Act("get", f"{short!r}"), False))
        for one in self.reached:
            if short in one.rest or one.is_computed:
                meant = self.old.resolve(one.name)
                is_class = self.old.word(meant) == "class"
                goes_up = one.act.verb == "super" and owner in self.old.ancestry(meant)
                if is_class and one.rest[0] == short and meant not in family and not goes_up:
                    continue
                if one.is_computed and (not is_class or meant not in family):
                    continue
                found.append((one.act, is_class and one.rest[0] == short and one.act.verb != "super"))
        if short == "__call__":
            found += [(act, False) for act in self._called(path)]
        return found

    def sets(self, short: str) -> bool:
        """Return whether a class of the plugin defines or assigns a member of that name."""
        return any(short in one.members for one in self.reading.classes if not one.is_module)

    def keeps(self, owner: str, short: str, new: Index) -> bool:
        """Return whether those of a class and its heirs that the plugin has instances of all still have a member."""
        met = {owner, *self.old.heirs.get(owner, ())} & self._closure
        return bool(met) and all(short in new.all_members(new.resolve(name)) for name in met)

    def _may_mean(self, owner: str, short: str) -> bool:
        """Return whether a name that is looked up on something unknown may be a member of a class.

        It may if the plugin gets instances of the class; and if most of the API is not annotated, whenever no other
        class has a member of that name.
        """
        if short.startswith("__"):
            return self.holds(owner) or owner in self._closure
        family = {owner, *self.old.heirs.get(owner, ())}
        if family & self._closure or self.old.asks(owner):
            return True
        others = self.old.owners.get(short, set())
        is_foreign = bool(self.old.foreign_bases(owner) - {"Generic", "Protocol", "ABC", "Enum"})
        return others <= family and not self.old.is_typed and not is_foreign

    @cached_property
    def _closure(self) -> set[str]:
        """The classes of the API that a plugin has instances of: those it names, and those in types of what it uses."""
        found = {name for one in self.reading.classes for base in one.bases for name in self._ancestry(base)}
        waiting = [self.old.resolve(one.name) for one in self.reached if one.name]
        for one in self.reading.classes:  # the arguments of methods that it implements
            for base in self.bases_of(one):
                members = self.old.all_members(base)
                waiting += [members[short] for short in self.reading.members(one) if short in members]
        waiting += [path for name in found for short, path in self.old.all_members(name).items() if short in self._used]
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            kinds = {path} if self.old.word(path) == "class" else self.old.types_of(path)
            for name in kinds - found:
                found.add(name)
                waiting += [inner for short, inner in self.old.all_members(name).items() if short in self._used]
                waiting += list(self.old.ancestry(name))
        return found

    def _called(self, path: str) -> Iterator[Act]:
        """Yield the calls of module-level instances of the class whose `__call__` is `path`."""
        for one in self.reached:
            if one.act.verb in ("call", "run") and not one.rest:
                text = self.old.names[one.name][0].rest if one.name in self.old.names else ""
                of = self.old.class_named(annotation(self.old.names[one.name][0])) if text.startswith(":") else ""
                if of and self.old.all_members(of).get("__call__") == path:
                    yield one.act

    def reaches(self, name: str) -> bool:
        """Return whether a plugin names a class, or uses something with the class in its type."""
        if name not in self._reach_cache:
            self._reach_cache[name] = self._reaches(name)
        return self._reach_cache[name]

    @cached_property
    def _reach_cache(self) -> dict[str, bool]:
        return {}

    def holds(self, name: str) -> bool:
        """Return whether a plugin has instances of a class: it makes one, derives from it, or calls what returns one.

        What it calls on unknown things does not count, unless the class is there to be implemented.
        """
        family = {name, *self.old.heirs.get(name, ())}
        if any(self.old.resolve(one.name) in family and one.act.verb not in ("name", "test") for one in self.reached):
            return True
        if self.subclasses(name):
            return True
        ways = {short for one in family for short in self.old.mentions.get(one, ())}
        if any((one.rest[-1] if one.rest else one.name.rpartition(".")[2]) in ways for one in self.reached):
            return True
        return self.old.asks(name) and not self.reading.paths

    def _reaches(self, name: str) -> bool:
        family = {name, *self.old.heirs.get(name, ())}
        if any(self.old.resolve(one.name) in family for one in self.reached) or self.subclasses(name):
            return True
        return any(short in self._used for one in family for short in self.old.mentions.get(one, ()))

    @cached_property
    def _used(self) -> set[str]:
        """The last parts of the names that a plugin uses or defines."""
        defined = {member for one in self.reading.classes for member in one.members}
        return {*self.reading.acts, *(part for one in self.reached for part in one.rest), *defined}

    def tests(self, *names: str) -> list[Act]:
        """Return the uses in `isinstance`, `except` and `case` of names, by their last part."""
        return [
            act for name in names for act in self.reading.acts.get(name.rpartition(".")[2], ()) if act.verb == "test"
        ]

    def mentions_class(self, names: Collection[str]) -> list[str]:
        """Return the keys of uses that construct, subclass, test, subscript or pass on a class."""
        found = [act.key for act in self.of_names(names, "call", "run", "get", "item", "test")]
        found += [act.key for act in (one.act for one in self.reached if one.name in names and one.rest)]
        return [*found, *(one.name for name in names for one in self.subclasses(self.old.resolve(name)))]

    def subclasses(self, name: str) -> list[Implementation]:
        """Return the classes of the plugin that derive from a class of the API."""
        return [one for one in self.reading.classes if not one.is_module and self._derives(one, name)]

    def _derives(self, one: Implementation, name: str) -> bool:
        return any(name in self._ancestry(base) for base in self.reading.all_bases(one))

    def bases_of(self, one: Implementation) -> set[str]:
        """Return the classes of the API that a class of the plugin derives from."""
        return {name for base in self.reading.all_bases(one) for name in self._ancestry(base)}

    def _ancestry(self, base: str) -> set[str]:
        meant = self._base_cache.get(base)
        if meant is None:
            path = base.partition("|")[0]
            reached = self._reach(Act("get", path)) if not path.startswith(".") else None
            name = self.old.resolve(reached.name) if reached else self.old.class_named(path[1:])
            if reached and reached.rest:
                name = ".".join((name, *reached.rest))
            meant = self._base_cache[base] = set(self.old.ancestry(name))
        return meant

    @cached_property
    def _base_cache(self) -> dict[str, set[str]]:
        return {}

    def implementers(self, name: str) -> list[Implementation]:
        """Return the classes and modules of the plugin that implement a class of the API.

        They derive from it; or it is a Protocol and they have each of its methods.
        """
        found = self.subclasses(name)
        if self.old.is_protocol(name) or any(self.old.is_protocol(one) for one in self.old.ancestry(name)):
            members = self.old.all_members(name)
            methods = {short for short, path in members.items() if self.old.word(path) in ("def", "async def")}
            required = {short for short in (methods or members) if not short.startswith("__") or short == "__call__"}
            if required:
                found += [
                    one
                    for one in self.reading.classes
                    if one not in found and required <= self.reading.members(one).keys()
                ]
        return [one for one in found if self.reading.is_leaf(one)]


def _is(act: Act, verbs: Sequence[str]) -> bool:
    return not verbs or act.verb in verbs
