"""What entry points of Python plugins are, compared with what the host makes of them."""

from __future__ import annotations

import builtins
from functools import lru_cache

from pluginkit.core.frozen import record
from pluginkit.rules.rule import Case, Problem
from pluginkit.surface.calls import Shape
from pluginkit.surface.fulfilment import bound, faults, refusal
from pluginkit.surface.index import Index
from pluginkit.surface.lineage import Lineage
from pluginkit.surface.roles import indexed, sought
from pluginkit.surface.signature import parameters, returns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pluginkit.core.api import Api, Contract
    from pluginkit.core.verdict import Factory
    from pluginkit.surface.signature import Parameter

_FUNCTIONS = ("def", "async def")
_WHAT = {"class": "class", "def": "function", "async def": "function", "module": "module", "": "object"}
_OBJECTS = ("", "class", "def", "async def")
_EXPECTED = {"class": ("class",), "attribute": _OBJECTS, "factory": _OBJECTS, "module": ("module",)}
"""What an entry point may be, by the contract's kind."""


def problems(case: Case, factory: Factory) -> Iterator[Problem]:
    """Yield what keeps the host from using an entry point as its contract says, as far as reading can tell."""
    if not factory.lines:
        return
    offer = _Offer(factory, case.contract, _apis(case))
    found = [*offer.kind(), *offer.call()]
    yield from found or offer.result()


def _apis(case: Case) -> tuple[Api, ...]:
    """Return the copies of the APIs that a plugin was written for, without those that differ from the host's.

    What such a difference means is PK303's; a plugin was compared with its own copy when it was built.
    """
    stamp, host = case.evidence.stamp, case.host
    if not stamp:
        return host.apis if host else ()
    if not host:
        return stamp.apis
    digests = {api.digest for api in stamp.apis}
    return tuple(api for api in host.apis if api.digest in digests)


@record
class _Expected:
    """A class of an API that plugins implement."""

    path: str
    api: Index
    certain: bool
    """Whether the contract names it, or the factory by the name that the contract has."""


class _Offer:
    """One entry point, and what its host asks of it."""

    def __init__(self, factory: Factory, contract: Contract, apis: Sequence[Api]) -> None:
        self._factory, self._contract = factory, contract
        self._surfaces = [api.surface for api in apis]
        self._apis = [indexed(surface) for surface in self._surfaces]
        self._own = _lines(factory.lines)
        (self._line, *_) = self._own.names[next(iter(self._own.names))]
        self._reference = factory.reference

    def kind(self) -> Iterator[Problem]:
        """Yield a problem where the entry point is something else than the contract's kind."""
        allowed = _EXPECTED.get(self._contract.kind)
        if allowed and self._line.word not in allowed:
            found, kind = _WHAT.get(self._line.word, "value"), self._contract.kind
            yield Problem(
                f"the entry point {self._factory.name!r} names the {found} {self._reference}, and the host wants "
                f"{'an' if kind == 'attribute' else 'a'} {kind}",
                f"name {'an' if kind == 'attribute' else 'a'} {kind} in its pyproject.toml",
                {"found": found, "expected": kind},
            )

    def call(self) -> Iterator[Problem]:
        """Yield a problem where the entry point does not take the arguments with which the host calls it."""
        contract = self._contract
        if not (contract.is_called or (contract.kind == "class" and contract.arguments is not None)):
            return
        given = self._parameters()
        if given is None:
            return
        names = contract.arguments or ()
        by_place = [name for name in names if not name.endswith("=")]
        by_name = sorted(name.removesuffix("=") for name in names if name.endswith("="))
        missing, untaken = refusal(Shape(len(by_place), tuple(by_name)), given)
        if missing:
            wanted = ", ".join(missing)
            named = ", ".join(f'"{one}"' for one in missing)
            said = f"; if the host gives them, its [contract] says so: arguments = [{named}]" if not names else ""
            yield Problem(
                f"the factory {self._reference} wants arguments the host does not give: {wanted}",
                f"give the parameters defaults{said}",
                {"found": wanted, "expected": ", ".join(names) or "none"},
            )
        elif untaken:
            refused = [by_place[int(one)] if one.isdecimal() else f"{one}=" for one in untaken]
            yield Problem(
                f"the factory {self._reference} does not take what the host gives: {', '.join(refused)}",
                f"let it take these parameters: ({', '.join(one.removesuffix('=') for one in names)})",
                {"found": ", ".join(one.name for one in given) or "none", "expected": ", ".join(names)},
            )

    def _parameters(self) -> Sequence[Parameter] | None:
        """Return what calling the entry point may be given; None where that is not known."""
        line = self._line
        if line.word in _FUNCTIONS:
            return None if line.decorators - {"@generator"} else parameters(line)
        if line.word != "class" or any(one.startswith("@") for one in line.decorators):
            return None
        lineage = self._lineage(line.name, self._apis[0] if self._apis else Index(()))
        made, found = lineage.member("__new__"), lineage.member("__init__")
        if made or made is None or found is None:
            return None
        if not found:
            return ()
        return bound(found[0]) if found[0].word == "def" and not found[0].decorators else None

    def result(self) -> Iterator[Problem]:
        """Yield a problem where what the host gets is not what the API says plugins are."""
        made, instance = self._made()
        expected = self._expected(made)
        if not (made and expected):
            return
        name = expected.path
        if self._line.word in _FUNCTIONS and self._contract.is_called and self._is_coroutine():
            what = "generator" if "@generator" in self._line.decorators else "coroutine"
            yield Problem(
                f"the factory {self._reference} gives the host a {what} instead of {name}",
                "write it as a plain function that returns the plugin",
                {"found": self._line.word, "expected": "def"},
            )
        elif made.startswith("builtins."):
            yield from self._literal(made, expected)
        else:
            yield from self._class(made, expected, instance=instance)

    def _is_coroutine(self) -> bool:
        return self._line.word == "async def" or "@generator" in self._line.decorators

    def _made(self) -> tuple[str, bool]:
        """Return the class of what the host gets, and whether it is an instance of it; empty where it is not known."""
        line = self._line
        if line.word == "class":
            return line.name, self._contract.is_called or self._contract.kind == "class"
        if line.word in _FUNCTIONS and self._contract.is_called:
            if self._is_coroutine():
                return "builtins.coroutine", True
            return ("", False) if line.decorators else (returns(line), True)
        if line.word == "" and not self._contract.is_called:
            return line.rest.removeprefix(": "), True
        return "", False

    def _expected(self, made: str) -> _Expected | None:
        contract = self._contract
        if contract.implements is not None:
            return self._named(contract.implements)
        if contract.kind in ("module", "hooks", "attribute") or not (contract.is_called or contract.kind == "class"):
            return None
        for api in self._apis:
            if inherited := self._lineage(made, api).inherited:
                return _Expected(inherited[0], api, certain=True)
        roots = [(path, indexed(surface)) for surface in self._surfaces for path in sought(surface)]
        if len(roots) == 1:
            return _Expected(*roots[0], certain=bool(contract.factory))
        return self._nearest(made, roots) if contract.factory else None

    def _nearest(self, made: str, roots: Sequence[tuple[str, Index]]) -> _Expected | None:
        """Return, of several interfaces, the one of which a class has most members; none where it is one of them."""
        counts: list[tuple[int, str, Index]] = []
        for path, api in roots:
            lineage = self._lineage(made, api)
            names = [name for name in api.all_members(path) if not hasattr(object, name)]
            if not any(True for _ in faults(lineage, api, path)):
                return None
            counts.append((sum(bool(lineage.member(name)) for name in names), path, api))
        most = max((count for count, _, _ in counts), default=0)
        nearest = [_Expected(path, api, certain=False) for count, path, api in counts if count == most > 0]
        return nearest[0] if len(nearest) == 1 else None

    def _named(self, path: str) -> _Expected | None:
        for api in self._apis:
            meant = api.resolve(path)
            if api.word(meant) == "class":
                return _Expected(meant, api, certain=True)
        return None

    def _lineage(self, path: str, api: Index) -> Lineage:
        return Lineage(self._own, api, path)

    def _literal(self, made: str, expected: _Expected) -> Iterator[Problem]:
        name = made.removeprefix("builtins.")
        cls = type(None) if name == "NoneType" else getattr(builtins, name, None)
        lacks = [one for one in expected.api.all_members(expected.path) if not hasattr(cls, one)]
        if cls is not None and lacks and expected.certain:
            gives = "nothing" if name == "NoneType" else f"an object of {name}"
            yield Problem(
                f"the factory {self._reference} gives {gives}, which is not {expected.path}",
                f"return an object with what {expected.path} asks for: {', '.join(sorted(lacks)[:10])}",
                {"found": name, "expected": expected.path},
            )

    def _class(self, made: str, expected: _Expected, *, instance: bool) -> Iterator[Problem]:
        lineage = self._lineage(made, expected.api)
        if self._own.word(made) != "class":
            return
        found = list(faults(lineage, expected.api, expected.path))
        shares = any(lineage.member(one) for one in expected.api.all_members(expected.path) if not hasattr(object, one))
        if not (expected.certain or shares):
            return
        for fault in found:
            if fault.problem == "is abstract" and not instance:
                continue
            what = f"its {fault.member!r} {fault.problem}" if fault.problem else f"it lacks {fault.member!r}"
            verb = "is" if self._line.word == "class" else "makes"
            yield Problem(
                f"{self._reference} {verb} {made.rpartition('.')[2]}, which is not {expected.path}: {what}",
                f"define it as the API does: `{fault.wanted}`",
                {"found": fault.found, "expected": fault.wanted},
            )


@lru_cache(maxsize=512)
def _lines(lines: tuple[str, ...]) -> Index:
    return Index(lines)
