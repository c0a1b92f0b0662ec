"""A declaration that changed, told on one line: pure text."""

from itertools import takewhile

from pluginkit.surface.signature import Declaration, arguments, declaration, returns, split

_LONG = 120


def shown(old: str, new: str, place: str) -> str:
    """Return on one line how a declaration changed, for people; one of the lines is empty where it came or went."""
    if old and new:
        before, after = declaration(old), declaration(new)
        return f"{place}: {_go_difference(before, after) if before.place else _difference(before, after)}"
    return f"{place}: {'removed' if old else 'added'} {_shown(declaration(old or new))}"


def place(declared: Declaration) -> str:
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
