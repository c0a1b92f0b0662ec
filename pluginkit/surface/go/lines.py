r"""Lines of a Go surface taken apart: one record a declaration, and the packages that they make up.

    const Bad Status = 1
    var Default Plugin
    func Sum[$0 Number]([]$0) ($0, error)
    type Request struct { base; ID; URL } //incomparable
    type Request struct, ID string "json:\"id\""
    type Request struct, embedded base
    type Request struct, promoted Host string
    type Plugin interface, Close() error
    type Handler = net/http.Handler
    type net/http.Handler interface, ServeHTTP(net/http.ResponseWriter, *net/http.Request)
    type local implements Plugin
    method (*Request) Reset()
    unknown type T embeds example.org/x.T

Each begins with `pkg PATH, `, and may end with ` //deprecated`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pluginkit.core.frozen import record
from pluginkit.surface.go.types import base_name, parse
from pluginkit.surface.marks import DEPRECATED

_GENERIC = ("type", "func", "method", "asks")
INCOMPARABLE = " //incomparable"

_N = r'[^\s\[\](){},;*"<|~=]+'
_LINE = re.compile(r"pkg (?P<path>[^\s,]+), (?P<text>.*)", re.DOTALL)
_METHOD = re.compile(rf"method \((?P<star>\*?)(?P<owner>{_N})(?:\[[^\])]*\])?\) (?P<name>{_N})(?P<text>.*)", re.DOTALL)
_MEMBER = re.compile(rf"type (?P<owner>{_N}) (?P<form>struct|interface), (?P<text>.*)", re.DOTALL)
_PART = re.compile(rf"(?P<name>{_N}|\({_N}\))(?P<text>.*)", re.DOTALL)
_IMPLEMENTS = re.compile(rf"type (?P<star>\*?)(?P<owner>{_N}) implements (?P<name>{_N})")
_UNKNOWN = re.compile(rf"unknown (?:const|var|func|type|method) (?:\(\*?{_N}\) )?(?P<name>{_N})(?P<text>.*)", re.DOTALL)
_TOP = re.compile(rf"(?P<kind>const|var|func|type) (?P<name>{_N})(?P<text>.*)", re.DOTALL)


@record
class Item:
    """One line."""

    line: str
    path: str
    """Import path of the package whose surface it is part of."""
    kind: str
    """`const`, `var`, `func`, `type`, `alias`; of a type `field`, `embedded`, `promoted`, `method`, `asks` (a method of
    an interface), `implements`; `unknown`."""
    owner: str
    """The type that it is part of; empty at the top level. With its import path if it is another package's."""
    name: str
    text: str
    """What follows the name: signature, type, type and value; of an alias what it stands for."""
    parameters: str = ""
    """Its type parameters, in brackets."""
    star: bool = False
    """Whether only pointers have it: of `method` and `implements`."""
    deprecated: bool = False
    incomparable: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by: owner and name."""
        return self.owner, self.name

    @property
    def dotted(self) -> str:
        """Its dotted name, with the import path of the package that it is of."""
        full = f"{self.owner}.{self.name}" if self.owner else self.name
        return full if "." in (self.owner or self.name) else f"{self.path}.{full}"

    @property
    def rest(self) -> str:
        """What follows the name on the line, without marks; of an embedded field its type."""
        if self.kind in ("func", "method", "asks", "embedded") or self.text.startswith("("):
            return self.parameters + self.text
        return f"{self.parameters}{' =' * (self.kind == 'alias')} {self.text}" if self.text else ""

    @property
    def place(self) -> str:
        """What it stands in: `type Request struct`, `interface Plugin`, `type Request`, `package acme/pluginapi`."""
        if self.kind in ("field", "embedded", "promoted"):
            return f"type {self.owner} struct"
        if self.owner:
            return f"{'interface' if self.kind == 'asks' else 'type'} {self.owner}"
        return f"package {self.path}"

    @property
    def public(self) -> bool:
        """Whether importers can name it, if they can its owner."""
        return self.name[:1].isupper()


@lru_cache(maxsize=65536)
def item(line: str) -> Item:
    """Take a line apart. What is no line of Go is `unknown`, under its own text."""
    found = _LINE.fullmatch(line)
    if found is None:
        return Item(line, "", "unknown", "", line, "")
    path, text = found["path"], found["text"]
    deprecated = text.endswith(DEPRECATED)
    text = text.removesuffix(DEPRECATED)
    incomparable = text.endswith(INCOMPARABLE)
    kind, owner, name, rest, star = _parts(text.removesuffix(INCOMPARABLE))
    end = _brackets(rest) if kind in _GENERIC and rest.startswith("[") else 0
    own, rest = rest[:end], rest[end:].removeprefix(" ")
    if kind == "type" and rest.startswith("= "):
        kind, rest = "alias", rest[2:]
    return Item(line, path, kind, owner, name, rest, own, star, deprecated, incomparable)


def _parts(text: str) -> tuple[str, str, str, str, bool]:
    """Return kind, owner, name, the rest, and whether it is of pointers only."""
    if found := _METHOD.fullmatch(text):
        return "method", found["owner"], found["name"], found["text"], bool(found["star"])
    if found := _MEMBER.fullmatch(text):
        return (*_member(found["owner"], found["form"], found["text"]), False)
    if found := _IMPLEMENTS.fullmatch(text):
        return "implements", found["owner"], found["name"], "", bool(found["star"])
    if found := _TOP.fullmatch(text):
        return found["kind"], "", found["name"], found["text"], False
    if found := _UNKNOWN.fullmatch(text):
        return "unknown", "", found["name"], found["text"], False
    return "unknown", "", text, "", False


def _brackets(text: str) -> int:
    """Return how long the type parameters are that a text begins with."""
    depth = 0
    for index, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if depth == 0:
            return index + 1 if index else 0
    return 0


def _member(owner: str, form: str, text: str) -> tuple[str, str, str, str]:
    if form == "struct":
        for kind in ("embedded", "promoted"):
            if text.startswith(f"{kind} "):
                return _embedded(owner, text[9:]) if kind == "embedded" else _named(kind, owner, text[9:])
    return _named("field" if form == "struct" else "asks", owner, text)


def _named(kind: str, owner: str, text: str) -> tuple[str, str, str, str]:
    found = _PART.fullmatch(text)
    if found is None:
        return "unknown", owner, text, ""
    return kind, owner, found["name"], found["text"]


def _embedded(owner: str, text: str) -> tuple[str, str, str, str]:
    """Return an embedded field, which is called after its type unless that is written `NAME = TYPE`."""
    name, mark, rest = text.partition(" = ")
    if mark and re.fullmatch(_N, name):
        return "embedded", owner, name, rest
    return "embedded", owner, base_name(parse(text.partition(' "')[0])) or text, text


@record
class Package:
    """The surface of one package, by name."""

    path: str
    items: tuple[Item, ...]
    tops: dict[str, Item]
    """Constants, variables, functions, types and aliases. Types of other packages have their import path."""
    members: dict[str, dict[str, Item]]
    """Of each type, what it consists of and offers, without `implements`."""

    def type(self, name: str) -> Item | None:
        """Return the type of that name that is no alias, if it is part of the surface."""
        found = self.tops.get(name)
        return found if found is not None and found.kind == "type" else None


def packages(lines: Iterable[str]) -> dict[str, Package]:
    """Return the packages of a surface by import path."""
    found: dict[str, list[Item]] = {}
    for line in lines:
        one = item(line)
        found.setdefault(one.path, []).append(one)
    return {path: _package(path, items) for path, items in found.items()}


def _package(path: str, items: list[Item]) -> Package:
    tops: dict[str, Item] = {}
    members: dict[str, dict[str, Item]] = {}
    for one in items:
        if one.kind in ("unknown", "implements"):
            continue
        if one.owner:
            members.setdefault(one.owner, {})[one.name] = one
        else:
            tops[one.name] = one
    return Package(path, tuple(items), tops, members)
