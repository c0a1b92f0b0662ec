"""Two surfaces compared, name by name: modules, what they declare, what a star import brings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence, Set

from pluginkit.surface.breakage import callbacks, construction, declarations
from pluginkit.surface.breakage.alternatives import alike, is_typing, of_one_kind, shown
from pluginkit.surface.breakage.facet import Facet, Found, keys
from pluginkit.surface.breakage.members import Members
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration
from pluginkit.surface.view import View


class Comparison:
    """Every difference between two surfaces, with who is concerned."""

    def __init__(self, old: Index, new: Index) -> None:
        self._pair = Pair(old, new)
        self._old, self._new = old, new
        self._met = _reachable(old)
        self._members = Members(self._pair)

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
                            (Facet("callers", "compiled code cannot be read", test, is_unknown=True),))  # fmt: skip

    def _thing(self, names: list[str], one: str, other: str) -> Iterator[Found]:
        """Yield what changed of one thing; `names` are those under which modules of the older surface declare it."""
        internal = all(self._old.names[name][0].internal for name in names) and one not in self._met
        before: Sequence[Declaration] = self._old.names.get(one, ())
        after: Sequence[Declaration] = self._new.names.get(other, ())
        name = one if one in names else names[0]
        line = self._old.names[name][0].line
        if other.endswith(".__getattr__") and not one.endswith(".__getattr__"):
            return
        if not other:
            gone = Facet("callers", "it is gone", lambda view: keys(view.beneath(names)))
            yield Found(name, line, "", (gone, *callbacks.hooked(before, ())), internal)
            return
        if not before or not after:
            if one.rpartition(".")[2] != other.rpartition(".")[2]:
                moved = Facet(
                    "callers", "it is imported from elsewhere", lambda view: keys(view.beneath(names)), is_unknown=True
                )
                yield Found(
                    name, line, self._new.names[name][0].line if name in self._new.names else other, (moved,), internal
                )
            return
        before, after = of_one_kind(before, after)
        after = declarations.as_called(before, after, self._new)
        facets = list(declarations.compare(names, before, after, self._pair))
        first, second = before[0], after[0]
        if alike(before, after) and not facets:
            pass
        else:
            yield Found(
                name, shown(before, after), shown(after, before), tuple(facets), internal, is_typing(before, after)
            )
        if first.word == second.word == "class":
            made = list(construction.compare(names, one, other, self._pair))
            if made:
                lines = [construction.line(*side) for side in ((self._old, one), (self._new, other))]
                yield Found(f"{one}.__init__", lines[0] or line, lines[1] or second.line, tuple(made), internal)
            yield from self._members.changes(one, other, internal=internal, has_constructor=not made)

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
            facet = Facet("callers", f"`import *` no longer imports {', '.join(sorted(gone))}", test)
            yield Found(f"{module}.__all__", first, second, (facet,))


def _reachable(index: Index) -> set[str]:
    """Return the classes that users of the API come across: public ones, and those in the types of public things."""
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
