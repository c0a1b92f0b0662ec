"""A plugin's uses in terms of the surface it was built for: what it reaches, and what it implements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from pluginkit.surface.index import Index
from pluginkit.surface.reached import Reached, grouped, packages, reach
from pluginkit.surface.signature import annotation
from pluginkit.surface.uses import Act, Implementation, Reading, Uses

_EVERY_MODULE = frozenset(
    f"__{name}__" for name in ("all", "dict", "doc", "file", "loader", "name", "package", "path", "spec")
)


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

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Reached]]:
        """What `reached` holds, by the name that is reached."""
        return grouped((one.name, one) for one in self.reached)

    @cached_property
    def _by_rest(self) -> Mapping[str, Sequence[Reached]]:
        """The same by each attribute that is looked up; `*` of those that are computed."""
        return grouped((part, one) for one in self.reached for part in dict.fromkeys(one.rest))

    @cached_property
    def _packages(self) -> set[str]:
        return packages(self.old)

    def _reach(self, act: Act) -> Reached:
        return reach(act, self.old, self._packages)

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
        met = (one for name in dict.fromkeys(names) for one in self._by_name.get(name, ()))
        return [one.act for one in met if not one.rest and _is(one.act, verbs)]

    def beneath(self, names: Collection[str]) -> list[Act]:
        """Return the uses of module-level names and of their attributes, except those with a fallback."""
        public = [name for name in names if not self.old.names[name][0].internal] if names else ()
        owners = {name.rpartition(".")[0] for name in public}
        computed = [one.act for owner in owners for one in self._by_name.get(owner, ()) if one.is_computed]
        computed += [act for owner in owners for act in self._computed.get(owner, ())]
        met = (one.act for name in dict.fromkeys(names) for one in self._by_name.get(name, ()))
        return [*computed, *(act for act in met if not act.has_fallback)]

    @cached_property
    def _computed(self) -> Mapping[str, Sequence[Act]]:
        """The uses of computed names of modules, by the module."""
        return grouped((one.module, one.act) for one in self._by_name.get("", ()) if one.rest == ("*",))

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
        met = [*self._by_rest.get(short, ()), *(one for one in self._by_rest.get("*", ()) if one.is_computed)]
        for one in met:
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
        if any(map(self._met.get, family)):
            return True
        if self.subclasses(name):
            return True
        ways = {short for one in family for short in self.old.mentions.get(one, ())}
        if not ways.isdisjoint(self._last_parts):
            return True
        return self.old.asks(name) and not self.reading.paths

    @cached_property
    def _met(self) -> Mapping[str, bool]:
        """The names that are reached, aliases followed, each with whether more is done than naming or testing it."""
        found: dict[str, bool] = {}
        for name, uses in self._by_name.items():
            meant = self.old.resolve(name)
            found[meant] = found.get(meant, False) or any(one.act.verb not in ("name", "test") for one in uses)
        return found

    @cached_property
    def _last_parts(self) -> set[str]:
        return {one.rest[-1] if one.rest else one.name.rpartition(".")[2] for one in self.reached}

    def _reaches(self, name: str) -> bool:
        family = {name, *self.old.heirs.get(name, ())}
        if not family.isdisjoint(self._met) or self.subclasses(name):
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

    def subclasses(self, name: str) -> Sequence[Implementation]:
        """Return the classes of the plugin that derive from a class of the API."""
        return self._subclasses.get(name, ())

    @cached_property
    def _subclasses(self) -> Mapping[str, Sequence[Implementation]]:
        classes = (one for one in self.reading.classes if not one.is_module)
        return grouped((above, one) for one in classes for above in self.bases_of(one))

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

    def implementers(self, name: str) -> Sequence[Implementation]:
        """Return the classes and modules of the plugin that implement a class of the API.

        They derive from it; or it is a Protocol and they have each of its methods.
        """
        if name not in self._implementers:
            self._implementers[name] = self._found_implementers(name)
        return self._implementers[name]

    @cached_property
    def _implementers(self) -> dict[str, Sequence[Implementation]]:
        return {}

    def _found_implementers(self, name: str) -> list[Implementation]:
        found = list(self.subclasses(name))
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
