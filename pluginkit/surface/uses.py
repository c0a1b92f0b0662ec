"""What a plugin does with the APIs it was built for, as lines that its stamp keeps, and these lines parsed.

    call acme_api.Request 1,tags          called with one positional argument and the keyword `tags`
    run .log 1                            called on something, the result not used
    super acme_api.Plugin.__init__ 1      called by `super()` in a class that derives from it
    get .name    set .status              an attribute read or written
    test acme_api.Refused                 in `isinstance`, `except` or `case`
    item acme_api.Box 1                   subscripted
    name acme_api.Host                    imported, or in an annotation that is evaluated
    class Filter(acme_api.Plugin): handle(self, request); name
    module acme_filter: make(config)
    text high                             a string that is a name of the API
    path acme_api.tools.Box               a string that is a dotted path of the API
    computed getattr                      attributes are taken by computed names
    get acme_api.tools.*                  attributes of it are taken by computed names
    dynamic exec                          names are computed

A key is a dotted path as the plugin imports it, or `.name` where it is not known what the name is looked up on.
`a.b|` and `a.b|c.d` say that the plugin has a fallback if there is no `a.b`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.core.frozen import EMPTY, record
from pluginkit.surface.calls import Shape, parse_shape
from pluginkit.surface.signature import Parameter, declaration, parameters, split

VERBS = ("call", "get", "item", "name", "path", "run", "set", "super", "test")
_SHAPED = ("call", "item", "run", "super")
MOST_BYTES = 4096
"""Of all lines together, for each 1,000 lines of a plugin. A plugin with more counts as one that computes names."""


@record
class Uses:
    """What a plugin does with its APIs."""

    lines: tuple[str, ...] = ()
    """Sorted, each once."""

    @property
    def dynamic(self) -> tuple[str, ...]:
        """What computes names in the plugin, so that any change may break it; empty where nothing does."""
        return tuple(line.removeprefix("dynamic ") for line in self.lines if line.startswith("dynamic "))


@record
class Act:
    """One way in which a plugin uses a name."""

    verb: str
    key: str
    """Dotted path, or `.name`."""
    shape: Shape | None = None
    has_fallback: bool = False

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.key.rpartition(".")[2]


@record
class Implementation:
    """One class of a plugin, or one of its modules with its top-level functions."""

    name: str
    bases: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    members: Mapping[str, str] = EMPTY
    """Name to `(parameters)`, `async (parameters)`, or an empty text for anything but a function."""
    is_module: bool = False

    def parameters(self, name: str) -> tuple[Parameter, ...] | None:
        """Return the parameters of a member; None where it is absent or not a function."""
        text = self.members.get(name, "")
        return parameters(declaration(f"def x.{name}{text.removeprefix('async ')}")) if text else None

    def is_async(self, name: str) -> bool:
        """Return whether a member is a coroutine function."""
        return self.members.get(name, "").startswith("async ")


class Reading:
    """The lines of `Uses`, parsed."""

    def __init__(self, uses: Uses) -> None:
        self.dynamic = bool(uses.dynamic)
        self.is_computed = "computed getattr" in uses.lines
        """Whether attributes are looked up by computed names, which may be any of the plugin's strings."""
        self.texts: set[str] = set()
        self.acts: dict[str, list[Act]] = {}
        """By the last part of the key."""
        self.paths: list[Act] = []
        """Those whose key is a dotted path."""
        self.classes: list[Implementation] = []
        for line in uses.lines:
            self._read(line)

    def _read(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "text":
            self.texts.add(rest)
        elif verb in ("class", "module"):
            self.classes.append(_implementation(rest, is_module=verb == "module"))
        elif verb in VERBS and rest.strip(" |"):
            key, _, shape = rest.partition(" ")
            first, fallback, _ = key.partition("|")
            act = Act(verb, first, parse_shape(shape) if verb in _SHAPED else None, bool(fallback))
            self.acts.setdefault(act.short, []).append(act)
            if not act.key.startswith("."):
                self.paths.append(act)

    def members(self, one: Implementation) -> Mapping[str, str]:
        """Return the members of a class, with those inherited from other classes of the plugin."""
        found: dict[str, str] = {}
        waiting, seen = [one], set[str]()
        while waiting:
            current = waiting.pop(0)
            if current.name in seen:
                continue
            seen.add(current.name)
            found = {**current.members, **found}
            names = {base.rpartition(".")[2] for base in current.bases}
            waiting += [other for other in self.classes if other.name in names]
        return found

    def all_bases(self, one: Implementation) -> set[str]:
        """Return the bases of a class, with those of other classes of the plugin among them."""
        found, waiting = set[str](), list(one.bases)
        while waiting:
            base = waiting.pop()
            if base not in found:
                found.add(base)
                waiting += [up for other in self.classes if other.name == base.lstrip(".") for up in other.bases]
        return found

    def is_leaf(self, one: Implementation) -> bool:
        """Return whether no other class of the plugin derives from a class."""
        return all(one.name not in {base.lstrip(".") for base in other.bases} for other in self.classes)


def _implementation(text: str, *, is_module: bool) -> Implementation:
    head, _, body = text.partition(": ")
    if "(" in head and ")" not in head:  # the colon was within the bases
        head, body = text, ""
    name, _, bases = head.rstrip(":").partition("(")
    given = [part for part in split(bases.rstrip(")"), ",") if part]
    members = dict(_member(part) for part in split(body, ";") if part)
    return Implementation(
        name,
        tuple(part for part in given if not part.endswith("=")),
        tuple(part[:-1] for part in given if part.endswith("=")),
        members,
        is_module,
    )


def _member(text: str) -> tuple[str, str]:
    is_async = text.startswith("async ")
    name, found, rest = text.removeprefix("async ").partition("(")
    return name, f"{'async ' if is_async else ''}({rest}" if found else ""


def canonical(lines: Iterable[str], size: int) -> tuple[str, ...]:
    """Return lines sorted, each once, without those that others imply; if too many, cut off after `dynamic size`.

    `size` is how many lines of code the plugin has.
    """
    found = set(lines)
    used = {line.split(" ")[1] for line in found if line.split(" ")[0] in VERBS and not line.startswith("name ")}
    kept = sorted(line for line in found if not (line.startswith("name ") and line[5:] in used))
    if _bytes(kept) > _most(size):  # the types of literals are the first thing to do without
        kept = sorted({_without_literals(line) for line in kept})
    return capped(kept, size)


def capped(lines: Iterable[str], size: int) -> tuple[str, ...]:
    """Return lines sorted, each once; of too many of them those that there is room for, and `dynamic size`.

    `size` is how many lines of code the plugin has.
    """
    kept = sorted(set(lines))
    if _bytes(kept) > _most(size):
        kept = sorted(_within(kept, _most(size) - 20))
    return tuple(kept)


def _most(size: int) -> int:
    """Return how many bytes a plugin's lines may take, by its lines of code: each 1,000 that are begun count."""
    return MOST_BYTES * max(1, -(-size // 1000))


def _bytes(lines: Iterable[str]) -> int:
    """Return the bytes that lines take in a stamp."""
    return sum(len(line.encode()) + 3 for line in lines)


def _without_literals(line: str) -> str:
    verb, *rest = line.split(" ")
    return " ".join((verb, *rest[:2])) if verb in _SHAPED else line


def _within(lines: Sequence[str], room: int) -> Iterator[str]:
    """Yield `dynamic size`, and as many lines as there is room for."""
    yield "dynamic size"
    for line in lines:
        room -= len(line.encode()) + 3
        if room < 0:
            return
        yield line
