"""What Go plugins use of the APIs, by go/types, from their sources; where in them that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.go.building.astools import ask
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import Package
from pluginkit.backends.go.building.trees import list_sources, tree
from pluginkit.core.errors import PluginkitError
from pluginkit.surface.uses import capped

if TYPE_CHECKING:
    from pluginkit.backends.go.toolchain import GoToolchain


class ApiNotFoundError(PluginkitError):
    """The sources of an API are not on this machine, so what is used of it cannot be told."""


@dataclass(frozen=True, slots=True)
class GoUses:
    """What one plugin uses."""

    lines: tuple[str, ...]
    """Sorted, each once, as `surface.go.concern` explains; what a stamp keeps."""
    places: Mapping[str, tuple[str, ...]]
    """Each line, and those that a stamp has no room for, to where that is, as `file:line`.

    Relative to the root of the workspace, or by import path.
    """


def uses(go: Go, packages: Mapping[str, Package], apis: Iterable[str], mains: Iterable[str]) -> Mapping[str, GoUses]:
    """Return what each main package uses of the APIs, itself and by way of packages of its own, by import path.

    `packages` are the main packages and all they import, as `go list -deps` has them; nothing is compiled.
    """
    asked = users(packages, apis, mains)
    answer = ask(go, {"trees": [tree(go, packages) | {"users": asked}]})["trees"][0]["uses"]
    return {main: _uses(answer[main]) for main in asked}


def users(
    packages: Mapping[str, Package], apis: Iterable[str], mains: Iterable[str]
) -> dict[str, dict[str, list[str]]]:
    """Return whose uses of which APIs are those of each main package, as the program is told it: `Users` in `astools`.

    Only the APIs that a main package needs count, so that nothing depends on which others are looked at beside it.
    """
    asked = {}
    for main in mains:
        known = sorted({*apis} & set(packages[main].deps))
        asked[main] = {"apis": known, "packages": sorted(_own(packages, main, known))}
    return asked


def uses_of_directory(
    toolchain: GoToolchain,
    directory: Path,
    target: Mapping[str, str],
    apis: Sequence[str],
    manifest: Path | None = None,
) -> Mapping[str, GoUses]:
    """Return what each package beneath a directory uses of the APIs, by import path, if it uses any of them.

    Main packages count with the packages of their own; where there is no main package, each counts for itself.
    Reading a stranger's tree runs nothing of it; a `manifest` is used instead of its go.mod. Raises PluginkitError
    where no package imports an API, and ApiNotFoundError where the sources of one that is imported are missing.
    """
    go = Go(toolchain, directory.resolve(), target)
    packages = list_sources(go, manifest)
    users = [
        path
        for path, one in packages.items()
        if one.directory.is_relative_to(go.root) and not one.standard and path not in apis and set(apis) & set(one.deps)
    ]
    mains = [path for path in users if packages[path].name == "main"]
    if not users:
        raise PluginkitError(f"{directory}: no Go package imports {' or '.join(apis)}")
    missing = next((api for api in apis if api not in packages), None)
    if missing:
        raise ApiNotFoundError(f"{directory}: the sources of {missing} are not on this machine")
    return uses(go, packages, apis, mains or users)


def _own(packages: Mapping[str, Package], main: str, apis: Sequence[str]) -> Iterator[str]:
    """Yield a package, and those it needs that use an API and are not needed by one."""
    shared = {*apis, *(path for api in apis for path in packages[api].deps)}
    yield main
    for path in packages[main].deps:
        one = packages.get(path)
        if one is not None and not one.standard and path not in shared and set(apis) & set(one.deps):
            yield path


def _uses(answer: Mapping[str, Any]) -> GoUses:
    lines = capped(answer["lines"], answer["size"])
    return GoUses(lines, {line: tuple(places) for line, places in answer["places"].items()})
