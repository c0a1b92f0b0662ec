"""`pluginkit.lock` as bytes: TOML, schema 2, one spelling for one lock, no URL."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pluginkit.core.api import Api
from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest, is_content_digest, is_sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.formats import RESERVED, minor_of
from pluginkit.core.frozen import replace
from pluginkit.core.lock import BuildEnvironment, Lock, LockedMember, Package
from pluginkit.core.stamp import api_to_json
from pluginkit.core.target import OWN, PLATFORMS, Target, platform_of
from pluginkit.core.toml import MAX_SIZE, Table, parse_toml
from pluginkit.core.toolkit import NAME as TOOLKIT

NAME = "pluginkit.lock"
SCHEMA = 2
"""What is written; schema 1, which seals no toolkit, is read too."""
MINOR = 0
"""What a lock may state as `minor` and still have no member that this version does not know."""
PYTHON = "python"
"""Under this name `toolchain` has the range of Pythons that all members and packages support."""
_SOMETIMES = ("cgo",)
"""What a target has of its own where targets differ in it."""
_WHEEL = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.+!-]*/)*[A-Za-z0-9_][A-Za-z0-9_.+!-]*\.whl")
T = TypeVar("T")
_HEADER = "# Written by `pluginkit lock`. Commit it; do not edit it.\n"


def to_bytes(lock: Lock) -> bytes:
    """Return the lock file's bytes. Raises PluginkitError where tomli-w is not installed."""
    tomli_w = from_extra("tomli_w", "writing a lock")
    document: dict[str, Any] = {"schema": SCHEMA, "language": lock.language}
    if lock.release:
        document["release"] = lock.release
    if lock.toolkit:
        document["toolkit"] = {key: value for key, value in _package_to_toml(lock.toolkit).items() if key != "name"}
    if lock.toolchain:
        document["toolchain"] = dict(lock.toolchain)
    if lock.targets:
        document["target"] = [_target_to_toml(target, lock) for target in lock.targets]
    if lock.files:
        document["files"] = dict(lock.files)
    document["member"] = [_member_to_toml(member) for member in lock.members]
    document["api"] = [api_to_json(api) for api in lock.apis]
    document["package"] = [_package_to_toml(package) for package in lock.packages]
    document["build-environment"] = [
        {"requires": list(env.requires), "package": [_package_to_toml(package) for package in env.packages]}
        for env in lock.environments
    ]
    text = tomli_w.dumps({key: value for key, value in document.items() if value != []})
    return f"{_HEADER}{text}".encode()


def read_lock(path: Path) -> tuple[Lock, bytes]:
    """Read a lock file; return it with its bytes, whose digest releases carry.

    Raises PluginkitError for anything but what `pluginkit lock` of this version, or of one before, writes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}", hint="write it with `pluginkit lock`") from None
    return parse_lock(data, str(path)), data


@lru_cache(maxsize=1)  # a build asks twice
def parse_lock(data: bytes, where: str) -> Lock:
    """Parse lock bytes; `where` names them in errors. Raises PluginkitError."""
    table = parse_toml(data, where)
    read = _Reader(table)
    toolchain, apis = _strings(table.table("toolchain")), read.all("api", _api)
    lock = Lock(
        language=table.take("language", str),
        toolchain=toolchain,
        files=_strings(table.table("files")),
        members=read.all("member", _member),
        apis=apis,
        targets=read.all("target", lambda entry: _target(entry, toolchain, apis, read)),
        packages=read.all("package", _package),
        environments=tuple(_environment(entry, read) for entry in table.tables("build-environment")),
        release=read.release(),
        toolkit=read.toolkit(),
    )
    if lock.targets and len(set(lock.platforms)) < len(lock.targets):
        raise PluginkitError(f"{table.where}: two of [[target]] are for one platform")
    read.end(table)
    return lock


def sealed_digest(lock: Lock) -> str:
    """Return the digest that stamps have as their lock: over all that the lock seals of what artifacts are made of.

    These are the APIs, the toolchain, the toolkit and the files that pin dependencies. The lists of members and of
    third-party packages, and the range of Pythons that all of these support, go into no artifact; a build environment
    only into those that are built in it, whose toolchain names it. So one more plugin changes no other artifact.
    """
    toolchain = {key: value for key, value in lock.toolchain.items() if key != PYTHON}
    sealed = {
        "language": lock.language,
        "toolkit": _package_to_toml(lock.toolkit) if lock.toolkit else {},
        "toolchain": toolchain,
        "files": dict(lock.files),
        "apis": [api_to_json(api) for api in lock.apis],
    }
    return fields_digest("pluginkit sealed v1", [canonical_json(sealed)])


class _Reader:
    """Takes a lock's tables apart; what a newer minor version adds to them is skipped, at every level."""

    def __init__(self, table: Table) -> None:
        self._table = table
        schema, stated = table.take("schema", int), table.take("minor", int, 0)
        if schema not in (1, SCHEMA):
            raise PluginkitError(
                f"{table.where}: lock schema {schema}, this pluginkit reads schemas 1 and {SCHEMA}",
                hint="use the pluginkit that wrote it, or write it anew with `pluginkit lock`",
            )
        minor = minor_of(table.values)
        if minor is None or (minor and schema == 1):
            raise PluginkitError(f"{table.where}: 'minor' is {stated}, expected a positive integer of schema {SCHEMA}")
        self._schema, self._skips = schema, minor > MINOR

    def end(self, table: Table) -> None:
        """Raise PluginkitError for an unknown key, unless a newer version may have added it."""
        if not self._skips:
            table.done()

    def all(self, key: str, take: Callable[[Table], T], table: Table | None = None) -> tuple[T, ...]:
        """Return what `take` makes of each table of the array `key`."""
        entries = (table or self._table).tables(key)
        made = tuple(take(entry) for entry in entries)
        for entry in entries:
            self.end(entry)
        return made

    def release(self) -> int:
        """Return which release schema 2 says that it is for."""
        if self._schema == 1:
            return 0
        number = self._table.take("release", int, 0)
        if number < 0 or ("release" in self._table.values and not number):
            raise PluginkitError(f"{self._table.where}: 'release' is {number}, expected a positive integer")
        return number

    def toolkit(self) -> Package | None:
        """Return what schema 2 says of the toolkit."""
        if self._schema == 1:
            return None
        self._table.skip(RESERVED)
        if "toolkit" not in self._table.values:
            return None
        entry = self._table.table("toolkit")
        found = _pin(entry, TOOLKIT, entry.strings("hashes", ()))
        self.end(entry)
        return found


def _member_to_toml(member: LockedMember) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": member.name, "kind": member.kind, "path": member.path}
    if member.requires_python:
        entry["requires-python"] = member.requires_python
    entry |= {"requires": list(member.requires), "build-requires": list(member.build_requires)}
    extras = {name: list(lines) for name, lines in member.extras}
    return entry | ({"extras": extras} if extras else {})


def _package_to_toml(package: Package) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": package.name, "version": package.version}
    entry |= {"marker": package.marker} if package.marker else {}
    entry |= {"path": package.path} if package.path else {}
    return entry | ({"hashes": list(package.hashes)} if package.hashes else {})


def _target_to_toml(target: Target, lock: Lock) -> dict[str, Any]:
    """Return what a target has of its own; of the APIs those that are not as the first target has them."""
    apis = [_api_of_target(api, lock.api(api.name)) for api in target.apis]
    own = [name for name in (*OWN, *_SOMETIMES) if name in target.toolchain and name not in lock.toolchain]
    entry: dict[str, Any] = {name: target.toolchain[name] for name in own}
    return entry | ({"api": other} if (other := [api for api in apis if len(api) > 1]) else {})


def _api_of_target(api: Api, first: Api | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": api.name}
    if first is None or api.digest != first.digest:
        entry["digest"] = api.digest
    if first is None or api.surface != first.surface:
        entry["surface"] = list(api.surface)
    return entry


def _strings(table: Table) -> dict[str, str]:
    return {key: table.take(key, str) for key in table.values}


def _target(table: Table, shared: Mapping[str, str], apis: Sequence[Api], read: "_Reader") -> Target:
    own = {name: table.take(name, str) for name in (*OWN, *_SOMETIMES) if name in table.values}
    toolchain = dict(sorted({**shared, **own}.items()))
    if platform_of(toolchain) not in PLATFORMS:
        raise PluginkitError(f"{table.where}: goos and goarch are not those of a target that pluginkit builds for")
    known = {api.name: api for api in apis}
    other = {api.name: api for api in read.all("api", lambda entry: _target_api(entry, known), table)}
    return Target(toolchain, tuple(other.get(api.name, api) for api in apis))


def _target_api(table: Table, known: Mapping[str, Api]) -> Api:
    name = table.take("name", str)
    if name not in known:
        raise PluginkitError(f"{table.where}: {name} is not an API of this lock")
    first = known[name]
    return _checked(
        replace(first, digest=table.take("digest", str, first.digest), surface=table.strings("surface", first.surface)),
        table,
    )


def _member(table: Table) -> LockedMember:
    extras = table.table("extras")
    member = LockedMember(
        name=table.take("name", str),
        kind=table.take("kind", str),
        path=table.take("path", str),
        requires=table.strings("requires"),
        requires_python=table.take("requires-python", str, ""),
        build_requires=table.strings("build-requires"),
        extras=tuple((name, extras.strings(name)) for name in sorted(extras.values)),
    )
    return member


def _api(table: Table) -> Api:
    api = Api(
        name=table.take("name", str),
        version=table.take("version", str),
        digest=table.take("digest", str),
        modules=table.strings("modules"),
        surface=table.strings("surface"),
    )
    return _checked(api, table)


def _checked(api: Api, table: Table) -> Api:
    if not is_content_digest(api.digest):
        raise PluginkitError(f"{table.where}: digest {api.digest!r} is not of the form h1:<44 base64 characters>")
    return api


def _package(table: Table) -> Package:
    package = _pin(table, table.take("name", str), table.strings("hashes"))
    if not package.hashes:
        raise PluginkitError(f"{table.where}: {package.name} has no sha256 hashes")
    return package


def _pin(table: Table, name: str, hashes: tuple[str, ...]) -> Package:
    package = Package(
        name=name,
        version=table.take("version", str),
        marker=table.take("marker", str, ""),
        hashes=hashes,
        path=table.take("path", str, ""),
    )
    if not all(is_sha256(digest) for digest in hashes):
        raise PluginkitError(f"{table.where}: a hash of {name} is not of the form sha256:<64 hex digits>")
    if package.path and not (_WHEEL.fullmatch(package.path) and len(hashes) == 1):
        raise PluginkitError(f"{table.where}: {package.path!r} is not a wheel in the workspace with one hash")
    return package


def _environment(table: Table, read: _Reader) -> BuildEnvironment:
    environment = BuildEnvironment(requires=table.strings("requires"), packages=read.all("package", _package, table))
    read.end(table)
    return environment
