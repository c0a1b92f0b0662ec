"""A Python surface as a graph: what each name means, what a class has from its bases, what a type means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from pluginkit.surface.python.conditions import holds
from pluginkit.surface.signature import Declaration, arguments, declaration, returns, split
from pluginkit.surface.types import apart, fits

_FARTHEST = 20
"""Aliases followed and classes walked above one: surfaces come from artifacts, and may lie."""
_PLAIN = {"int", "float", "str", "bytes", "bool", "list", "dict", "tuple", "set", "frozenset", "None"}
_LONGEST_TYPE = 2_000
_INTERFACES = {"ABC", "Protocol"}
_MIXED = {
    "IntEnum": ("int", "Enum"),
    "StrEnum": ("str", "Enum"),
    "IntFlag": ("int", "Flag", "Enum"),
    "Flag": ("Enum",),
    "ReprEnum": ("Enum",),
    "NamedTuple": ("tuple",),
}
_WORD = re.compile(r"[^\W\d][\w.]*")


class Index:
    """The declarations of one surface that hold for the Python which runs now."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.names: dict[str, list[Declaration]] = {}
        """By dotted name; overloads and alternatives share one."""
        self.private: dict[str, set[str]] = {}
        """Dotted name of a module to what else is bound in it, which nobody is meant to use."""
        self.members: dict[str, dict[str, str]] = {}
        """Dotted name of a module or class to what stands in it: own name to dotted name."""
        for line in lines:
            found = declaration(line)
            if found.condition and not holds(found.condition):
                continue
            if found.word == "private":
                self.private.setdefault(found.name, set()).update(part.strip() for part in found.rest[1:].split(","))
                continue
            self.names.setdefault(found.name, []).append(found)
            self.members.setdefault(found.owner, {})[found.short] = found.name

    @cached_property
    def _short(self) -> dict[str, str]:
        """Own name of each class and alias to its dotted name; empty where several have it."""
        found: dict[str, str] = {}
        for name, (first, *_) in self.names.items():
            if first.word in ("class", "type"):
                found[first.short] = "" if first.short in found else name
        return found

    @cached_property
    def modules(self) -> set[str]:
        """The modules that lines declare; where none do, whatever names stand in that is no class."""
        found = {name for name, lines in self.names.items() if lines[0].word == "module"}
        return found or {owner for owner in self.members if self.word(owner) != "class"}

    def serves(self, name: str) -> bool:
        """Return whether a name that no line declares is of a module that makes names when they are asked for."""
        return name not in self.names and f"{name.rpartition('.')[0]}.__getattr__" in self.names

    def word(self, name: str) -> str:
        """Return what kind of thing a name declares, as its line says; empty for an attribute, and for no name."""
        found = self.names.get(name)
        return found[0].word if found else ""

    def resolve(self, name: str) -> str:
        """Return the name under which a line declares what `name` means; what is elsewhere keeps its own."""
        for _ in range(_FARTHEST):
            found = self.names.get(name)
            if found:
                if found[0].word != "import" or len(found) > 1:
                    return name
                name = found[0].rest.removeprefix(" from ")
                continue
            owner, _, short = name.rpartition(".")
            above = self.resolve_owner(owner)
            if not above or above == owner:
                return name
            name = f"{above}.{short}"
        return name

    def resolve_owner(self, owner: str) -> str:
        """Return what the prefix of a name means, without the depth of a whole look-up."""
        for _ in range(_FARTHEST):
            found = self.names.get(owner)
            if not found or found[0].word != "import":
                return owner
            owner = found[0].rest.removeprefix(" from ")
        return owner

    def class_named(self, text: str) -> str:
        """Return the class that an annotation or a base means by its short or dotted name; empty for none of these."""
        head = text.partition("[")[0].strip("'\"")
        for name in (head, self._short.get(head, ""), self._short.get(head.rpartition(".")[2], "")):
            if name and self.word(self.resolve(name)) == "class":
                return self.resolve(name)
        return ""

    def expand(self, text: str) -> str:
        """Return a type with what the API's own aliases in it mean."""
        for _ in range(_FARTHEST):
            made = _WORD.sub(lambda found: self._meaning(found[0]) or found[0], text)
            if made == text or len(made) > _LONGEST_TYPE:
                return text
            text = made
        return text

    def _meaning(self, text: str) -> str | None:
        found = self.names.get(self._short.get(text, text))
        if not found or found[0].word != "type":
            return None
        meant = found[0].rest.removeprefix(" = ")
        return meant.removeprefix("NewType[").removesuffix("]") if meant.startswith("NewType[") else meant

    def bases(self, name: str) -> list[str]:
        """Return what a class derives from, as its line says: classes, then keywords."""
        if name not in self._bases:
            found = self.names.get(name)
            self._bases[name] = [base for base in split(arguments(found[0]), ",") if base] if found else []
        return self._bases[name]

    @cached_property
    def _bases(self) -> dict[str, list[str]]:
        return {}

    def ancestry(self, name: str) -> Sequence[str]:
        """Return a class and those of the surface that it derives from, nearest first."""
        if name not in self._ancestries:
            self._ancestries[name] = self._ancestry(name)
        return self._ancestries[name]

    @cached_property
    def _ancestries(self) -> dict[str, Sequence[str]]:
        return {}

    def _ancestry(self, name: str) -> Sequence[str]:
        waiting, seen = [name], dict[str, None]()
        while waiting and len(seen) < _FARTHEST:
            current = waiting.pop(0)
            if current in seen or self.word(current) != "class":
                continue
            seen[current] = None
            waiting += [found for base in self.bases(current) if "=" not in base and (found := self.class_named(base))]
        return list(seen)

    def foreign_bases(self, name: str) -> set[str]:
        """Return the last names of those classes elsewhere that a class derives from, directly or not."""
        found = set[str]()
        for one in self.ancestry(name):
            for base in self.bases(one):
                if "=" not in base and not self.class_named(base):
                    name = apart(base)[0]
                    found |= {name, *_MIXED.get(name.rpartition(".")[2], ())}
        return found - {"object"}

    def words(self, text: str) -> list[str]:
        """Return the dotted names in a type."""
        return _WORD.findall(text)

    def types_of(self, path: str) -> set[str]:
        """Return the classes that the lines of a name have in their types."""
        if path not in self._types:
            words = {word for line in self.names.get(path, ()) for word in _WORD.findall(self.expand(line.rest))}
            self._types[path] = {meant for word in words if (meant := self.class_named(word))}
        return self._types[path]

    @cached_property
    def _types(self) -> dict[str, set[str]]:
        return {}

    @cached_property
    def owners(self) -> dict[str, set[str]]:
        """Own name of each member to the classes that declare one."""
        found: dict[str, set[str]] = {}
        for owner, members in self.members.items():
            if self.word(owner) == "class":
                for short in members:
                    found.setdefault(short, set()).add(owner)
        return found

    @cached_property
    def heirs(self) -> dict[str, set[str]]:
        """Dotted name of each class to those that derive from it."""
        found: dict[str, set[str]] = {}
        for name, (first, *_) in self.names.items():
            if first.word == "class":
                for above in self.ancestry(name):
                    found.setdefault(above, set()).add(name)
        return found

    @cached_property
    def is_typed(self) -> bool:
        """Whether most functions say what they return, so that types show how one gets hold of a class."""
        lines = [line for found in self.names.values() for line in found if line.word in ("def", "async def")]
        said = sum("->" in line.rest for line in lines)
        return said * 4 > len(lines) * 3

    @cached_property
    def mentions(self) -> dict[str, set[str]]:
        """Dotted name of a class to the own names of what has it in its type: ways on which one gets hold of it."""
        found: dict[str, set[str]] = {}
        for lines in self.names.values():
            for line in lines:
                if line.word in ("import", "module", "class"):
                    continue
                for word in _WORD.findall(line.rest):
                    if meant := self.class_named(word):
                        found.setdefault(meant, set()).add(line.short)
        return found

    def keywords(self, name: str) -> dict[str, str]:
        """Return the keywords of a class statement, those of bases included: `metaclass`, `frozen`, ..."""
        found: dict[str, str] = {}
        for one in reversed(list(self.ancestry(name))):
            pairs = (base.partition("=") for base in self.bases(one))
            found |= {key.strip(): value.strip() for key, equals, value in pairs if equals and key.isidentifier()}
        return found

    def all_members(self, name: str) -> dict[str, str]:
        """Return the members of a class with those it has from its bases: own name to dotted name."""
        if name not in self._all_members:
            found: dict[str, str] = {}
            for one in reversed(self.ancestry(name)):
                found |= self.members.get(one, {})
            self._all_members[name] = found
        return self._all_members[name]

    @cached_property
    def _all_members(self) -> dict[str, dict[str, str]]:
        return {}

    def is_interface(self, name: str) -> bool:
        """Return whether others implement a class: a Protocol, or one with something abstract in it."""
        if self.is_protocol(name):
            return True
        members = self.all_members(name).values()
        abstract = {"@abstractmethod", "@unimplemented"}
        return any(not abstract.isdisjoint(one.decorators) for path in members for one in self.names[path])

    def asks(self, name: str) -> bool:
        """Return whether a class itself has something for others to implement, as what a host hands out has."""
        lines = (line for path in self.members.get(name, {}).values() for line in self.names[path])
        return self.is_protocol(name) or any({"@abstractmethod", "@unimplemented"} & line.decorators for line in lines)

    def is_protocol(self, name: str) -> bool:
        """Return whether a class is a Protocol itself (PEP 544: deriving from one is not enough)."""
        return any(apart(base)[0] == "Protocol" for base in self.bases(name))

    def is_abstract(self, name: str) -> bool:
        """Return whether a class derives from ABC, or is a Protocol."""
        return bool(_INTERFACES & self.foreign_bases(name)) or self.keywords(name).get("metaclass", "").endswith(
            "ABCMeta"
        )

    def star(self, module: str) -> set[str]:
        """Return the names that `from module import *` binds."""
        found = self.names.get(f"{module}.__all__")
        if found:
            return {part.strip() for part in found[0].rest.removeprefix(" = ").split(",")}
        lines = {name: self.names[path][0] for name, path in self.members.get(module, {}).items()}
        return {name for name, line in lines.items() if name[:1] != "_" and line.word != "module" and not line.internal}

    def result(self, name: str) -> str:
        """Return the type that calling or reading a name gives, as it is spelled; empty where nothing says it."""
        found = self.names.get(name, ())
        for one in found:
            if one.word in ("def", "async def"):
                return returns(one)
        return ""


class Pair:
    """An older and a newer surface, and how types of one stand to types of the other."""

    def __init__(self, old: Index, new: Index) -> None:
        self.old, self.new = old, new

    def given(self, now: str, was: str) -> bool | None:
        """Return whether what comes from the newer API, of the type `now`, may stand for the type it had."""
        return fits(self.new.expand(now), self.old.expand(was), _derives(self.new, self.old))

    def taken(self, was: str, now: str) -> bool | None:
        """Return whether what was of the type `was` may be given to the newer API, which takes `now`."""
        return fits(self.old.expand(was), self.new.expand(now), _derives(self.old, self.new))


def _derives(first: Index, second: Index) -> Callable[[str, str], bool | None]:
    """Return whether a class of one surface does all that one of the other does; None where it is not known."""

    def derives(given: str, wanted: str) -> bool | None:
        own, other = first.class_named(given), second.class_named(wanted)
        if not own:
            plain = given in _PLAIN and other and not second.is_protocol(other)
            return False if plain and not second.foreign_bases(other) else None
        above = {one.rpartition(".")[2] for one in (*first.ancestry(own), *first.foreign_bases(own))}
        if wanted.rpartition(".")[2] in above:
            return True
        if other and own.rpartition(".")[2] in {one.rpartition(".")[2] for one in second.ancestry(other)}:
            return True  # said less precisely
        if not other:
            untold = first.foreign_bases(own) - {"Generic", "ABC", "Protocol"}
            return False if not untold and wanted in _PLAIN else None
        mine, theirs = first.all_members(own), second.all_members(other)
        return all(
            name in mine
            and [(one.word, one.rest) for one in first.names[mine[name]]]
            == [(one.word, one.rest) for one in second.names[path]]
            for name, path in theirs.items()
            if not name.startswith("__")
        )

    return derives
