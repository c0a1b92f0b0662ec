"""poetry-core: without a build script it ships the packages and files that it is told of, but for what git ignores."""

from collections.abc import Iterator, Mapping
from typing import Any

from pluginkit.backends.python.hermetic.names import (
    all_of,
    files,
    is_file_pattern,
    is_literal,
    is_source,
    listed,
    metadata_files,
    requires_only,
    table,
)

_KEYS = frozenset((
    "authors", "classifiers", "dependencies", "description", "dev-dependencies", "documentation", "exclude", "extras",
    "group", "homepage", "include", "keywords", "license", "maintainers", "name", "package-mode", "packages", "plugins",
    "readme", "repository", "requires-plugins", "requires-poetry", "scripts", "source", "urls", "version",
))  # fmt: skip


def named_files(
    build: Mapping[str, Any], project: Mapping[str, Any], poetry: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where it runs a script, or its configuration leads elsewhere."""
    if not (project or poetry) or set(poetry) - _KEYS or not requires_only(build, "poetry-core"):
        return None
    scripts = [*table(poetry, "scripts").values(), *table(project, "scripts").values()]
    if not is_literal(project) or not all(isinstance(one, str) for one in scripts):
        return None
    name = project.get("name") or poetry.get("name")
    if any("path" in one for one in _requirements(poetry)) or not all(map(is_source, _selected(name, poetry))):
        return None  # what lies in a directory is written down with its absolute path
    return all_of([*metadata_files(project), *files(poetry.get("readme")), "*.py"], is_file_pattern)


def _requirements(poetry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the requirements that are tables."""
    for value in table(poetry, "dependencies").values():
        yield from (one for one in listed(value) if isinstance(one, dict))


def _selected(name: Any, poetry: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what is shipped: files, and the directories in which packages lie."""
    if not poetry.get("packages"):
        yield str(name).replace("-", "_")
    for one in listed(poetry.get("packages")):
        if isinstance(one, dict):
            yield f"{one['from']}/{one.get('include')}" if "from" in one else one.get("include")
        else:
            yield None
    for one in listed(poetry.get("include")):
        yield one.get("path") if isinstance(one, dict) else one
