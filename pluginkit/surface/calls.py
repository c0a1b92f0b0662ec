"""Calls and signatures: whether a call that fits one signature fits another, and means the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface.signature import Parameter


@record
class Shape:
    """How something is called."""

    positional: int = 0
    keywords: tuple[str, ...] = ()
    """Names of keyword arguments, sorted."""
    star: bool = False
    """More positional arguments are unpacked (`*args`)."""
    mapping: bool = False
    """More keyword arguments are unpacked (`**kwargs`)."""
    literals: tuple[tuple[str, str], ...] = ()
    """(argument, its type) of those that are literals, sorted; arguments are `0`, `1`, ... and names of keywords."""

    def __str__(self) -> str:
        parts = [str(self.positional), *self.keywords, *("*" if self.star else ""), *(["**"] if self.mapping else [])]
        return " ".join([",".join(parts), *(f"{argument}:{type_}" for argument, type_ in self.literals)])

    def kind(self, argument: str) -> str:
        """Return the type of an argument that is a literal; empty for any other."""
        return dict(self.literals).get(argument, "")

    @property
    def is_open(self) -> bool:
        """Whether its arguments are known only at run time."""
        return self.star or self.mapping


def parse_shape(text: str) -> Shape:
    """Read a shape as `str()` writes it; anything else may have any arguments."""
    shape, *literals = text.split(" ")
    first, *rest = shape.split(",")
    if not (first.isascii() and first.isdecimal()) or len(first) > 6:
        return Shape(star=True, mapping=True)
    words = tuple(sorted(part for part in rest if part not in ("*", "**")))
    pairs = (one.partition(":") for one in literals)
    kinds = tuple((argument, type_) for argument, _, type_ in pairs)
    return Shape(int(first), words, "*" in rest, "**" in rest, kinds)


def binds(shape: Shape, parameters: Sequence[Parameter]) -> dict[str, str] | None:
    """Return which argument each parameter takes, None where the call is refused.

    Arguments are `0`, `1`, ... and names of keywords. An open call takes whatever is left.
    """
    places = [one for one in parameters if one.kind in ("positional", "either")]
    kinds = {one.kind for one in parameters}
    taken: dict[str, str] = {}
    for index in range(shape.positional):
        if index < len(places):
            taken[places[index].name] = str(index)
        elif "*" not in kinds:
            return None
    named = {one.name: one for one in parameters if one.kind in ("either", "keyword")}
    for word in shape.keywords:
        if word in named:
            if word in taken:
                return None
            taken[word] = word
        elif "**" not in kinds:
            return None
    if any(_is_missing(one, taken, shape) for one in parameters):
        return None
    return taken


def _is_missing(one: Parameter, taken: dict[str, str], shape: Shape) -> bool:
    if one.optional or one.kind in ("*", "**") or one.name in taken:
        return False
    return not (
        (shape.star and one.kind in ("positional", "either")) or (shape.mapping and one.kind in ("either", "keyword"))
    )


def misfit(shape: Shape, old: Sequence[Parameter], new: Sequence[Parameter]) -> str:
    """Return why a call that fits `old` does not fit `new` or means something else there; empty where it does.

    A call that does not fit `old` is a call of something else.
    """
    before = binds(shape, old)
    if before is None:
        return ""
    after = binds(shape, new)
    if after is None:
        return next(demands(old, new), "") or "the arguments no longer fit"
    moved = {argument: name for name, argument in before.items() if after.get(name) != argument}
    names = {one.name for one in new if one.kind in ("positional", "either")}
    for argument, name in moved.items():
        if argument.isdecimal() and name in names:
            return f"argument {int(argument) + 1} is no longer {name!r}"
    return ""


def least(parameters: Sequence[Parameter]) -> Shape:
    """Return the call with the fewest arguments, which stands for calls that are not seen."""
    needed = [one for one in parameters if not one.optional and one.kind not in ("*", "**")]
    places = sum(one.kind in ("positional", "either") for one in needed)
    return Shape(places, tuple(sorted(one.name for one in needed if one.kind == "keyword")))


def demands(old: Sequence[Parameter], new: Sequence[Parameter]) -> Iterator[str]:
    """Yield why some call that fits `old` does not fit `new`."""
    kinds = {one.kind for one in new}
    named = {one.name: one for one in new if one.kind in ("either", "keyword")}
    places = [one for one in new if one.kind in ("positional", "either")]
    placed = {one.name for one in places}
    position = 0
    for one in old:
        if one.kind in ("*", "**"):
            if one.kind not in kinds:
                yield f"{one.kind}{one.name} was removed"
            elif one.kind == "*" and len(places) > position:
                yield f"{places[position].name!r} takes an argument that went to *{one.name}"
            continue
        if one.kind in ("positional", "either"):
            successor = places[position] if position < len(places) else None
            position += 1
            if successor is None and "*" not in kinds:
                yield f"{one.name!r} was removed" if one.name not in named else f"{one.name!r} is keyword-only"
                continue
            if successor and successor.name != one.name and one.name in placed:
                yield f"{successor.name!r} takes the place of {one.name!r}"
                continue
            if successor and one.optional and not successor.optional:
                yield f"{successor.name!r} is required"
        if one.kind in ("either", "keyword"):
            if one.name not in named and "**" not in kinds:
                yield f"{one.name!r} can no longer be passed by keyword"
            elif one.kind == "keyword" and one.name in named and one.optional and not named[one.name].optional:
                yield f"{one.name!r} is required"
    known = {one.name for one in old}
    for extra in [*places[position:], *(one for one in new if one.kind == "keyword")]:
        if not extra.optional and extra.name not in known:
            yield f"{extra.name!r} is required"


def refuses(own: Sequence[Parameter], old: Sequence[Parameter], new: Sequence[Parameter]) -> str:
    """Return why an implementation refuses a call that fits `new` and is none of `old`; empty where it refuses none.

    `own` are the parameters of the implementation.
    """
    kinds = {one.kind for one in own}
    named = {one.name: one for one in own if one.kind in ("either", "keyword")}
    places = [one for one in own if one.kind in ("positional", "either")]
    before = {one.name: one for one in old}
    position = 0
    for one in new:
        earlier = before.get(one.name)
        if one.kind in ("*", "**"):
            if one.kind not in kinds and not any(other.kind == one.kind for other in old):
                return f"it does not take {one.kind}{one.name}"
            continue
        is_new = earlier is None or (earlier.kind == "positional" and one.kind == "either")
        by_place = one.kind in ("positional", "either")
        own_place = places[position] if by_place and position < len(places) else None
        position += by_place
        if is_new and one.kind in ("either", "keyword") and one.name not in named and "**" not in kinds:
            return f"it does not take {one.name!r}"
        if is_new and by_place and own_place is None and "*" not in kinds:
            return f"it does not take {one.name!r}"
        if (
            earlier is not None
            and one.optional
            and not earlier.optional
            and _is_needed(own_place or named.get(one.name))
        ):
            return f"it requires {one.name!r}, which may be left out now"
    return _lacks(own, old, new)


def _lacks(own: Sequence[Parameter], old: Sequence[Parameter], new: Sequence[Parameter]) -> str:
    """Return why an implementation misses an argument of `old` that `new` no longer gives; empty where it does not."""
    named = {one.name: one for one in own if one.kind in ("either", "keyword")}
    places = [one for one in own if one.kind in ("positional", "either")]
    after = {one.name for one in new}
    order: dict[str, int] = {}
    for index, one in enumerate(other for other in old if other.kind in ("positional", "either")):
        order.setdefault(one.name, index)
    total = sum(other.kind in ("positional", "either") for other in new)
    for one in old:
        if one.kind in ("*", "**") or one.name in after:
            continue
        index = order.get(one.name, len(places))
        mine = named.get(one.name) or (places[index] if index < len(places) else None)
        if _is_needed(mine) and (index >= total):
            return f"it requires {one.name!r}, which is no longer given"
    return ""


def _is_needed(one: Parameter | None) -> bool:
    return one is not None and not one.optional
