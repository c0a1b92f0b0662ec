"""Who owns which import package among artifacts that share some: what PK304, PK505 and PK512 rest on."""

from __future__ import annotations

from functools import lru_cache

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.names import normalize, requirement_name
from pluginkit.core.ownership import VENDORED, Init, dotted, is_shared
from pluginkit.core.verdict import Evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Literal

    from pluginkit.core.api import Api
    from pluginkit.core.verdict import Host

_IMPORTABLE = (".py", ".pyc", ".so", ".pyd")
_UNKNOWN = "unknown"
"""What stands for the code of an `__init__.py` that is not at hand."""
_FEW = 8
"""Artifacts with which each of very many is compared."""


@record
class Conflict:
    """A package that an artifact and others have modules in, which Python cannot import of all of them."""

    how: Literal["hides", "adds", "differs"]
    """`hides`: its `__init__` does; `adds`: to a package of another; `differs`: from the `__init__.py` of others."""
    package: str
    """Dotted."""
    others: tuple[str, ...]
    """Subjects."""
    certain: bool
    """An entry point, or something of the host's, cannot be imported then."""
    together: bool
    """Installed into one directory, as a release is, all of them can be imported."""


def known_modules(api: Api, around: Iterable[Evidence]) -> frozenset[str]:
    """Return the modules that an API is known to have: by its files, or where these are not at hand by its surface."""
    found = next((one.files for one in around if one.files and normalize(one.name) == normalize(api.name)), None)
    return _surface_modules(api) if found is None else file_modules(found)


@lru_cache(maxsize=32)
def file_modules(files: tuple[str, ...]) -> frozenset[str]:
    """Return the dotted modules and packages that these import paths hold."""
    return frozenset(map(dotted, files)) - {""}


@lru_cache(maxsize=32)
def _surface_modules(api: Api) -> frozenset[str]:
    listed = (line.split(" ")[1] for line in api.surface if line.startswith("module "))
    return frozenset((*api.modules, *listed))


def copies(evidence: Evidence, api: Api, known: Collection[str]) -> list[str]:
    """Return the files of an artifact that are copies of an API's, which has the modules `known`.

    An `__init__.py` that lets others have a portion of its package is not one, nor is a module that only lies in a
    package of the API's.
    """
    bases = [module.replace(".", "/") for module in api.modules]
    found = [file for file in evidence.files if any(base in file for base in bases)]
    return [
        file
        for file in found
        if (dotted(file) in known and not is_open(evidence, file)) or any(_is_vendored(file, base) for base in bases)
    ]


def module_file(evidence: Evidence, path: str) -> str:
    """Return the file that is a module, or the `__init__` of a package, in an artifact; nothing where none is."""
    usual = (f"{path}/__init__.py", f"{path}.py")
    others = (file for file in evidence.files if file.startswith(path) and dotted(file) == path.replace("/", "."))
    return next((file for file in usual if file in evidence.files), "") or next(others, "")


def is_open(evidence: Evidence, file: str) -> bool:
    """Return whether a file is an `__init__.py` that lets others have portions of its package."""
    init = evidence.inits.get(file.rpartition("/")[0]) if file.endswith("/__init__.py") else None
    return init is not None and init.extends


def _is_vendored(file: str, base: str) -> bool:
    if base not in file:
        return False
    parts = file.split("/")
    start = next((index for index, part in enumerate(parts) if part in VENDORED), len(parts))
    return any(_beneath("/".join(parts[index:]), base) for index in range(start + 1, min(len(parts), start + 20)))


def _beneath(file: str, base: str) -> bool:
    if not file.startswith(base):
        return False
    rest = file[len(base) :]
    return rest.startswith("/") or (rest.startswith(".") and "/" not in rest and rest.endswith(_IMPORTABLE))


def conflicts(around: Sequence[Evidence], host: Host | None) -> Mapping[str, Sequence[Conflict]]:
    """Return what in these artifacts cannot be imported beside the others, by the subject of the one to blame."""
    named = {normalize(one.name) for one in around if one.files}
    absent = [api for api in host.apis if normalize(api.name) not in named] if host else []
    packages: dict[str, list[Evidence]] = {}
    for one in (*around, *map(_stand_in, absent)):
        for top in {path.partition("/")[0].partition(".")[0] for path in one.files}:
            packages.setdefault(top, []).append(one)
    shared = {top: ones for top, ones in packages.items() if len(ones) > 1 and top.isidentifier()}
    return _Tree(host, around).found(shared) if shared else EMPTY


def _stand_in(api: Api) -> Evidence:
    """Return what is known of an API whose own artifact is not at hand: the modules that it owns."""
    files = tuple(f"{module.replace('.', '/')}/__init__.py" for module in api.modules)
    split = [module.replace(".", "/") for module in api.modules if is_shared(module, api.modules)]
    inits = {package: Init(extends=True, code=_UNKNOWN) for package in split}
    return Evidence(api.label, name=api.name, files=files, inits=inits)


class _Tree:
    """The packages that several artifacts have modules in, from the outermost inwards."""

    def __init__(self, host: Host | None, around: Sequence[Evidence]) -> None:
        self._apis = {normalize(api.name): known_modules(api, around) for api in host.apis} if host else {}
        self._side = {*self._apis, normalize(host.name)} if host else set()
        self._found: dict[tuple[str, str, str], list[tuple[Evidence, bool, bool]]] = {}

    def found(self, shared: Mapping[str, Sequence[Evidence]]) -> Mapping[str, Sequence[Conflict]]:
        for top, ones in shared.items():
            self._enter(top, [(one, _beneath_package(one, top)) for one in ones])
        found: dict[str, list[Conflict]] = {}
        for (subject, how, package), others in self._found.items():
            names = tuple(dict.fromkeys(other.subject for other, _, _ in others))
            certain = any(certain for _, certain, _ in others)
            together = all(together for _, _, together in others)
            made = Conflict(how, package, names, certain, together)  # type: ignore[arg-type]
            found.setdefault(subject, []).append(made)
        return found

    def _enter(self, package: str, members: Sequence[tuple[Evidence, Collection[str]]]) -> None:
        members = [(one, names) for one, names in members if names]
        if len(members) < 2:
            return
        path = package.replace(".", "/")
        with_init = [one for one, names in members if package in names]
        closed = [one for one in with_init if path not in one.inits or not one.inits[path].extends]
        if closed:
            for owner, other in self._pairs(closed, [one for one, _ in members]):
                self._hidden(package, owner, other)
            return
        self._differing(package, path, with_init)
        inner: dict[str, list[tuple[Evidence, Collection[str]]]] = {}
        for one, names in members:
            parts = {name[len(package) + 1 :].partition(".")[0] for name in names} - {""}
            for part in parts:
                inside = f"{package}.{part}"
                chosen = [name for name in names if name == inside or name.startswith(f"{inside}.")]
                inner.setdefault(inside, []).append((one, chosen))
        for inside, those in inner.items():
            self._enter(inside, those)

    def _pairs(self, some: Sequence[Evidence], all_: Sequence[Evidence]) -> Iterator[tuple[Evidence, Evidence]]:
        """Yield pairs of one of `some` with another: each artifact is in a few of them, those with the host's first."""
        ordered = sorted(some, key=lambda one: normalize(one.name) not in self._side)
        yield from ((one, other) for one in ordered[:_FEW] for other in all_ if other is not one)
        yield from ((one, other) for one in ordered[_FEW:] for other in all_[:_FEW] if other is not one)

    def _hidden(self, package: str, owner: Evidence, other: Evidence) -> None:
        """Note it where a package, with an `__init__` that looks for no further portions, hides that of another."""
        path = package.replace(".", "/")
        both = bool(module_file(other, path)) and module_file(other, path) == module_file(owner, path)
        same = owner.inits.get(path) == other.inits.get(path)
        together = bool(owner.site) and owner.site == other.site
        if self._is_known_otherwise(package, owner, other) or (together and owner.installed):
            return
        replaced = both and not same and path in owner.inits and bool(owner.inits[path].code)
        hidden = {*_beneath_package(other, package)} - {*_beneath_package(owner, package)}
        if module_file(other, path) and not (both and same):
            if _has_code(owner, path) and not hidden:
                self._note_differing(package, owner, other)
                return
            hidden |= {package} if _has_code(other, path) else set()
        certain, adds = self._is_needed(other, hidden), self._is_intruder(other, owner)
        if certain or (hidden and (adds or not (together or (both and same)))):
            blamed, beside = (other, owner) if adds else (owner, other)
            self._note(blamed, "adds" if adds else "hides", package, (beside, certain, together and not replaced))

    def _differing(self, package: str, path: str, ones: Sequence[Evidence]) -> None:
        """Note those whose `__init__.py` is not what that of others is: only one of them is run."""
        by_code: dict[str, list[Evidence]] = {}
        for one in ones:
            by_code.setdefault(one.inits[path].code, []).append(one)
        if len(by_code) < 2:
            return
        for first, second in self._pairs([alike[0] for alike in by_code.values()], ones):
            code, other = first.inits[path].code, second.inits[path].code
            unknown = _UNKNOWN in (code, other) and bool(code and other)
            if code == other or unknown or normalize(first.name) == normalize(second.name):
                continue
            self._note_differing(package, first, second)

    def _note_differing(self, package: str, first: Evidence, second: Evidence) -> None:
        """Note of two `__init__.py` the one that is to blame: an intruder's, or what has code."""
        path = package.replace(".", "/")
        for one, beside in ((first, second), (second, first)):
            if self._is_intruder(one, beside) or (_has_code(one, path) and not self._is_intruder(beside, one)):
                self._note(one, "differs", package, (beside, True, False))

    def _note(self, blamed: Evidence, how: str, package: str, beside: tuple[Evidence, bool, bool]) -> None:
        self._found.setdefault((blamed.subject, how, package), []).append(beside)

    def _is_known_otherwise(self, package: str, owner: Evidence, other: Evidence) -> bool:
        """Return whether it is PK304 or PK505 that says so: a copy of the API, or one file in two artifacts."""
        names = normalize(owner.name), normalize(other.name)
        if names[0] == names[1]:
            return True
        pairs = ((names[0], other), (names[1], owner))
        if any(name in self._apis and _has_any(one, package, self._apis[name]) for name, one in pairs):
            return True
        path = package.replace(".", "/")
        file = module_file(owner, path)
        if file != module_file(other, path) or is_open(other, file):
            return False
        return path not in owner.inits or owner.inits[path] != other.inits.get(path)

    def _is_intruder(self, one: Evidence, owner: Evidence) -> bool:
        """Return whether of two the first is to blame: the other is the host's, or is what it builds upon."""
        sides = normalize(one.name) in self._side, normalize(owner.name) in self._side
        if sides[0] != sides[1]:
            return sides[1]
        return normalize(owner.name) in {requirement_name(line) for line in one.requires}

    def _is_needed(self, one: Evidence, hidden: Collection[str]) -> bool:
        """Return whether it is of no use without those of its modules."""
        modules = [factory.reference.partition(":")[0] for factory in one.factories]
        if normalize(one.name) in self._side:
            return bool(hidden)
        return any(module in hidden for module in modules) if modules else bool(hidden) and _is_all(one, hidden)


def _has_code(one: Evidence, path: str) -> bool:
    """Return whether the module, or the `__init__` of the package, at that path does anything as it is imported."""
    return path not in one.inits or bool(one.inits[path].code)


def _is_all(one: Evidence, names: Collection[str]) -> bool:
    """Return whether an artifact has no other modules, but for the packages around them."""
    return all(any(f"{inner}.".startswith(f"{name}.") for inner in names) for name in file_modules(one.files))


def _has_any(one: Evidence, package: str, known: Collection[str]) -> bool:
    """Return whether an artifact has a module in that package that an API is known to have."""
    return any(name in known for name in _beneath_package(one, package))


def _beneath_package(one: Evidence, package: str) -> Sequence[str]:
    return [name for name in map(dotted, one.files) if f"{name}.".startswith(f"{package}.")]
