"""The configuration proposed for a tree of Python projects, and what is said of each of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path

from pluginkit.backends.protocol import Draft, toml_array, toml_string
from pluginkit.backends.python.adoption.roles import Roles, find_roles
from pluginkit.backends.python.project import is_project
from pluginkit.backends.python.survey import Survey, survey, uv_workspace
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member

_LINE = 120
"""Characters up to which an array stands in one line."""


def draft(root: Path, progress: Callable[[str], None] = lambda path: None) -> Draft:
    """Read the projects beneath `root` and propose their roles; `progress` hears of each. Writes nothing.

    The plugins are the members with an entry point in the group that most members share; the host is the member whose
    sources look that group up, or the third-party distribution that it is called after; the API is what host and
    plugins both are or need. Where there is a workspace of uv's, all of them are members of that. Without any entry
    point, the API is what most members require. Raises PluginkitError where they have nothing like that in common.
    """
    found = survey(root, progress)
    inside = uv_workspace(root)
    try:
        roles = find_roles(root, [one for one in found.members if inside is None or one.path in inside], progress)
    except PluginkitError as error:
        unread = "".join(f"\n  {path}: left out: {reason}" for path, reason in found.left_out)
        raise PluginkitError(error.message + unread, hint=error.hint) from None
    return Draft(_toml(root, roles), tuple(_notes(found, roles, inside)))


def _toml(root: Path, roles: Roles) -> str:
    apis = (*roles.apis, *roles.libraries)
    hosts = [host.path for host in roles.hosts]
    lines = [
        'language = "python"',
        f"api = {toml_string(apis[0]) if len(apis) == 1 else _array(apis)}",
        f"hosts = {_array(hosts)}",
        f"plugins = {_array(_patterns(root, [plugin.path for plugin in roles.plugins], {*apis, *hosts}))}",
    ]
    lines += [f"group = {toml_string(roles.group)}"] if roles.group else []
    return "\n".join(lines) + "\n"


def _array(items: Iterable[str]) -> str:
    items = tuple(items)
    line = toml_array(items)
    return line if len(line) <= _LINE else "[\n" + "".join(f"    {toml_string(item)},\n" for item in items) + "]"


def _patterns(root: Path, paths: Sequence[str], others: Set[str]) -> Iterator[str]:
    """Yield the paths of plugins; those of a directory as one pattern, where it matches no project without a role."""
    done = set[str]()
    for path in paths:
        parent = Path(path).parent.as_posix()
        pattern, siblings = f"{parent}/*", {one for one in paths if Path(one).parent.as_posix() == parent}
        if parent == "." or len(siblings) < 2 or not _matched(root, pattern) <= siblings | others:
            yield path
        elif pattern not in done:
            done.add(pattern)
            yield pattern


def _matched(root: Path, pattern: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.glob(pattern) if path.is_dir() and is_project(path)}


def _notes(found: Survey, roles: Roles, inside: Set[str] | None) -> Iterator[str]:
    number, group = len(found.members), f"plugins register in the entry-point group {roles.group!r}"
    counted = f"{number} project{'' if number == 1 else 's'} found"
    yield f"{counted}; {group if roles.group else 'no plugin has an entry point'}"
    told = {one.path: f"{one.build_backend:<24}  {_role(one, roles, inside)}" for one in found.members}
    told |= {path: f"{'':<24}  left out: {reason}" for path, reason in found.left_out}
    width = max(map(len, told))
    yield from (f"  {path:<{width}}  {what}" for path, what in sorted(told.items()))
    for name in roles.apis:
        if name not in told:
            yield f"  the API {name} is a third-party distribution: the lock pins it"
    if host := roles.foreign_host:
        yield f"  the host is {host}, not a project of this tree: `pluginkit verify` compares with the lock,"
        yield f"  `pluginkit verify --host ENV` with an environment that has {host}"
    yield "add `dist` and `.pluginkit/` to .gitignore"


def _role(member: Member, roles: Roles, inside: Set[str] | None) -> str:
    if member in roles.hosts and member.path in roles.apis:
        return "host, and the API that plugins are written against"
    if member in roles.hosts:
        return "host: its sources look up the group" if roles.group else "host"
    if member in roles.plugins:
        return "plugin" if roles.group else "plugin: it requires the API"
    if member.path in roles.apis:
        return "API: host and plugins depend on it"
    if member.path in roles.libraries:
        return "API too: others here need it"
    if inside is not None and member.path not in inside:
        return "left out: not in the uv workspace"
    return "left out: no entry point in the group" if roles.group else "left out: does not need the API"
