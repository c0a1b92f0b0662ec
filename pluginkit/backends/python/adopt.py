"""The configuration proposed for a tree of Python projects: who is host, API and plugin, by what they declare."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.protocol import Draft, toml_array, toml_string
from pluginkit.backends.python.dependents import dependents, shared_distribution, shared_member
from pluginkit.backends.python.survey import mentions, projects, uv_workspace
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name

_FOREIGN_GROUPS = ("console_scripts", "gui_scripts", "pytest11", "hatch", "mypy", "distutils.", "setuptools.", "babel.")
"""Entry-point groups of other programs: a member in one of them is not a plugin of this monorepo's host."""


@dataclass(frozen=True, slots=True)
class _Roles:
    group: str
    plugins: tuple[Member, ...]
    hosts: tuple[Member, ...]
    apis: tuple[str, ...]
    """Directories of members, or names of third-party distributions."""
    libraries: tuple[str, ...]
    """Directories of further projects that any of those need."""


def draft(root: Path) -> Draft:
    """Read the projects beneath `root` and propose their roles. Writes nothing.

    The plugins are the members with an entry point in the group that most members share; the host
    is the member whose sources name that group; the API is what host and plugins both are or need. Where there is
    a workspace of uv's, all of them are members of that. Without any entry point, the API is what most members require.
    Raises PluginkitError when there is no such thing either.
    """
    found = list(projects(root))
    inside = uv_workspace(root)
    roles = _roles(root, [one for one in found if inside is None or one.path in inside])
    return Draft(_toml(roles), tuple(_notes(found, roles, inside)))


def _roles(root: Path, members: Sequence[Member]) -> _Roles:
    groups: dict[str, list[Member]] = {}
    for member in members:
        for group in {group for group, _, _ in member.entry_points if not group.startswith(_FOREIGN_GROUPS)}:
            groups.setdefault(group, []).append(member)
    if not groups:
        return _by_requirements(root, members)
    hosts = {group: [one for one in members if mentions(root, one, group)] for group in groups}
    group = max(sorted(groups), key=lambda name: (bool(hosts[name]), len(groups[name])))
    # A host may register built-in plugins with itself: it stays the host.
    plugins = [member for member in groups[group] if member not in hosts[group]]
    apis = _apis(members, hosts[group], plugins, group)
    libraries = _libraries(members, [*hosts[group], *plugins, *(one for one in members if one.path in apis)])
    return _Roles(group, tuple(plugins), tuple(hosts[group]), tuple(apis), tuple(libraries))


def _by_requirements(root: Path, members: Sequence[Member]) -> _Roles:
    """Return the roles in a tree without entry points: what most members require is the API, those are the plugins."""
    shared = shared_member(members)
    name = shared.name if shared else shared_distribution(members)
    if not name:
        found = ", ".join(member.path for member in members) or "none"
        raise PluginkitError(
            f"{root}: no member has a plugin's entry point, and there is nothing that most members require; "
            f"projects found: {found}",
            hint="write the configuration by hand: `api`, `hosts` and `plugins` under [tool.pluginkit]",
        )
    plugins = dependents(name, members)
    hosts = (shared,) if shared else ()
    libraries = _libraries(members, [*plugins, *hosts])
    return _Roles("", tuple(plugins), hosts, (shared.path if shared else name,), tuple(libraries))


def _apis(members: Sequence[Member], hosts: Sequence[Member], plugins: Sequence[Member], group: str) -> list[str]:
    at = {member.name: member.path for member in members}
    needs = [{requirement_name(line) for line in plugin.requires} for plugin in plugins]
    common = set.intersection(*needs) if needs else set()
    own = [host for host in hosts if any(host.name in names for names in needs)]
    if own:
        return [host.path for host in own]
    of_hosts = [{requirement_name(line) for line in host.requires} for host in hosts]
    shared = sorted(common.intersection(*of_hosts) if of_hosts else common)
    inside = [at[name] for name in shared if name in at]
    if inside:
        return inside
    named_like_group = [name for name in shared if name.split("-")[0] in group.replace("_", "-")]
    chosen = named_like_group or shared[:1] or [host.path for host in hosts] or _most_required(members, plugins)
    if not chosen:
        raise PluginkitError(
            f"plugins in {group!r} found, but no API that they share", hint="write `api` under [tool.pluginkit] by hand"
        )
    return chosen


def _most_required(members: Sequence[Member], plugins: Sequence[Member]) -> list[str]:
    """Return where the member lies, or how the distribution is called, that most of the plugins require."""
    shared = shared_member(members)
    name = shared_distribution(plugins)
    return [shared.path] if shared else [name] if name else []


def _libraries(members: Sequence[Member], chosen: Sequence[Member]) -> list[str]:
    """Return where the projects lie that `chosen` ones need, by way of each other too, and that are none of them."""
    by_name = {member.name: member for member in members}
    reached = {member.name for member in chosen}
    ahead = [*chosen]
    found = []
    while ahead:
        for name in map(requirement_name, ahead.pop().requires):
            if name in by_name and name not in reached:
                reached.add(name)
                found.append(by_name[name].path)
                ahead.append(by_name[name])
    return sorted(found)


def _toml(roles: _Roles) -> str:
    apis = (*roles.apis, *roles.libraries)
    api = toml_string(apis[0]) if len(apis) == 1 else toml_array(apis)
    lines = [
        'language = "python"',
        f"api = {api}",
        f"hosts = {toml_array(host.path for host in roles.hosts)}",
        f"plugins = {toml_array(plugin.path for plugin in roles.plugins)}",
    ]
    lines += [f"group = {toml_string(roles.group)}"] if roles.group else []
    return "\n".join(lines) + "\n"


def _notes(members: Sequence[Member], roles: _Roles, inside: Set[str] | None) -> Iterable[str]:
    registered = f"plugins register in the entry-point group {roles.group!r}"
    yield f"{len(members)} projects found; {registered if roles.group else 'no plugin has an entry point'}"
    own = [host for host in roles.hosts if host.path in roles.apis]
    width = max(len(member.path) for member in members)
    for member in members:
        if member in own:
            role = "host, and the API that plugins are written against"
        elif member in roles.hosts:
            role = "host: its sources look up the group" if roles.group else "host"
        elif member in roles.plugins:
            role = "plugin" if roles.group else "plugin: it requires the API"
        elif member.path in roles.apis:
            role = "API: host and plugins depend on it"
        elif member.path in roles.libraries:
            role = "API too: others here need it"
        elif inside is not None and member.path not in inside:
            role = "left out: not in the uv workspace"
        else:
            role = "left out: no entry point in the group" if roles.group else "left out: does not need the API"
        yield f"  {member.path:<{width}}  {member.build_backend:<24}  {role}"
    for name in roles.apis:
        if name not in {member.path for member in members}:
            yield f"  the API {name} is a third-party distribution: the lock pins it"
    yield "add `dist` and `.pluginkit/` to .gitignore"
