"""folder -> Proposal: how `pluginkit init` reads an existing monorepo, and the configuration it proposes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.python.survey import mentions, projects
from pluginkit.core.config import CONFIG
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name
from pluginkit.core.toml import read_toml

_FOREIGN_GROUPS = ("console_scripts", "gui_scripts", "pytest11", "hatch", "mypy", "distutils.", "setuptools.", "babel.")
"""Entry-point groups of other programs: a member in one of them is not a plugin of this monorepo's host."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration, ready to be written."""

    path: Path
    text: str
    appends: bool
    """`text` goes to the end of an existing file."""
    notes: tuple[str, ...]
    """What was found, for a reader who decides."""


@dataclass(frozen=True, slots=True)
class _Roles:
    group: str
    plugins: tuple[Member, ...]
    hosts: tuple[Member, ...]
    apis: tuple[str, ...]
    """Directories of members, or names of third-party distributions."""


def propose(root: Path) -> Proposal:
    """Read the projects beneath `root` and propose their roles. Writes nothing.

    The plugins are the members with an entry point in the group that most members share; the host
    is the member whose sources name that group; the API is what host and plugins both are or need.
    Raises PluginkitError when `root` is configured already, or no group of plugins is found.
    """
    root = root.resolve()
    if not root.is_dir():
        raise PluginkitError(f"{root}: no such directory")
    manifest = root / "pyproject.toml"
    configured = manifest.is_file() and read_toml(manifest).table("tool").table("pluginkit").values
    if configured or (root / CONFIG).exists():
        raise PluginkitError(f"{root} is configured already", hint="edit its [tool.pluginkit] or pluginkit.toml")
    members = list(projects(root))
    roles = _roles(root, members)
    table = _toml(roles)
    notes = tuple(_notes(members, roles))
    if manifest.is_file():
        return Proposal(manifest, f"[tool.pluginkit]\n{table}", appends=True, notes=notes)
    return Proposal(root / CONFIG, table, appends=False, notes=notes)


def write(proposal: Proposal) -> None:
    """Write the proposal in one rename; what the file held before stays in front of it."""
    before = proposal.path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if proposal.appends else ""
    write_atomic(proposal.path, (before + proposal.text).encode("utf-8"))


def _roles(root: Path, members: Sequence[Member]) -> _Roles:
    groups: dict[str, list[Member]] = {}
    for member in members:
        for group in {group for group, _, _ in member.entry_points if not group.startswith(_FOREIGN_GROUPS)}:
            groups.setdefault(group, []).append(member)
    if not groups:
        found = ", ".join(member.path for member in members) or "none"
        raise PluginkitError(
            f"{root}: no member has a plugin's entry point; projects found: {found}",
            hint="write the configuration by hand: `api`, `hosts` and `plugins` under [tool.pluginkit]",
        )
    hosts = {group: [one for one in members if mentions(root, one, group)] for group in groups}
    group = max(sorted(groups), key=lambda name: (bool(hosts[name]), len(groups[name])))
    # A host may register built-in plugins with itself: it stays the host.
    plugins = [member for member in groups[group] if member not in hosts[group]]
    return _Roles(group, tuple(plugins), tuple(hosts[group]), tuple(_apis(members, hosts[group], plugins, group)))


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
    chosen = named_like_group or shared[:1] or [host.path for host in hosts]
    if not chosen:
        raise PluginkitError(
            f"plugins in {group!r} found, but no API that they share", hint="write `api` under [tool.pluginkit] by hand"
        )
    return chosen


def _toml(roles: _Roles) -> str:
    api = _string(roles.apis[0]) if len(roles.apis) == 1 else _array(roles.apis)
    lines = [
        'language = "python"',
        f"api = {api}",
        f"hosts = {_array(host.path for host in roles.hosts)}",
        f"plugins = {_array(plugin.path for plugin in roles.plugins)}",
        f"group = {_string(roles.group)}",
    ]
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _array(items: Iterable[str]) -> str:
    return "[" + ", ".join(_string(item) for item in items) + "]"


def _notes(members: Sequence[Member], roles: _Roles) -> Iterable[str]:
    yield f"{len(members)} projects found; plugins register in the entry-point group {roles.group!r}"
    own = [host for host in roles.hosts if host.path in roles.apis]
    width = max(len(member.path) for member in members)
    for member in members:
        if member in own:
            role = "host, and the API that plugins are written against"
        elif member in roles.hosts:
            role = "host: its sources look up the group"
        elif member in roles.plugins:
            role = "plugin"
        elif member.path in roles.apis:
            role = "API: host and plugins depend on it"
        else:
            role = "left out: no entry point in the group"
        yield f"  {member.path:<{width}}  {member.build_backend:<24}  {role}"
    for name in roles.apis:
        if name not in {member.path for member in members}:
            yield f"  the API {name} is a third-party distribution: the lock pins it"
    yield "add `dist` and `.pluginkit/` to .gitignore"
