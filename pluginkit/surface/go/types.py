"""Go types as surfaces spell them, parsed into trees of tuples that can be compared.

("name", NAME, arguments)     a named or predeclared type, or `$0`, a type parameter
("*", T)  ("[]", T)  ("[4]", T)  ("map", K, V)  ("chan", T)  ("<-chan", T)  ("chan<-", T)  ("|", term, ...)
("~", T)                      in constraints
("func", parameters, results) with ("...", T) last where it is variadic
("struct", (NAME, T, tag, whether it is embedded), ...)
("interface", ((NAME, signature), ...), constraints)
("text", TEXT)                what could not be parsed
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

Type: TypeAlias = tuple[Any, ...]

_NAME = re.compile(r'[^\s\[\](){},;*"<|~=]+')
_WORD = re.compile(rf"(\.\.\.)?({_NAME.pattern})")
_RESULT = re.compile(r' [^|}"=]')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+("?)')
"""A string, closed or not: what is not is passed over once, whatever quotes are in it."""
_SAME = {"byte": "uint8", "rune": "int32"}
_DEEPEST = 80
ANY: Type = ("interface", (), ())
"""The interface that every type implements."""


@lru_cache(maxsize=16384)
def parse(text: str) -> Type:
    """Return the tree of a type; of an untyped constant that is a name too."""
    if text.startswith("untyped "):
        return ("name", text, ())
    return _parsed(text, lambda reader: reader.type())


@lru_cache(maxsize=16384)
def parse_signature(text: str) -> Type:
    """Return the tree of a function, given what follows its name: without type parameters."""
    return _parsed(text, lambda reader: reader.signature())


@lru_cache(maxsize=4096)
def parse_parameters(text: str) -> tuple[Type, ...]:
    """Return the constraints of type parameters, given in brackets; nothing for no text."""
    tree = _parsed(text, lambda reader: reader.constraints()) if text else ("constraints",)
    return tree[1:] if tree[0] == "constraints" else (tree,)


def parse_field(text: str) -> tuple[Type, str]:
    """Return the type and the tag, still quoted, of what follows the name of a field."""
    ends = (found.start() for found in _QUOTED.finditer(text) if found[1] and found.end() == len(text))
    start = next(ends, len(text))
    return parse(text[:start].rstrip()), text[start:]


def without_names(text: str, names: Mapping[str, str]) -> str:
    """Return a spelling in which other names stand for some: those of type parameters, as older surfaces have them."""
    return _WORD.sub(lambda found: (found[1] or "") + names.get(found[2], found[2]), text) if names else text


def with_paths(text: str, paths: Mapping[str, str]) -> str:
    """Return a spelling with import paths where it has names of packages, as reflect does."""

    def spelled(found: re.Match[str]) -> str:
        package, dot, name = found[2].rpartition(".")
        return f"{found[1] or ''}{paths.get(package, package)}{dot}{name}"

    return _WORD.sub(spelled, text)


def names_in(text: str) -> set[str]:
    """Return all words of a spelling that may be names of types."""
    return {found[2] for found in _WORD.finditer(text)}


def _parsed(text: str, read: Callable[[_Reader], Type]) -> Type:
    reader = _Reader(text)
    try:
        tree = read(reader)
    except (_NotAType, IndexError):
        return ("text", text)
    return tree if reader.at == len(text) else ("text", text)


class _NotAType(Exception):  # noqa: N818 - never leaves this module
    """What is read is no type."""


class _Reader:
    """Reads one spelling from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def takes(self, text: str) -> bool:
        """Step over `text` if it comes next."""
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def expect(self, text: str) -> None:
        if not self.takes(text):
            raise _NotAType

    def type(self) -> Type:
        """Read a type."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NotAType
        tree = self.composite() or self.named()
        self.depth -= 1
        return tree

    def composite(self) -> Type | None:
        """Read a type that begins with a sign or a keyword; None where a name comes."""
        found = _COMPOSITE.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return _READERS[found["word"] or found["sign"]](self)

    def array(self) -> Type:
        end = self.text.index("]", self.at) if "]" in self.text[self.at : self.at + 30] else self.at
        length, self.at = self.text[self.at : end], end + 1
        return (f"[{length}]", self.type())

    def parenthesised(self) -> Type:
        tree = self.type()
        self.expect(")")
        return tree

    def map(self) -> Type:
        key = self.type()
        self.expect("]")
        return ("map", key, self.type())

    def named(self) -> Type:
        name = self.word()
        arguments: list[Type] = []
        if self.takes("["):
            arguments.append(self.type())
            while self.takes(", "):
                arguments.append(self.type())
            self.expect("]")
        return ANY if name == "any" else ("name", _SAME.get(name, name), tuple(arguments))

    def word(self) -> str:
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise _NotAType
        self.at = found.end()
        return found[0]

    def signature(self) -> Type:
        """Read parameters and results, without or with names."""
        parameters = self.tuple()
        results: tuple[Type, ...] = ()
        if self.text.startswith(" (", self.at):
            self.at += 1
            results = self.tuple()
        elif self.text.startswith(" ", self.at) and self.text[self.at + 1 : self.at + 2] not in (
            "",
            "|",
            "}",
            '"',
            "=",
        ):
            self.at += 1
            results = (self.type(),)
        return ("func", parameters, results)

    def tuple(self) -> tuple[Type, ...]:
        self.expect("(")
        found: list[Type] = []
        while not self.takes(")"):
            found.append(self.parameter())
            if not self.takes(", ") and not self.text.startswith(")", self.at):
                raise _NotAType
        return tuple(found)

    def parameter(self) -> Type:
        if self.takes("..."):
            return ("...", self.type())
        tree = self.type()
        if tree[0] == "name" and self.takes(" "):  # it was the name of the parameter
            return ("...", self.type()) if self.takes("...") else self.type()
        return tree

    def struct(self) -> Type:
        fields = []
        while self.more():
            start, named = self.at, _FIELD.match(self.text, self.at)
            name = named["name"] if named and named["name"] not in _KEYWORDS else ""
            self.at = named.end() if named and name else start
            embedded = self.takes("= ") or not name
            tree = self.type()
            fields.append((name or base_name(tree), tree, self.tag(), embedded))
        return ("struct", *fields)

    def tag(self) -> str:
        found = _STRING.match(self.text, self.at + 1) if self.text.startswith(" ", self.at) else None
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def interface(self) -> Type:
        methods: list[tuple[str, Type]] = []
        constraints: list[Type] = []
        while self.more():
            method = _METHOD.match(self.text, self.at)
            if method and method["name"] not in _KEYWORDS:
                self.at = method.end()
                methods.append((method["name"], self.signature()))
            else:
                constraints.append(self.union())
        return ("interface", tuple(sorted(methods)), tuple(constraints))

    def more(self) -> bool:
        """Step to the next part between braces; return whether there is one."""
        if self.takes("{}") or self.takes(" }"):
            return False
        if not self.takes("{ ") and not self.takes("; "):
            raise _NotAType
        return True

    def union(self) -> Type:
        terms = [self.term()]
        while self.takes(" | "):
            terms.append(self.term())
        return ("|", *sorted(terms)) if len(terms) > 1 else terms[0]

    def term(self) -> Type:
        return ("~", self.type()) if self.takes("~") else self.type()

    def constraints(self) -> Type:
        self.expect("[")
        found: list[Type] = []
        while not self.takes("]"):
            self.word()
            self.expect(" ")
            found.append(self.union())
            self.takes(", ")
        return ("constraints", *found)


def base_name(tree: Type) -> str:
    """Return the name that an embedded field of a type has."""
    while tree[0] == "*":
        tree = tree[1]
    return str(tree[1]).rpartition(".")[2] if tree[0] == "name" else ""


_KEYWORDS = {"chan", "chan<-", "<-chan", "func", "interface", "map", "struct"}
_COMPOSITE = re.compile(r"(?P<word>chan<- |<-chan |chan |func(?=\()|interface |map\[|struct )|(?P<sign>\*|\[\]|\[|\()")
_FIELD = re.compile(r'(?P<name>[^\s\[\](){},;*"<|~=.]+) (?=[^"};])')
_METHOD = re.compile(r'(?P<name>[^\s\[\](){},;*"<|~=]+)(?=\()')
_READERS: Mapping[str, Callable[[_Reader], Type]] = {
    "*": lambda reader: ("*", reader.type()),
    "[]": lambda reader: ("[]", reader.type()),
    "[": _Reader.array,
    "(": _Reader.parenthesised,
    "map[": _Reader.map,
    "chan ": lambda reader: ("chan", reader.type()),
    "<-chan ": lambda reader: ("<-chan", reader.type()),
    "chan<- ": lambda reader: ("chan<-", reader.type()),
    "func": _Reader.signature,
    "struct ": _Reader.struct,
    "interface ": _Reader.interface,
}
