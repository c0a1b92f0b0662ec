"""Attributes, constants, fields and keys that are read or set, and things that became another kind of thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.surface.breakage.facet import Facet, Test, instead
from pluginkit.surface.breakage.functions import FUNCTIONS, Acts
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, annotation, has_default, split
from pluginkit.surface.types import kind_of
from pluginkit.surface.view import View

VALUES = ("", "field", "property")


def verbs(acts: Acts, *wanted: str) -> Test:
    """Return a test for uses by these verbs."""
    return lambda view: [act.key for act, _ in acts(view) if act.verb in wanted]


def compare(one: Declaration, other: Declaration, acts: Acts, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which a changed attribute or property breaks those who read or set it."""
    if "@lazy" in one.decorators | other.decorators:
        return
    if is_writable(one) and not is_writable(other):
        yield Facet("callers", "it can no longer be set", verbs(acts, "set"))
    if _is_of_class(one) and not _is_of_class(other):
        yield Facet("callers", "the class itself no longer has it, only its instances do",
                    lambda view: [act.key for act, of_class in acts(view) if of_class])  # fmt: skip
    had = value_of(one) not in ("", "None", "NotImplemented")
    if "@declared" in other.decorators - one.decorators and one.word != "property" and had:
        yield Facet("callers", "it is annotated but never assigned", verbs(acts, "get", "call", "run", "item"))
    was, now = type_of(one), type_of(other)
    if (was, now) in _FROZEN:
        yield Facet("callers", f"it is a {now} instead of a {was}", lambda view: [
            act.key for act, _ in acts(view) if act.verb == "set" or act.short in _MUTATORS])  # fmt: skip
        return
    if value_of(one) == value_of(other) != "" and kind_of(value_of(one)):
        return  # the same value, annotated otherwise
    if was and now and was != now:
        reads, writes = pair.given(now, was), pair.taken(was, now)
        if was == "None" or pair.given(now.removesuffix(" | None"), was):
            reads = True  # None too: what is read of attributes is often looked at first
        if reads is False:
            yield Facet("callers", f"it is {instead(now, was)}", verbs(acts, "get", "call", "run", "item"))
        if writes is False and was != "None":
            yield Facet("callers", f"it takes {instead(now, was)}", verbs(acts, "set"))
    elif not was and one.word == other.word == "" and _made_otherwise(one, other):
        yield Facet("callers", "it is made by another call: its type is not known",
                    verbs(acts, "get", "call", "run", "item"), is_unknown=True)  # fmt: skip


_FROZEN = {("list", "tuple"), ("set", "frozenset"), ("int", "float")}
_MUTATORS = {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "add", "discard", "update"}


def is_writable(declared: Declaration) -> bool:
    """Return whether an attribute can be set: any but a property without a setter."""
    return declared.word != "property" or "@setter" in declared.decorators


def _is_of_class(declared: Declaration) -> bool:
    made = value_of(declared).partition("(")[0].rpartition(".")[2] in ("field", "Field", "ib", "attrib")
    return declared.word in ("", "field") and has_default(declared) and not made


def type_of(declared: Declaration) -> str:
    """Return the type that an attribute states, or that its literal value shows; empty where neither does."""
    stated = annotation(declared)
    if stated and stated not in ("Final", "ClassVar"):
        return stated
    found = value_of(declared)
    return kind_of(found) if found else ""


def value_of(declared: Declaration) -> str:
    """Return the source of the value that an attribute is given; empty where there is none."""
    _, *rest = split(declared.rest, "=")
    return " = ".join(rest)


def _made_otherwise(one: Declaration, other: Declaration) -> bool:
    """Return whether the values are made by calls of different things."""
    before, after = value_of(one), value_of(other)
    if not before or not after or before == after or "(" not in before:
        return False
    return before.partition("(")[0] != after.partition("(")[0] and ("(" in after or bool(kind_of(after)))


def replaced(one: Declaration, other: Declaration, acts: Acts, derived: Test) -> Iterator[Facet]:
    """Yield the ways in which a thing of another kind breaks its users; `derived` finds subclasses."""
    before, after = _kind(one), _kind(other)
    if "@lazy" in one.decorators | other.decorators:
        return  # made on access: nothing says what it is
    if (before, one.rest) == (after, other.rest):
        return
    if before == "function" and after == "value":
        yield Facet(
            "callers", "it is no longer a function", verbs(acts, "call", "run"), is_unknown="Callable" in other.rest
        )
    elif before == "value" and after in ("function", "class"):
        yield Facet("callers", f"it is now a {after}", verbs(acts, "get", "set", "item"))
    elif before == "class":
        used = verbs(acts, "test", "item", "get")
        yield Facet("callers", "it is no longer a class", lambda view: [*used(view), *derived(view)])
        if after != "function":
            yield Facet("callers", "it is no longer a class", verbs(acts, "call", "run"))
    elif after == "unknown" or before == "unknown" or after not in ("function", "class", "value"):
        yield Facet("callers", "what it is now is not known", verbs(acts), is_unknown=True)


def _kind(declared: Declaration) -> str:
    if declared.word in FUNCTIONS:
        return "function"
    if declared.word in VALUES:
        return "value"
    return declared.word


def key_changes(
    path: str, one: Declaration | None, other: Declaration | None, required: Sequence[str]
) -> Iterator[Facet]:
    """Yield the ways in which a changed key of a TypedDict breaks its users; `required` are its required keys."""
    key = path.rpartition(".")[2]
    was_needed = one is not None and "NotRequired[" not in one.rest
    is_needed = other is not None and "NotRequired[" not in other.rest
    if one is not None and (other is None or (was_needed and not is_needed)):
        reason = "the key is gone" if other is None else "the key may be missing"
        yield Facet("callers", reason, lambda view: _keyed(view, key), is_unknown=other is not None)
    if is_needed and not was_needed:
        yield Facet("callers", "the key is required", lambda view: _builds(view, path, key, required))


def _keyed(view: View, key: str) -> Sequence[str]:
    return [act.key for act in view.reading.acts.get(key, ()) if act.verb in ("get", "call", "run")]


def _builds(view: View, path: str, key: str, required: Sequence[str]) -> Sequence[str]:
    owner = path.rpartition(".")[0]
    calls = [act for act in view.of_names({owner}, "call", "run") if act.shape and not act.shape.mapping]
    built = [act.key for act in calls if act.shape and key not in act.shape.keywords]
    if key not in view.reading.texts:
        built += [f"{one!r}" for one in required[:1] if set(required) <= view.reading.texts]
        if view.reading.texts & {one.rpartition(".")[2] for one in view.old.members.get(owner, {}).values()}:
            built += [act.key for act in view.of_names({owner}, "name")]
    return built
