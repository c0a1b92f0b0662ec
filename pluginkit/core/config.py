"""Where a workspace begins: the nearest directory with a configuration."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pluginkit.core.api import KINDS, Contract, Ignore
from pluginkit.core.canonical import MAX_INTEGER
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.names import nearest
from pluginkit.core.toml import Table, read_toml
from pluginkit.core.trust import Trust, read_trust
from pluginkit.core.versions import SCHEMES

CONFIG = "pluginkit.toml"
POLICIES = ("exact", "compatible")
ROLES = ("plugins", "host")
_TABLES = ("capabilities", "symbols")
"""Tables of a contract; any other is the contract of the API that it is named after."""
DIST = "dist"
"""Where a workspace's release is found: a link to it."""


def find_root(start: Path) -> Path | None:
    """Return the nearest directory at or above `start` with a workspace configuration, if any."""
    for directory in (start.resolve(), *start.resolve().parents):
        if (directory / CONFIG).is_file() or tool_table(directory) is not None:
            return directory
    return None


def tool_table(directory: Path) -> Table | None:
    """Return `[tool.pluginkit]` of the directory's pyproject.toml, where it configures a workspace.

    A member's own table only declares capabilities. Raises PluginkitError for TOML that cannot be read.
    """
    manifest = directory / "pyproject.toml"
    if not manifest.is_file():
        return None
    table = read_toml(manifest).table("tool").table("pluginkit")
    return table if set(table.values) - {"capabilities"} else None


def configuration(root: Path) -> Table:
    """Return the configuration of the workspace at `root`; PluginkitError where there is none, or two."""
    table = tool_table(root)
    config = root / CONFIG
    if not config.is_file():
        if table is None:
            raise PluginkitError(f"{root}: no configuration")
        return table
    if table is not None:
        raise PluginkitError(
            f"{root}: configured twice, in {CONFIG} and in [tool.pluginkit] of pyproject.toml", hint="keep one of them"
        )
    return read_toml(config)


def read_contract(table: Table) -> Contract:
    """Take what a workspace's hosts ask of plugins out of its configuration; PluginkitError for what makes no sense."""
    policy = table.take("policy", str, "exact")
    if policy not in POLICIES:
        raise PluginkitError(f"{table.where}: unknown policy {policy!r}{nearest(policy, POLICIES)}")
    same_lock = table.take("same-lock", bool, False)
    contract = table.table("contract")
    shared = Contract(group=table.take("group", str, ""), policy=policy, same_lock=same_lock)
    result = _asked(contract, shared)
    own = sorted(name for name, value in contract.values.items() if type(value) is dict and name not in _TABLES)
    apis = tuple(_own_contract(contract.table(name), name, result) for name in own)
    contract.done()
    _refuse_calls_of_go(table, (result, *apis))
    return replace(result, apis=apis)


def _refuse_calls_of_go(table: Table, contracts: Sequence[Contract]) -> None:
    """Raise PluginkitError where a contract for Go says what only Python's can."""
    if table.values.get("language") != "go":
        return
    if any(one.may_install for one in contracts):
        raise PluginkitError(
            f"{table.where}: [contract]: 'may-install' is for Python",
            hint="remove it: a Go plugin is one file, which nothing installs",
        )
    calls = ("kind", "arguments", "implements")
    asked = [name for name in calls if any(getattr(one, name) not in ("", None) for one in contracts)]
    if asked:
        raise PluginkitError(
            f"{table.where}: [contract]: {asked[0]!r} is for Python",
            hint='name what plugins export with its type: [contract.symbols] New = "func() pluginapi.Plugin"',
        )


def check_contract(contract: Contract, apis: Sequence[str], where: str) -> None:
    """Raise PluginkitError for the contract of an API that is not among `apis`, the names of the workspace's."""
    for one in contract.apis:
        if one.api not in apis:
            raise PluginkitError(
                f"{where}: [contract]: no API is named {one.api!r}{nearest(one.api, [*apis, *_TABLES])}",
                hint=f"a contract of its own can have {', '.join(apis)}",
            )


def _asked(table: Table, default: Contract) -> Contract:
    """Take out of a contract's table what it says, and take what it leaves out from `default`."""
    capabilities, symbols = table.table("capabilities"), table.table("symbols")
    known = capabilities.strings("known", default.known)
    required = capabilities.strings("required", default.required)
    for name in required:
        if known and name not in known:
            raise PluginkitError(f"{capabilities.where}: {name!r} is required but not known{nearest(name, known)}")
    capabilities.done()
    return replace(
        _calls(table, default),
        factory=table.take("factory", str, default.factory),
        symbols=tuple((name, _symbol(symbols, name)) for name in sorted(symbols.values)) or default.symbols,
        known=known,
        required=required,
        may_install=_places(table, default.may_install),
    )


def _places(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    """Take out of a contract's table where plugins may install files: globs of paths in an environment."""
    found = table.strings("may-install", default)
    for place in found:
        first, *others = place.split("/")
        if set(first) & set("*?[\\:") or not others or any(part in ("", ".", "..") for part in (first, *others)):
            raise PluginkitError(
                f"{table.where}: 'may-install' has {place!r}, which is not a path below an environment's directory",
                hint='write it as in "etc/jupyter/*"',
            )
    return found


def _calls(table: Table, default: Contract) -> Contract:
    """Take out of a contract's table what the host calls, and how; only Python has that."""
    kind = table.take("kind", str, default.kind)
    if kind and kind not in KINDS:
        raise PluginkitError(
            f"{table.where}: unknown kind {kind!r}{nearest(kind, KINDS)}", hint=f"use {', '.join(map(repr, KINDS))}"
        )
    arguments = table.strings("arguments", ()) if "arguments" in table.values else default.arguments
    if arguments is not None:
        _check_arguments(table.where, arguments, kind)
    implements = _path(table, "implements")
    return replace(
        default, kind=kind, arguments=arguments, implements=default.implements if implements is None else implements
    )


def _check_arguments(where: str, arguments: Sequence[str], kind: str) -> None:
    """Raise PluginkitError for arguments that no call can have."""
    if kind not in ("", "factory", "class"):
        raise PluginkitError(f"{where}: 'arguments' are for what the host calls, not for kind = {kind!r}")
    by_place = [name for name in arguments if not name.endswith("=")]
    for name in arguments:
        if not name.removesuffix("=").isidentifier():
            raise PluginkitError(
                f"{where}: 'arguments' has {name!r}, which is not the name of an argument",
                hint='write "config" for one that is passed by position, "config=" for one that is passed by its name',
            )
    if [*arguments[: len(by_place)]] != by_place:
        raise PluginkitError(f"{where}: 'arguments' has arguments by position after those by name")
    names = [name.removesuffix("=") for name in arguments]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PluginkitError(f"{where}: 'arguments' has {', '.join(map(repr, twice))} twice")


def _path(table: Table, key: str) -> str | None:
    """Take a dotted name out of a table; None where it says nothing."""
    if key not in table.values:
        return None
    path = table.take(key, str)
    if path and not all(map(str.isidentifier, path.split("."))):
        raise PluginkitError(
            f"{table.where}: {key!r} is {path!r}, which is not a dotted name", hint='write it as in "acme_api.Plugin"'
        )
    return path


def _own_contract(table: Table, api: str, default: Contract) -> Contract:
    group = table.take("group", str, default.group)
    default = replace(default, implements=None)  # it names what another API has
    found = replace(_asked(table, default), api=api, group=group)
    table.done()
    return found


def read_versioning(table: Table) -> str:
    """Take the scheme of the APIs' versions out of a configuration; PluginkitError for an unknown one."""
    scheme = table.take("versioning", str, SCHEMES[0])
    if scheme not in SCHEMES:
        raise PluginkitError(
            f"{table.where}: unknown versioning {scheme!r}{nearest(scheme, SCHEMES)}",
            hint=f"use {', '.join(map(repr, SCHEMES[:-1]))} or {SCHEMES[-1]!r}",
        )
    return scheme


def read_roles(table: Table) -> Mapping[str, str]:
    """Take who implements which interface out of a configuration: `[roles]`, a dotted name to `plugins` or `host`."""
    roles = table.table("roles")
    found = {name: roles.take(name, str) for name in sorted(roles.values)}
    for name, role in found.items():
        if role not in ROLES:
            raise PluginkitError(
                f"{roles.where}: {name!r} is implemented by {role!r}{nearest(role, ROLES)}",
                hint="use 'plugins' or 'host'",
            )
    roles.done()
    return found


def read_ignores(table: Table) -> tuple[Ignore, ...]:
    """Take the findings that the workspace's hosts ignore out of its configuration: `[verify] ignore`."""
    from datetime import date

    verify = table.table("verify")
    found = []
    for entry in verify.tables("ignore"):
        until = entry.values.get("until")
        if until is not None and type(until) is not date:
            raise PluginkitError(f"{entry.where}: 'until' is not a date", hint="write it without quotes: 2027-01-31")
        ignore = Ignore(
            rule=entry.take("rule", str),
            reason=entry.take("reason", str).strip(),
            plugin=entry.take("plugin", str, ""),
            until=entry.take("until", date).isoformat() if until else "",
            where=table.where.partition(": ")[0],
        )
        if not ignore.reason:
            raise PluginkitError(f"{entry.where}: 'reason' is empty", hint="say why it is ignored")
        entry.done()
        found.append(ignore)
    verify.done()
    return tuple(found)


def read_release(table: Table) -> int:
    """Take the number of the next release out of a configuration: `release`; 0 where it counts none."""
    number = table.take("release", int, 0)
    if not 0 <= number <= MAX_INTEGER or ("release" in table.values and not number):
        raise PluginkitError(f"{table.where}: 'release' is {number}", hint="the first release is 1, the next one more")
    return number


def read_trusted(table: Table) -> Trust | None:
    """Take whose signatures the workspace's hosts accept out of a configuration: `[trust]`; None: they ask for none."""
    trust = table.table("trust")
    for key in ("identities", "sigstore-trusted-root"):
        if key in trust.values:
            raise PluginkitError(
                f"{trust.where}: {key!r} does not belong here: hosts do not check Sigstore bundles",
                hint="write it into a trust.toml, for `pluginkit verify --trust`",
            )
    return read_trust(trust) if trust.values else None


def _symbol(symbols: Table, name: str) -> str:
    type_ = " ".join(symbols.take(name, str).split())
    if not (name.isidentifier() and name[0].isupper()) or any(mark in type_ for mark in '`;"\\') or "//" in type_:
        raise PluginkitError(
            f"{symbols.where}: {name} = {type_!r} is not an exported symbol with its type",
            hint='write it as in New = "func() pluginapi.Plugin"',
        )
    return type_
