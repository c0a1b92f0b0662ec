"""folder -> Workspace: find the configuration, read it strictly, and read the members it names."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from pluginkit.backends.members import members as members_of
from pluginkit.backends.protocol import Members
from pluginkit.core.api import Contract
from pluginkit.core.config import (
    check_contract,
    configuration,
    find_root,
    read_contract,
    read_ignores,
    read_release,
    read_roles,
    read_trusted,
    read_versioning,
)
from pluginkit.core.errors import PluginkitError
from pluginkit.core.known import Known
from pluginkit.core.model import Member, Workspace
from pluginkit.core.modes import PLUGIN, Limits
from pluginkit.core.names import nearest, requirement_name
from pluginkit.core.running import check_mode, read_limits, read_mode
from pluginkit.core.toml import Table
from pluginkit.rules import check_ignores


def discover(start: Path, known: Known | None = None, mode: str = "") -> Workspace:
    """Read the workspace that `start` lies in, but for what is `known` of it; with a `mode` all plugins have that.

    Raises PluginkitError for a missing, doubled or wrong configuration, and for members that are
    missing, nameless or not unique.
    """
    root = _root(start)
    table = configuration(root)
    language = table.take("language", str, "python")
    reader = members_of(language, table.where)
    contract = read_contract(table)
    search = _Search(root, reader, table, known)
    settings = reader.read_settings(table)
    plugins = _Plugins(table, language, settings.get("mode", PLUGIN), mode)
    members, apis = _members(search, contract, plugins)
    check_contract(contract, apis, table.where)
    ignores = read_ignores(table)
    check_ignores(ignores, language)
    versioning = read_versioning(table)
    roles = read_roles(table)
    host = _host(table, members)
    trust, release = read_trusted(table), read_release(table)
    table.strings("capabilities", ())  # of a root that is itself a plugin
    table.done()
    return Workspace(
        root,
        language,
        apis,
        members,
        contract,
        settings,
        tuple(search.visited),
        ignores,
        versioning,
        roles,
        host,
        trust=trust,
        release=release,
        limits=plugins.limits,
        mode=mode,
    )


def _root(start: Path) -> Path:
    root = find_root(start)
    if root is None:
        raise PluginkitError(
            f"{start}: not in a pluginkit workspace",
            hint="`pluginkit new NAME` makes one, `pluginkit init` adopts an existing monorepo",
        )
    return root


def _host(table: Table, members: Sequence[Member]) -> str:
    """Return which host elsewhere the plugins are for; PluginkitError where a member is their host."""
    if not isinstance(table.values.get("host", ""), str):
        raise PluginkitError(f"{table.where}: 'host' is not a string: members are named by `hosts`")
    host = table.take("host", str, "")
    if host and any(member.kind == "host" for member in members):
        raise PluginkitError(
            f"{table.where}: both 'hosts' and 'host'",
            hint="`host` is for plugins whose host is in another repository: keep one of them",
        )
    return host


def _members(search: "_Search", contract: Contract, plugins: "_Plugins") -> tuple[tuple[Member, ...], tuple[str, ...]]:
    root, table, reader = search.root, search.table, search.reader
    apis = table.strings("api", (), one=True)
    if not apis or not all(apis):
        raise PluginkitError(
            f"{table.where}: 'api' is {'empty' if 'api' in table.values else 'missing'}: hosts and plugins are compared"
            " by the API that they share",
            hint='name its directory, or the dependency that it is: api = "pluginapi"',
        )
    directories = [name for name in apis if _is_inside(root, name) and (root / name).is_dir()]
    paths = {kind: search.paths(kind) for kind in ("host", "plugin")}
    elsewhere = {*paths["host"], *map(_clean, directories)}  # what `packages/*` matches may be named once more
    paths["plugin"] = [path for path in paths["plugin"] if path not in elsewhere]
    members = [search.member(path, "api") for path in directories if _clean(path) not in paths["host"]]
    members += [search.member(path, kind) for kind, found in paths.items() for path in found]
    _refuse_twins(members)
    members = _as_declared(search, members, plugins)
    _refuse_unknown_capabilities(table.where, contract, members)
    at = {member.path: member.name for member in members}
    names = tuple(at[_clean(api)] if api in directories else reader.dependency_name(api) for api in apis)
    _refuse_cycles(members)
    return tuple(sorted(members, key=lambda member: (_ORDER[member.kind], member.name))), names


_ORDER = {"api": 0, "host": 1, "plugin": 2}


class _Plugins:
    """What `[plugin.NAME]` says of the plugins of one workspace, where the language has no manifest a member."""

    def __init__(self, table: Table, language: str, default: str, mode: str) -> None:
        self._language, self._default, self._mode = language, default, mode
        self.table = table.table("plugin")
        self.limits: dict[str, Limits] = {}
        """By name of a plugin that has some."""
        if mode:
            check_mode(mode, "--mode")
            self._refuse_elsewhere("--mode")

    def declared(self, member: Member) -> Member:
        """Return a plugin with what its table declares."""
        if member.name not in self.table.values:
            return replace(member, mode=self._mode or self._default)
        own = self.table.table(member.name)
        if "mode" in own.values:
            self._refuse_elsewhere(f"{own.where}: 'mode'")
        mode = read_mode(own, self._default)
        limits = read_limits(own, mode)
        if limits != Limits():
            self.limits[member.name] = limits
        member = replace(member, capabilities=own.strings("capabilities", ()), mode=self._mode or mode)
        own.done()
        return member

    def _refuse_elsewhere(self, what: str) -> None:
        if self._language != "go":
            raise PluginkitError(f"{what} is for Go: a plugin for Python is imported, and runs where its host does")


def _as_declared(search: "_Search", members: list[Member], plugins: _Plugins) -> list[Member]:
    """Add what the configuration declares of plugins; PluginkitError for a table of one that there is not."""
    named = {member.name for member in members if member.kind == "plugin"}
    for name in plugins.table.values:
        if name not in named:
            where = plugins.table.where
            search.refuse_passed_by(name, f"{where}: no plugin is named {name!r}")
            raise PluginkitError(
                f"{where}: no plugin is named {name!r}{nearest(name, named)}",
                hint="remove its table, or correct the name",
            )
    return [plugins.declared(member) if member.kind == "plugin" else member for member in members]


class _Search:
    """For members, in the directories that the configuration names."""

    def __init__(self, root: Path, reader: Members, table: Table, known: Known | None) -> None:
        self.root, self.reader, self.table = root, reader, table
        self._known = known
        self.visited: dict[str, None] = dict.fromkeys(known.visited if known else (".",))
        """Directories in which a new member would be found."""
        self.passed_by: list[str] = []
        """Directories that a pattern names, or that were members, and that hold no project."""

    def paths(self, kind: str) -> list[str]:
        """Return where the hosts or plugins lie that the configuration names."""
        patterns, excluded = self.table.strings(f"{kind}s", ()), self.table.strings("exclude", ())
        if self._known:
            paths = [path for path, its in self._known.paths.items() if its == kind]
            self.passed_by += [path for path in paths if not self._is_member(path)]
            return [path for path in paths if path not in self.passed_by]
        left_out = {path for pattern in excluded for path in self._excluded(pattern)}
        found = [path for pattern in patterns for path in self._matches(pattern, kind) if path not in left_out]
        return list(dict.fromkeys(_clean(path.relative_to(self.root).as_posix()) for path in found))

    def _excluded(self, pattern: str) -> list[Path]:
        """Return the directories that a pattern of `exclude` names, as that of a uv workspace does."""
        found = _glob(self.table, self.root, pattern) if _is_inside(self.root, pattern) else []
        if not found:
            raise PluginkitError(
                f"{self.table.where}: exclude {pattern!r}: no such directory", hint="correct it, or remove it"
            )
        return found

    def member(self, path: str, kind: str) -> Member:
        """Return the member at a path, reading its files where that is needed."""
        found = self._known.members.get(_clean(path)) if self._known else None
        return found if found and found.kind == kind else self.reader.read_member(self.root, path, kind)

    def refuse_passed_by(self, name: str, said: str) -> None:
        """Raise PluginkitError with what keeps the directory of that name from being a plugin, if there is one."""
        for path in self.passed_by:
            if path.rpartition("/")[2] == name:
                try:
                    self.reader.read_member(self.root, path, "plugin")
                except PluginkitError as error:
                    raise PluginkitError(f"{said}: {error.message}", hint=error.hint) from None

    def _is_member(self, path: str) -> bool:
        return bool(self._known and path in self._known.members) or self.reader.is_project(self.root / path)

    def _matches(self, pattern: str, kind: str) -> list[Path]:
        """Return the projects that one pattern names, and add to `visited` the directories gone through."""
        if not _is_inside(self.root, pattern):
            raise PluginkitError(f"{self.table.where}: {kind}s {pattern!r} leaves the workspace")
        literal = list(takewhile(lambda part: not any(mark in part for mark in "*?["), Path(pattern).parts))
        if not self.root.joinpath(*literal).is_dir():
            raise PluginkitError(f"{self.table.where}: {kind}s {pattern!r}: no such directory")
        if len(literal) < len(Path(pattern).parts):
            gone_through = _on_the_way(self.table, self.root, pattern)
            self.visited.update((_clean(path.relative_to(self.root).as_posix()), None) for path in gone_through)
            found = {path: self.reader.is_project(path) for path in _glob(self.table, self.root, pattern)}
            self.passed_by += [path.relative_to(self.root).as_posix() for path, is_one in found.items() if not is_one]
            return sorted(path for path, is_one in found.items() if is_one)
        return [self.root / pattern]


def _on_the_way(table: Table, root: Path, pattern: str) -> list[Path]:
    """Return the directories that are gone through for a pattern, and those that match but may hold no project yet."""
    parts = Path(pattern).parts
    beginnings = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return [path for beginning in beginnings for path in _glob(table, root, beginning)]


def _glob(table: Table, root: Path, pattern: str) -> list[Path]:
    try:
        found = [path for path in root.glob(pattern) if path.is_dir()]
    except (ValueError, NotImplementedError) as error:
        raise PluginkitError(f"{table.where}: {pattern!r} is not a valid pattern: {error}") from None
    return found


def _is_inside(root: Path, name: str) -> bool:
    return bool(name) and "\0" not in name and (root / name).resolve().is_relative_to(root.resolve())


def _clean(path: str) -> str:
    return Path(path).as_posix()


def _refuse_twins(members: list[Member]) -> None:
    seen: dict[str, Member] = {}
    for member in members:
        twin = seen.setdefault(member.name.casefold(), member)
        if twin is not member:
            raise PluginkitError(
                f"{twin.path} and {member.path} are both named {member.name}",
                hint="names are compared without case and with '-', '_' and '.' alike; rename one",
            )


def _refuse_unknown_capabilities(where: str, contract: Contract, members: list[Member]) -> None:
    contracts = (contract, *contract.apis)
    known = {name for one in contracts for name in one.known} if all(one.known for one in contracts) else set()
    for member in members:
        for name in member.capabilities:
            if known and name not in known:
                raise PluginkitError(
                    f"{member.path}: unknown capability {name!r}{nearest(name, known)}",
                    hint=f"add it to `known` in {where}, or mend the plugin's declaration",
                )


def _refuse_cycles(members: list[Member]) -> None:
    """Refuse an API that needs itself by way of a host or plugin (a host that *is* the API may)."""
    needs = {member.name: [requirement_name(line) for line in member.requires] for member in members}
    for member in members:
        if member.kind != "api":
            continue
        ahead: list[tuple[str, tuple[str, ...]]] = [(name, (member.name, name)) for name in needs[member.name]]
        seen: set[str] = set()
        while ahead:
            name, way = ahead.pop()
            if name == member.name:
                raise PluginkitError(f"{member.path}: depends on itself: {' -> '.join(way)}")
            if name not in seen:
                seen.add(name)
                ahead += [(further, (*way, further)) for further in needs.get(name, ())]
