"""Hooks (pluggy): what an API specifies, and what a plugin implements, as pluggy sees them when it registers it."""

from __future__ import annotations

import re
from functools import lru_cache

from pluginkit.core.frozen import record
from pluginkit.surface.roles import indexed
from pluginkit.surface.signature import arguments, parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pluginkit.surface.index import Index
    from pluginkit.surface.signature import Declaration, Parameter

_MARKER = re.compile(r"\bHook(?:spec|impl)Marker\(['\"]([^'\"]+)['\"]\)")
_OPTIONS = re.compile(r"(\w+)=('[^']*'|\w+|\?)")
_OWN_MARKER = "@pluggy.HookimplMarker"
_BY_PREFIX = {"pytest": "pytest_"}
"""Projects whose hooks are all functions with a prefix, marked or not (`PytestPluginManager.parse_hookimpl_opts`)."""


@record
class Specs:
    """The hooks of an API."""

    project: str
    """What its markers are made with."""
    hooks: Mapping[str, frozenset[str]]
    """Name of each hook to the arguments that its implementations may take."""
    shown: Mapping[str, str]
    """Name of each hook to its declaration."""


@record
class Implementation:
    """A hook as a plugin implements it."""

    name: str
    """Of the hook."""
    function: str
    taken: tuple[str, ...]
    """Parameters without a default; pluggy passes arguments to them."""
    is_optional: bool
    is_wrapper: bool
    is_old_wrapper: bool
    is_generator: bool


@lru_cache(maxsize=64)
def specs(surface: tuple[str, ...], named: str = "") -> Specs | None:
    """Return the hooks of an API; None where it has none, or those of several projects.

    `named` is the dotted name of the module or class with them, by default each that has a marked function.
    """
    makers = [line for line in surface if "HookspecMarker(" in line or "HookimplMarker(" in line]
    projects = {project for line in makers for project in _MARKER.findall(line)}
    if len(projects) != 1:
        return None
    (project,) = projects
    index = indexed(surface)
    marked = [found for found in (index.names[name][0] for name in index.names) if "@hookspec" in found.decorators]
    owners = {index.resolve(named)} if named else {found.owner for found in marked}
    prefix = _BY_PREFIX.get(project)
    found = [line for line in marked if line.owner in owners]
    if prefix:
        paths = [path for owner in owners for path in index.members.get(owner, {}).values()]
        inside = [index.names[path][0] for path in paths]
        found = [line for line in inside if line.word == "def" and line.short.startswith(prefix)]
    if not found:
        return None
    given = {line.short: _given(line, in_class=index.word(line.owner) == "class") for line in found}
    hooks = {name: frozenset(one.name for one in places) for name, places in given.items()}
    return Specs(project, hooks, {line.short: f"def {line.short}({arguments(line)})" for line in found})


def implementations(lines: Sequence[Declaration], api: Index, project: str) -> Iterator[Implementation]:
    """Yield the hooks of a project that a plugin's functions implement, as far as pluggy would see them as such."""
    prefix = _BY_PREFIX.get(project, "")
    for line in lines:
        if line.word != "def" or not line.short.startswith(prefix):
            continue
        marks = [one for one in line.decorators if one not in ("@generator", "@staticmethod", "@classmethod")]
        options = _options(marks[0], api, project) if len(marks) == 1 else None
        if not marks and prefix:
            options = {}
        if options is not None:
            given = options.get("specname", "None")
            yield Implementation(
                line.short if given == "None" else given.strip("'"),
                line.short,
                tuple(one.name for one in _given(line, in_class=True) if not one.optional),
                is_optional=given == "?" or options.get("optionalhook", "False") != "False",
                is_wrapper=options.get("wrapper") == "True",
                is_old_wrapper=options.get("hookwrapper") == "True",
                is_generator="@generator" in line.decorators,
            )


def _options(mark: str, api: Index, project: str) -> Mapping[str, str] | None:
    """Return the options of a marker of the project; None for any other decorator."""
    name, _, given = mark.partition("(")
    options = dict(_OPTIONS.findall(given))
    if name == _OWN_MARKER:
        return options if options.pop("project", "") == f"'{project}'" else None
    lines = api.names.get(api.resolve(name.removeprefix("@")), ())
    return options if any(project in _MARKER.findall(line.rest) for line in lines) else None


def _given(line: Declaration, *, in_class: bool) -> list[Parameter]:
    """Return the parameters that are passed by place, without `self` (`pluggy._hooks.varnames`)."""
    found = [one for one in parameters(line) if one.kind in ("positional", "either")]
    return found[1:] if in_class and found and found[0].name in ("self", "cls") else found
