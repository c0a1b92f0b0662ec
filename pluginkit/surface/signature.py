"""Lines of a surface taken apart: declaration, parameters, annotation. Pure text, linear in its length.

A Go line begins with `pkg` and the import path, as in the `api/*.txt` files of Go itself; all others are Python's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.go.lines import Item

_LINE = re.compile(
    r"(?P<decorators>(?:@[\w.]+(?:\([^()]*\))? )*)"
    r"(?P<word>(?:async def|def|class|property|field|module|import|private|type|unknown) )?"
    r"(?P<name>[\w.]+)(?P<rest>.*)",
    re.DOTALL,
)
_PARAMETER = re.compile(r"(?P<stars>\*{0,2})(?P<name>\w*)(?P<rest>.*)", re.DOTALL)
_OPEN, _CLOSE = "([{", ")]}"
_INTERNAL = "@internal"


@record
class Parameter:
    """One parameter of a function."""

    name: str
    kind: str
    """`positional`, `either`, `keyword`, `*` or `**`."""
    annotation: str = ""
    optional: bool = False


@record
class Declaration:
    """One line of a surface; a line that is none keeps its whole text as the name."""

    line: str
    name: str
    word: str = ""
    """`def`, `async def`, `class`, `property`, `field`, `module`, `import`, `type`, `unknown`; empty for an attribute.

    Go: `const`, `var`, `func`, `type`, `field`, `embedded`, `promoted`, `implements`, `unknown`, `func (*T)` of a
    method; empty in an interface.
    """
    decorators: frozenset[str] = frozenset()
    rest: str = ""
    """What follows the name; of an embedded field its type."""
    place: str = ""
    """Go: what it stands in, as in `type Request struct`, `interface Plugin`, `package acme/pluginapi`."""
    condition: str = ""
    """Python source of what must hold for it; empty where it always does."""
    internal: bool = False
    """It can be imported, or met through another declaration, and is not public."""

    @property
    def owner(self) -> str:
        """Dotted name of what it stands in."""
        return self.name.rpartition(".")[0]

    @property
    def short(self) -> str:
        """Its own name."""
        return self.name.rpartition(".")[2]


@lru_cache(maxsize=4096)
def declaration(line: str) -> Declaration:
    """Take a surface line apart."""
    if line.startswith("pkg "):
        from pluginkit.surface.go.lines import item  # a host in Python has no lines of Go

        return _go_declaration(item(line))
    condition, text = _condition(line)
    found = _LINE.fullmatch(text)
    if not found:
        return Declaration(line, line)
    decorators = frozenset(re.findall(r"@[\w.]+(?:\([^()]*\))?", found["decorators"]))
    internal = _INTERNAL in decorators
    word = (found["word"] or "").strip()
    return Declaration(
        line, found["name"], word, decorators - {_INTERNAL}, found["rest"], condition=condition, internal=internal
    )


def _condition(line: str) -> tuple[str, str]:
    """Return the condition a line begins with, and the rest."""
    if not line.startswith("if "):
        return "", line
    for index, char, depth in _outside_quotes(line):
        if char == ":" and depth == 0:
            return line[3:index], line[index + 1 :].lstrip(" ")
    return "", line


def _go_declaration(one: Item) -> Declaration:
    if not one.path:
        return Declaration(one.line, one.line)
    word = {"alias": "type", "asks": "", "method": f"func ({'*' * one.star}{one.owner})"}.get(one.kind, one.kind)
    return Declaration(one.line, one.dotted, word, rest=one.rest, place=one.place)


def split(text: str, separator: str) -> list[str]:
    """Split at `separator`, one character, outside brackets and quotes; parts are stripped."""
    parts, start = [], 0
    for index, char, depth in _outside_quotes(text):
        if char == separator and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()]


def _outside_quotes(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield (index, character, brackets open after it) of all that is not within quotes."""
    depth, quote, skip = 0, "", False
    for index, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char in _OPEN) - (char in _CLOSE)
            yield index, char, depth


def arguments(declared: Declaration) -> str:
    """Return what stands between the parentheses after the name: parameters, or base classes."""
    return _parted(declared.rest)[0]


def returns(declared: Declaration) -> str:
    """Return the annotation after `->`, empty where there is none."""
    return _parted(declared.rest)[1].partition("->")[2].strip()


@lru_cache(maxsize=16384)
def _parted(rest: str) -> tuple[str, str]:
    """Return what the first parentheses hold, and what comes after them."""
    start = -1
    for index, char, depth in _outside_quotes(rest):
        if char == "(" and depth == 1 and start < 0:
            start = index
        elif char in _CLOSE and depth == 0 and start >= 0:
            return rest[start + 1 : index], rest[index + 1 :]
    return "", rest


def annotation(declared: Declaration) -> str:
    """Return the annotation of an attribute, field or property, empty where there is none."""
    if not declared.rest.startswith(":"):
        return ""
    return split(declared.rest[1:], "=")[0]


def has_default(declared: Declaration) -> bool:
    """Return whether an attribute or field is given a value where it is declared."""
    return len(split(declared.rest, "=")) > 1


def parameters(declared: Declaration) -> tuple[Parameter, ...]:
    """Return the parameters of a `def` line in order, `self` and `cls` included."""
    return _parameters(declared.rest)


@lru_cache(maxsize=16384)
def _parameters(rest: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    kind = "either"
    for text in split(_parted(rest)[0], ","):
        part = _PARAMETER.fullmatch(text)
        if not text or part is None:
            continue
        if text == "/":
            found = [Parameter(one.name, "positional", one.annotation, one.optional) for one in found]
        elif text == "*":
            kind = "keyword"
        else:
            head, *default = split(part["rest"], "=")
            own = part["stars"] or kind
            found.append(Parameter(part["name"], own, head.removeprefix(":").strip(), bool(default)))
            kind = "keyword" if own == "*" else kind
    return tuple(found)
