"""Who is host, API and plugin among the projects of a tree, by what they declare and look up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.python.adoption.dependents import dependents, shared_distribution, shared_member
from pluginkit.backends.python.adoption.mentions import Mentions, mentions
from pluginkit.backends.python.group_names import SCRIPTS, TOOLS, called_after
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import normalize, requirement_name


@dataclass(frozen=True, slots=True)
class Roles:
    """Which project is what."""

    group: str
    plugins: tuple[Member, ...]
    hosts: tuple[Member, ...]
    apis: tuple[str, ...]
    """Directories of members, or names of third-party distributions."""
    libraries: tuple[str, ...]
    """Directories of further projects that any of those need."""
    foreign_host: str = ""
    """The third-party distribution that looks up the group."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An entry-point group, and who has to do with it."""

    group: str
    plugins: tuple[Member, ...]
    hosts: tuple[Member, ...]
    foreign_host: str
    imports: int
    """How often the plugins import from the foreign host."""

    @property
    def rank(self) -> tuple[bool, int, bool, int, str]:
        known = bool(self.hosts or self.foreign_host)
        return (known and bool(self.plugins), len(self.plugins), known, self.imports, self.group)


def find_roles(root: Path, members: Sequence[Member], progress: Callable[[str], None] = lambda path: None) -> Roles:
    """Return the roles of the projects in a tree; `progress` hears of each whose sources are read.

    Raises PluginkitError where there are neither entry points nor anything that most of them require.
    """
    groups = _groups(members)
    if not groups:
        return _by_requirements(root, members)
    said: dict[str, Mentions] = {}
    for member in members:
        progress(member.path)
        said[member.path] = mentions(root, member, groups)
    best = max((_candidate(group, found, members, said) for group, found in groups.items()), key=lambda one: one.rank)
    apis = _apis(members, best, said)
    libraries = _libraries(members, [*best.hosts, *best.plugins, *(one for one in members if one.path in apis)])
    return Roles(best.group, best.plugins, best.hosts, tuple(apis), tuple(libraries), best.foreign_host)


def _groups(members: Sequence[Member]) -> Mapping[str, list[Member]]:
    """Return the entry-point groups of plugins with the members in them; those of tools only without any others."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        for group in {group for group, _, _ in member.entry_points if not group.startswith(SCRIPTS)}:
            groups.setdefault(group, []).append(member)
    own = {group: found for group, found in groups.items() if not group.startswith(tuple(TOOLS))}
    return own or groups


def _candidate(
    group: str, inside: Sequence[Member], members: Sequence[Member], said: Mapping[str, Mentions]
) -> _Candidate:
    """Return who is plugin and host in a group.

    A host names it in its sources. One that is in the group itself, as it registers built-in plugins, looks it up too,
    or others in the group require it: a plugin may well name the group for another reason.
    """
    needed = {requirement_name(line) for one in inside for line in one.requires}
    foreign = called_after(group, needed - {one.name for one in members})
    hosts = []
    for member in members:
        named = said[member.path]
        if member not in inside:
            is_host = group in (named.looked_up if foreign else named.groups)
        else:
            is_host = (not foreign and group in named.looked_up) or (group in named.groups and member.name in needed)
        hosts += [member] if is_host else []
    plugins = tuple(member for member in inside if member not in hosts)
    foreign = "" if hosts else foreign
    return _Candidate(group, plugins, tuple(hosts), foreign, _imports(foreign, plugins, said) if foreign else 0)


def _by_requirements(root: Path, members: Sequence[Member]) -> Roles:
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
    return Roles("", tuple(plugins), hosts, (shared.path if shared else name,), tuple(libraries))


def _apis(members: Sequence[Member], found: _Candidate, said: Mapping[str, Mentions]) -> list[str]:
    at = {member.name: member.path for member in members}
    needs = [{requirement_name(line) for line in plugin.requires} for plugin in found.plugins]
    common = set.intersection(*needs) if needs else set()
    own = [host for host in found.hosts if any(host.name in names for names in needs)]
    if own:
        return [host.path for host in own]
    if found.foreign_host:
        return [found.foreign_host]
    of_hosts = [{requirement_name(line) for line in host.requires} for host in found.hosts]
    shared = sorted(common.intersection(*of_hosts) if of_hosts else common)
    inside = [at[name] for name in shared if name in at]
    if inside:
        return inside
    chosen = _most_imported(shared, found, said) or [host.path for host in found.hosts]
    chosen = chosen or _most_required(members, found.plugins)
    if not chosen:
        raise PluginkitError(
            f"plugins in {found.group!r} found, but no API that they share",
            hint="write `api` under [tool.pluginkit] by hand",
        )
    return chosen


def _most_imported(shared: Sequence[str], found: _Candidate, said: Mapping[str, Mentions]) -> list[str]:
    """Return which of the distributions that all plugins require is the API.

    That is the one which the group is called after, else the one that the plugins import most.
    """
    first = found.group.replace("_", "-")
    alike = [name for name in shared if name.split("-")[0] in first]
    return alike or ([max(shared, key=lambda name: _imports(name, found.plugins, said))] if shared else [])


def _imports(distribution: str, plugins: Sequence[Member], said: Mapping[str, Mentions]) -> int:
    """Return how often plugins import from a distribution, by the name of its package."""
    imports = [one for plugin in plugins for one in said[plugin.path].imports]
    return sum(number for module, number in imports if f"{distribution}-".startswith(f"{normalize(module)}-"))


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
