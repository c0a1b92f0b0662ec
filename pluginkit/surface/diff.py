"""Two surfaces of one API compared: what changed, for people; and what of it breaks a plugin."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from pluginkit.core.frozen import record
from pluginkit.surface.signature import Declaration, arguments, declaration, returns, split

_LONG = 120
_DEEPEST = 30
"""Levels of names looked at; no real module nests deeper."""


@record
class Change:
    """One declaration that differs between two surfaces; `str()` is one line for people."""

    name: str
    """Dotted name of what changed."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    place: str
    """What it stands in: `class Plugin`, `module acme_api`, `type Request struct`, `package acme/pluginapi`."""

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        return "added" if not self.old else "removed" if not self.new else "changed"

    def __str__(self) -> str:
        return shown(self.old, self.new, self.place)


def shown(old: str, new: str, place: str) -> str:
    """Return on one line how a declaration changed, for people; one of the lines is empty where it came or went."""
    if old and new:
        before, after = declaration(old), declaration(new)
        return f"{place}: {_go_difference(before, after) if before.place else _difference(before, after)}"
    return f"{place}: {'removed' if old else 'added'} {_shown(declaration(old or new))}"


def changes(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """Return how `new` differs from `old`, for people.

    A constructor made from fields is told by its fields, and so is a Go struct unless their order changed.
    """
    found = differences(old, new)
    by_fields = {
        declaration(change.old or change.new).owner
        for change in found
        if declaration(change.old or change.new).word in ("field", "embedded")
    }
    return tuple(change for change in found if not _told_by_fields(change, by_fields))


def _told_by_fields(change: Change, by_fields: set[str]) -> bool:
    if change.name.removesuffix(".__init__") not in by_fields:
        return False
    old, new = declaration(change.old), declaration(change.new)
    if not (old.place or new.place):
        return True
    if not (old.place and new.place):
        return False
    (head, before), (other, after) = _go_fields(old.rest), _go_fields(new.rest)
    common = set(before) & set(after)
    return head == other and [one for one in before if one in common] == [one for one in after if one in common]


def _go_fields(rest: str) -> tuple[str, list[str]]:
    """Return what stands before the braces of a struct, and the names in them."""
    head, _, fields = rest.partition("{")
    return head, fields.rstrip(" }").split("; ")


def differences(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """Return every difference from `old` to `new`, by name, the lines of one declaration paired.

    What lies inside an added or removed class or module is not told apart.
    """
    if tuple(old) == tuple(new):
        return ()
    before, after = group(old), group(new)
    classes = {name for side in (before, after) for name, found in side.items() if found[0].word == "class"}
    found: list[Change] = []
    for name in sorted(before.keys() | after.keys()):
        if not _within_another(name, before, after):
            found += _paired(name, before.get(name, ()), after.get(name, ()), classes)
    return tuple(found)


def group(lines: Iterable[str]) -> dict[str, list[Declaration]]:
    """Return the declarations of a surface by name; overloads share one."""
    found: dict[str, list[Declaration]] = {}
    for line in lines:
        declared = declaration(line)
        found.setdefault(declared.name, []).append(declared)
    return found


def _within_another(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Return whether something around `name` came or went with it."""
    owner = name
    for _ in range(_DEEPEST):
        owner = owner.rpartition(".")[0]
        if not owner:
            return False
        if (owner in before) != (owner in after):
            return True
    return False


def _paired(
    name: str, before: Sequence[Declaration], after: Sequence[Declaration], classes: set[str]
) -> Iterable[Change]:
    lines_before, lines_after = {one.line for one in before}, {one.line for one in after}
    old = [one.line for one in before if one.line not in lines_after]
    new = [one.line for one in after if one.line not in lines_before]
    place = _place(declaration((old or new or [name])[0]), classes)
    for index in range(max(len(old), len(new))):
        yield Change(name, "".join(old[index : index + 1]), "".join(new[index : index + 1]), place)


def _place(declared: Declaration, classes: set[str]) -> str:
    if declared.place:
        return declared.place
    if declared.owner in classes:
        return f"class {declared.owner.rpartition('.')[2]}"
    if declared.word == "class":
        return f"module {declared.owner}" if declared.owner else "module"
    return f"module {declared.owner or declared.name}"


def place(declared: Declaration, lines: Iterable[str]) -> str:
    """Return what a declaration stands in: `class Plugin`, `module acme_api`."""
    if declared.place:
        return declared.place
    owner = declared.owner
    own = owner.rpartition(".")[2]
    if own[:1].isupper() or own.lstrip("_")[:1].isupper():
        return f"class {own}"
    return f"module {owner or declared.name}"


def _shown(declared: Declaration) -> str:
    """Return the line without its place: decorators, word, own name and the rest."""
    if declared.place:
        name = "" if declared.word == "embedded" else declared.short
        return " ".join(part for part in (declared.word, name + declared.rest) if part)
    word = "" if declared.word in ("def", "field") else declared.word
    name = declared.name if declared.word == "module" else declared.short
    return " ".join([*sorted(declared.decorators), *([word] if word else []), name]) + declared.rest


def _difference(old: Declaration, new: Declaration) -> str:
    functions = ("def", "async def")
    same_head = old.word == new.word and old.decorators == new.decorators
    if same_head and old.word in functions and arguments(old) == arguments(new):
        return f"{old.short}(...) returns {returns(old) or 'nothing stated'} -> {returns(new) or 'nothing stated'}"
    if same_head and old.word in functions and returns(old) == returns(new):
        return " -> ".join(_called(old, new))
    if same_head and old.word == "class":
        return f"class {old.short}{old.rest} -> class {new.short}{new.rest}"
    if "->" in old.rest or "->" in new.rest:
        return f"{_shown(old)}  became  {_shown(new)}"
    return f"{_shown(old)} -> {_shown(new)}"


def _go_difference(old: Declaration, new: Declaration) -> str:
    if old.rest.startswith(("(", "[")) and new.rest.startswith(("(", "[")):
        results = [one.rest.partition(f"({arguments(one)})")[2] for one in (old, new)]
        if old.word == new.word and results[0] == results[1] and len(old.rest) + len(new.rest) > 2 * _LONG:
            return " -> ".join(_called(old, new))
    elif old.word == new.word != "embedded":
        return f"{_shown(old)} -> {new.rest.strip()}"
    return f"{_shown(old)} -> {_shown(new)}"


def _called(old: Declaration, new: Declaration) -> tuple[str, str]:
    """Return both calls; where they are long, `...` stands for the parameters that both begin and end with."""
    before, after = split(arguments(old), ","), split(arguments(new), ",")
    if len(arguments(old)) + len(arguments(new)) > _LONG:
        start = _alike(before, after)
        end = _alike(before[start:][::-1], after[start:][::-1])
        before, after = (_elided(found, start, end) for found in (before, after))
    prefix = "".join(f"{decorator} " for decorator in sorted(old.decorators))
    return f"{prefix}{old.short}({', '.join(before)})", f"{prefix}{new.short}({', '.join(after)})"


def _alike(one: list[str], other: list[str]) -> int:
    """Return with how many equal items both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _elided(found: list[str], start: int, end: int) -> list[str]:
    middle = found[start : len(found) - end]
    return [*(["..."] if start else []), *middle, *(["..."] if end else [])]
