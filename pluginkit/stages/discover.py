"""folder -> Workspace: find the configuration, read it strictly, and read the members it names."""

from dataclasses import replace
from pathlib import Path

from pluginkit.backends.members import LANGUAGES, Reading
from pluginkit.core.config import configuration, find_root, read_contract, read_ignores
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import nearest, requirement_name
from pluginkit.core.toml import Table


def discover(start: Path) -> Workspace:
    """Read the workspace that `start` lies in.

    Raises PluginkitError for a missing, doubled or wrong configuration, and for members that are
    missing, nameless or not unique.
    """
    root = find_root(start)
    if root is None:
        raise PluginkitError(
            f"{start}: not in a pluginkit workspace",
            hint="`pluginkit new NAME` makes one, `pluginkit init` adopts an existing monorepo",
        )
    table = configuration(root)
    language = table.take("language", str, "python")
    if language not in LANGUAGES:
        known = nearest(language, LANGUAGES)
        raise PluginkitError(f"{table.where}: unknown language {language!r}{known}", hint="use 'python' or 'go'")
    reading = LANGUAGES[language]
    contract = read_contract(table)
    members, apis = _members(root, reading, table)
    settings = reading.settings(table)
    read_ignores(table)  # the verifier's
    table.strings("capabilities", ())  # of a root that is itself a plugin
    table.done()
    return Workspace(root, language, apis, members, contract, settings)


def _members(root: Path, reading: Reading, table: Table) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    read = reading.member
    apis = table.strings("api", one=True)
    paths = {"host": _expand(root, reading, table, "hosts"), "plugin": _expand(root, reading, table, "plugins")}
    directories = [name for name in apis if _is_inside(root, name) and (root / name).is_dir()]
    members = [read(root, path, "api") for path in directories if _clean(path) not in paths["host"]]
    members += [read(root, path, kind) for kind, found in paths.items() for path in found]
    _refuse_twins(members)
    members = _with_capabilities(table, members)
    _refuse_unknown_capabilities(table, members)
    at = {member.path: member.name for member in members}
    names = tuple(at[_clean(api)] if api in directories else reading.dependency(api) for api in apis)
    _refuse_cycles(members)
    return tuple(sorted(members, key=lambda member: (_ORDER[member.kind], member.name))), names


_ORDER = {"api": 0, "host": 1, "plugin": 2}


def _with_capabilities(table: Table, members: list[Member]) -> list[Member]:
    """Add what `[plugin.NAME]` declares of plugins, where the language has no manifest a member."""
    plugins = table.table("plugin")
    named = {member.name for member in members if member.kind == "plugin"}
    for name in plugins.values:
        if name not in named:
            raise PluginkitError(f"{plugins.where}: no plugin is named {name!r}{nearest(name, named)}")
    found = []
    for member in members:
        declared = plugins.table(member.name) if member.name in plugins.values else None
        if declared is not None:
            member = replace(member, capabilities=declared.strings("capabilities", ()))
            declared.done()
        found.append(member)
    return found


def _expand(root: Path, reading: Reading, table: Table, key: str) -> list[str]:
    found: list[str] = []
    for pattern in table.strings(key, ()):
        if not _is_inside(root, pattern):
            raise PluginkitError(f"{table.where}: {key} {pattern!r} leaves the workspace")
        if any(mark in pattern for mark in "*?["):
            matches = sorted(path for path in _glob(table, root, pattern) if reading.is_project(path))
        elif (root / pattern).is_dir():
            matches = [root / pattern]
        else:
            raise PluginkitError(f"{table.where}: {key} {pattern!r}: no such directory")
        found += [_clean(path.relative_to(root).as_posix()) for path in matches]
    return list(dict.fromkeys(found))


def _glob(table: Table, root: Path, pattern: str) -> list[Path]:
    try:
        found = [path for path in root.glob(pattern) if path.is_dir()]
    except (ValueError, NotImplementedError) as error:
        raise PluginkitError(f"{table.where}: {pattern!r} is no pattern: {error}") from None
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


def _refuse_unknown_capabilities(table: Table, members: list[Member]) -> None:
    known = table.table("contract").table("capabilities").strings("known", ())
    for member in members:
        for name in member.capabilities:
            if known and name not in known:
                raise PluginkitError(
                    f"{member.path}: unknown capability {name!r}{nearest(name, known)}",
                    hint=f"add it to `known` in {table.where}, or mend the plugin's declaration",
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
