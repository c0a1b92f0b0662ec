"""The lines that declare one name, on both sides: overloads, and alternatives that hold under conditions."""

from __future__ import annotations

from collections.abc import Sequence

from pluginkit.surface.breakage.functions import FUNCTIONS
from pluginkit.surface.breakage.values import VALUES
from pluginkit.surface.signature import Declaration, annotation, parameters, returns


def of_one_kind(
    before: Sequence[Declaration], after: Sequence[Declaration]
) -> tuple[Sequence[Declaration], Sequence[Declaration]]:
    """Return the lines of both sides that declare the same kind of thing; all of them where none do."""
    words = {line.word for line in before} & {line.word for line in after}
    for word in ("def", "async def", "class", "", "type", "import"):
        if word in words and len(before) + len(after) > 2:
            return [line for line in before if line.word == word], [line for line in after if line.word == word]
    return before, after


def alike(before: Sequence[Declaration], after: Sequence[Declaration]) -> bool:
    """Return whether both sides declare the same, lines for lines."""

    def spelled(lines: Sequence[Declaration]) -> list[tuple[object, ...]]:
        return [(line.word, line.rest, line.decorators, line.condition) for line in lines]

    return spelled(before) == spelled(after)


def shown(lines: Sequence[Declaration], others: Sequence[Declaration]) -> str:
    """Return the line that the other side lacks; empty where there are no lines."""
    if not lines:
        return ""
    rests = {(line.rest, line.decorators, line.word) for line in others}
    return next((one.line for one in lines if (one.rest, one.decorators, one.word) not in rests), lines[-1].line)


def is_typing(before: Sequence[Declaration], after: Sequence[Declaration]) -> bool:
    """Return whether annotations are all that changed."""
    if not before or not after:
        return False
    one, other = before[-1], after[-1]
    if one.word != other.word or one.word not in (*FUNCTIONS, *VALUES, "type"):
        return False
    if one.word in FUNCTIONS:
        shapes = [[(p.name, p.kind, p.optional) for p in parameters(line)] for line in (one, other)]
        types = [[*(p.annotation for p in parameters(line)), returns(line)] for line in (one, other)]
        return shapes[0] == shapes[1] and (types[0] != types[1] or len(before) != len(after))
    return one.word == "type" or annotation(one) != annotation(other)
