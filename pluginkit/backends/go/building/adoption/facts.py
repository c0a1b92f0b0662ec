"""What the sources of a tree say of its main packages, and what they look up in plugins. Nothing is compiled or run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pluginkit.backends.go.building.astools import ask
from pluginkit.backends.go.building.packages import list_patterns
from pluginkit.backends.go.building.trees import tree

if TYPE_CHECKING:
    from pluginkit.backends.go.building.command import Go
    from pluginkit.backends.go.building.packages import Package

_OPENED_WITH = "plugin"
_READING, _DOWNLOADING = "reading ", "go: downloading "


@dataclass(frozen=True, slots=True)
class Asserted:
    """A type that a host takes a symbol for."""

    type: str
    """As reflect prints it."""
    interface: bool
    """The symbol has to implement it; otherwise it has to be of exactly that type."""
    packages: tuple[str, ...]
    """Import paths of the packages that the type is made of."""
    fits: frozenset[str]
    """Import paths of the main packages whose symbol of that name is of that type; if it is computed, of any name."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A symbol that packages look up in plugins."""

    name: str
    """Empty where it is computed."""
    written: str
    """The expression that gives the name."""
    place: str
    """`file:line`."""
    optional: bool
    """The host goes on where it is missing."""
    types: tuple[Asserted, ...]
    hosts: frozenset[str]
    """Import paths of the main packages that may run it."""


@dataclass(frozen=True, slots=True)
class Export:
    """An exported function or variable."""

    type: str
    """Of what looking it up returns, a pointer for a variable; as reflect prints it."""
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Main:
    """A main package."""

    package: Package
    path: str
    """Directory relative to the root."""
    exports: Mapping[str, Export]
    stub: bool
    """It has no function main, or one that does nothing or only says that it is a plugin."""
    opens: str
    """Where what it may run calls plugin.Open, as `file:line`; empty where nothing does."""
    test_data: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a tree."""

    packages: Mapping[str, Package]
    """By import path, all that the tree's own need included."""
    mains: tuple[Main, ...]
    """Sorted by path."""
    lookups: tuple[Lookup, ...]


_TEST_DATA = {"test", "tests", "testing", "testdata", "fixtures"}


def read(go: Go, patterns: Iterable[str], progress: Callable[[str], None]) -> Facts:
    """List the packages of `patterns` and read their sources; `progress` hears what is being read.

    Raises PluginkitError with Go's explanation of what cannot be listed.
    """
    patterns = list(patterns)
    progress(" ".join(patterns))

    def hear(line: str) -> None:
        for begin, after in ((_READING, ""), (_DOWNLOADING, " (downloading)")):
            if line.startswith(begin):
                progress(line.removeprefix(begin) + after)

    packages = list_patterns(go, patterns, hear)
    mains = {path: one for path, one in packages.items() if one.name == "main" and is_own(one)}
    openers = sorted(path for path, one in packages.items() if not one.standard and _opens(one))
    asked = tree(go, packages) | {"adoption": {"openers": openers, "mains": sorted(mains), "libraries": []}}
    answer = ask(go, {"trees": [asked]}, hear)["trees"][0]["adopted"]
    found = sorted((_main(go, packages[one["path"]], one) for one in answer["mains"]), key=lambda main: main.path)
    return Facts(packages, tuple(found), tuple(map(_lookup, answer["lookups"])))


def libraries(go: Go, facts: Facts) -> Mapping[str, tuple[Package, ...]]:
    """Return the packages of the tree that export what is looked up and are not main packages, by the name."""
    own = sorted(path for path, one in facts.packages.items() if one.name != "main" and _may_offer(one))
    openers = sorted(path for path, one in facts.packages.items() if not one.standard and _opens(one))
    asked = tree(go, facts.packages) | {"adoption": {"openers": openers, "mains": [], "libraries": own}}
    found = ask(go, {"trees": [asked]})["trees"][0]["adopted"]["libraries"]
    return {name: tuple(facts.packages[path] for path in sorted(paths)) for name, paths in sorted(found.items())}


def is_own(package: Package) -> bool:
    """Return whether a package is of the tree itself, be it by `replace`; what lies in `vendor` is not."""
    return not package.standard and not package.module and "vendor" not in package.directory.parts


def _may_offer(package: Package) -> bool:
    return is_own(package) and _OPENED_WITH not in package.imports


def _opens(package: Package) -> bool:
    return _OPENED_WITH in package.imports or _OPENED_WITH in package.deps


def _main(go: Go, package: Package, answer: Mapping[str, Any]) -> Main:
    path = package.directory.relative_to(go.root.resolve()).as_posix()
    return Main(
        package=package,
        path=path,
        exports={one["name"]: Export(one["type"], tuple(one["packages"])) for one in answer["exports"]},
        stub=answer["stub"],
        opens=answer["opens"],
        test_data=bool(_TEST_DATA & set(path.split("/"))),
    )


def _lookup(answer: Mapping[str, Any]) -> Lookup:
    return Lookup(
        name=answer["name"],
        written=answer["written"],
        place=f"{answer['file']}:{answer['line']}",
        optional=answer["optional"],
        types=tuple(
            Asserted(one["type"], one["interface"], tuple(one["packages"]), frozenset(one["fits"]))
            for one in answer["types"]
        ),
        hosts=frozenset(answer["hosts"]),
    )
