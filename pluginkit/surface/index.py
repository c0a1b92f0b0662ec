"""A Python surface as a graph: what names and types mean, and what classes inherit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from pluginkit.surface.signature import Declaration, arguments, declaration, returns, split
from pluginkit.surface.spelled import apart

_FARTHEST = 20
"""Aliases followed, and ancestors of a class walked: a surface from an artifact may hold circles."""
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


def _holds(condition: str) -> bool:
    from pluginkit.surface.python.conditions import holds  # few surfaces have any

    return holds(condition)


class Index:
    """The declarations of one surface that apply to the running Python."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.names: dict[str, list[Declaration]] = {}
        """By dotted name; overloads and alternatives share one."""
        self.private: dict[str, set[str]] = {}
        """Dotted name of a module to the private names bound in it."""
        self.members: dict[str, dict[str, str]] = {}
        """Dotted name of a module or class to its members: own name to dotted name."""
        for line in lines:
            found = declaration(line)
            if found.condition and not _holds(found.condition):
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
        """The declared modules; where no line declares one, every owner of a name that is not a class."""
        found = {name for name, lines in self.names.items() if lines[0].word == "module"}
        return found or {owner for owner in self.members if self.word(owner) != "class"}

    def serves(self, name: str) -> bool:
        """Return whether a name that no line declares may come from its module's `__getattr__`."""
        found = self.names.get(name)
        if found and "@lazy" in found[0].decorators:
            return True
        return not found and f"{name.rpartition('.')[0]}.__getattr__" in self.names

    def word(self, name: str) -> str:
        """Return the word of a name's line: `class`, `def`, ...; empty for an attribute, and for an undeclared name."""
        found = self.names.get(name)
        return found[0].word if found else ""

    def resolve(self, name: str) -> str:
        """Return the name that `name` stands for, aliases followed; a name from elsewhere stands for itself."""
        for _ in range(_FARTHEST):
            found = self.names.get(name)
            if found:
                target = _imported(found[0])
                if not target or len(found) > 1:
                    return name
                name = target
                continue
            owner, _, short = name.rpartition(".")
            above = self.resolve_owner(owner)
            if not above or above == owner:
                return name
            name = f"{above}.{short}"
        return name

    def resolve_owner(self, owner: str) -> str:
        """Return the name that an owner stands for; unlike `resolve`, its own owners are not followed."""
        for _ in range(_FARTHEST):
            found = self.names.get(owner)
            target = _imported(found[0]) if found else ""
            if not target:
                return owner
            owner = target
        return owner

    def class_named(self, text: str) -> str:
        """Return the dotted name of the class that an annotation or a base names; empty for a foreign one."""
        head = text.partition("[")[0].strip("'\"")
        for name in (head, self._short.get(head, ""), self._short.get(head.rpartition(".")[2], "")):
            if name and self.word(self.resolve(name)) == "class":
                return self.resolve(name)
        return ""

    def expand(self, text: str) -> str:
        """Return a type with the API's own aliases replaced by what they stand for."""
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
        """Return the bases and the keywords of a class statement, as its line spells them."""
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
        """Return the names of classes from elsewhere that a class derives from, directly or not."""
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
        """Return the classes of the API in the types of a name."""
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
        """Whether most functions annotate what they return, so that types show where instances of a class come from."""
        lines = [line for found in self.names.values() for line in found if line.word in ("def", "async def")]
        said = sum("->" in line.rest for line in lines)
        return said * 4 > len(lines) * 3

    @cached_property
    def mentions(self) -> dict[str, set[str]]:
        """Dotted name of a class to the own names of what has it in its type: where instances of it may come from."""
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
        """Return the class keywords, inherited ones included: `metaclass`, `frozen`, ..."""
        found: dict[str, str] = {}
        for one in reversed(list(self.ancestry(name))):
            pairs = (base.partition("=") for base in self.bases(one))
            found |= {key.strip(): value.strip() for key, equals, value in pairs if equals and key.isidentifier()}
        return found

    def all_members(self, name: str) -> dict[str, str]:
        """Return the members of a class, inherited ones included: own name to dotted name."""
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
        """Return whether a class is there to be implemented: a Protocol, or one with abstract members."""
        if self.is_protocol(name):
            return True
        members = self.all_members(name).values()
        abstract = {"@abstractmethod", "@unimplemented"}
        return any(not abstract.isdisjoint(one.decorators) for path in members for one in self.names[path])

    def asks(self, name: str) -> bool:
        """Return whether a class is a Protocol or declares abstract members itself."""
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
        """Return the annotated result of a function; empty where there is none."""
        found = self.names.get(name, ())
        for one in found:
            if one.word in ("def", "async def"):
                return returns(one)
        return ""


def _imported(line: Declaration) -> str:
    """Return what an alias stands for; empty for a line that is none."""
    mark, _, target = line.rest.partition(" from ")
    return "" if mark or line.word != "import" else target
