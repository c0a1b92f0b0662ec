"""Why no configuration can be proposed for a tree, and what to write."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.backends.go.building.adoption.contract import computed
from pluginkit.backends.go.building.adoption.facts import is_own, libraries
from pluginkit.backends.go.building.adoption.modules import one_workspace
from pluginkit.core.errors import PluginkitError

if TYPE_CHECKING:
    from pluginkit.backends.go.building.adoption.facts import Facts, Lookup
    from pluginkit.backends.go.building.adoption.roles import Roles
    from pluginkit.backends.go.building.command import Go
    from pluginkit.backends.go.building.packages import Package

_MOST = 1 << 16
"""Bytes of a file that may be a generator."""
_SHOWN = 4
_CONSTRAINT = re.compile(r"^//go:build[ \t]+(.+)$", re.MULTILINE)
_IMPORTS = re.compile(r'^[ \t]*(?:import[ \t]+)?"plugin"[ \t]*$', re.MULTILINE)


def no_plugins(go: Go, facts: Facts, roles: Roles, outside: Sequence[str]) -> PluginkitError:
    """Return the error that says why the tree has no plugins; `outside` are modules that were not read."""
    lookups = roles.lookups or facts.lookups
    if lookups:
        found = libraries(go, facts)
        exporting = {name: found[name] for name in dict.fromkeys(one.name for one in lookups) if name in found}
        if exporting:
            return _not_main(go, lookups, exporting)
    lines = [*_excluded(go.root, facts)]
    lines += [*(f"{module} is a module of its own, and was not read" for module in outside), *computed(lookups)]
    hint = f"`{one_workspace(go.root, outside)}` makes one workspace of them" if outside else _by_hand(lookups)
    return PluginkitError("\n  ".join([f"{go.root}: {_reason(facts, roles, lookups)}", *lines]), hint=hint)


def _excluded(root: Path, facts: Facts) -> Iterator[str]:
    """Yield a line for each file that imports plugin, and that build constraints leave out."""
    for package in facts.packages.values():
        inside = is_own(package) and package.directory.is_relative_to(root)
        for path in sorted(package.directory.glob("*.go")) if inside else ():
            if path.name not in package.files and not path.name.endswith("_test.go"):
                text = path.read_text(encoding="utf-8", errors="replace")
                condition = _CONSTRAINT.search(text)
                if condition and _IMPORTS.search(text):
                    yield f"{path.relative_to(root)} imports plugin, and is only built for `{condition[1].strip()}`"


def _by_hand(lookups: Sequence[Lookup]) -> str:
    if lookups:
        return "write pluginkit.toml by hand: `api`, `hosts`, `plugins` and `[contract.symbols]`"
    return "if plugins and a host import a common package, write pluginkit.toml by hand and name that package in `api`"


def _reason(facts: Facts, roles: Roles, lookups: Sequence[Lookup]) -> str:
    asked = {one.name: one.place for one in reversed(lookups) if one.name}
    if not facts.mains:
        return "no main package: hosts and plugins are main packages"
    if asked:
        what = ", ".join(f"{name} ({place})" for name, place in sorted(asked.items()))
        return f"no main package exports what is looked up in plugins: {what}"
    if roles.hosts:
        host = roles.hosts[0]
        return f"{host.path} opens plugins ({host.opens}), and no name that it looks up is known"
    own = [one for one in facts.mains if one.stub and one.exports]
    if own:
        what = "; ".join(f"{one.path} exports {', '.join(sorted(one.exports))}" for one in own)
        return f"no host, and {what}: no type of it comes from a package that a host could share"
    return "no main package opens plugins, and none exports types of a package that it imports"


def _not_main(go: Go, lookups: Sequence[Lookup], exporting: Mapping[str, Sequence[Package]]) -> PluginkitError:
    """Return the error for packages that are like plugins and are not main packages: their mains may be generated."""
    name, packages = next(iter(exporting.items()))
    place = next(one.place for one in lookups if one.name == name)
    paths = [Path(os.path.relpath(one.directory, go.root)).as_posix() for one in packages]
    shown = ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
    message = f"{go.root}: no main package exports {name} ({place} looks it up); packages that are not main do: {shown}"
    generators = sorted({path for one in packages for path in _generators(go.root, one.directory)})
    if generators:
        return PluginkitError(
            f"{message}\n  {', '.join(generators)} seems to write main packages for them",
            hint="make those with it, then run `pluginkit init` again",
        )
    return PluginkitError(
        f"{message}\n  a plugin is a main package, {paths[0]}/main/main.go for example:\n"
        f'    package main\n\n    import library "{packages[0].path}"\n\n    {_forwarded(name, lookups)}\n\n'
        "    func main() {}",
        hint="write one for each, then run `pluginkit init` again",
    )


def _forwarded(name: str, lookups: Sequence[Lookup]) -> str:
    """Return the declaration in a main package that gives on a symbol of a library."""
    types = [type_.type for one in lookups if one.name == name for type_ in one.types]
    if types and types[0].startswith("func"):
        return f"// declare {name}, a {types[0]}, which calls library.{name}"
    return f"var {name} = library.{name}"


def _generators(root: Path, directory: Path) -> Iterator[str]:
    """Yield the files beside a package, or above it, that have `package main` in them and are not Go."""
    for above in (directory, *directory.parents):
        if not above.is_relative_to(root):
            return
        for path in sorted(above.iterdir()):
            if path.suffix != ".go" and path.is_file() and 0 < path.stat().st_size < _MOST and _writes_main(path):
                yield path.relative_to(root).as_posix()


def _writes_main(path: Path) -> bool:
    return any(line.strip() == b"package main" for line in path.read_bytes().splitlines())


def no_api(roles: Roles) -> PluginkitError:
    """Return the error for plugins that share no package with a host: there would be nothing to lock."""
    plugins = ", ".join(one.path for one in roles.plugins[:_SHOWN])
    names = ", ".join(one.name for one in roles.contract) or "nothing"
    return PluginkitError(
        f"there is no API: host and plugins ({plugins}) import no package that declares what they share ({names})",
        hint="declare its types in a package of their own, import that in host and plugins, and run `pluginkit init`",
    )
