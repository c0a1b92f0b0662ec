"""`pluginkit.lock` as bytes: TOML, schema 1, one spelling for one lock, no URL."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from pluginkit.core.api import Api
from pluginkit.core.digest import CONTENT, SHA256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.model import BuildEnvironment, Lock, LockedMember, Package
from pluginkit.core.stamp import api_to_json
from pluginkit.core.toml import Table, parse_toml

NAME = "pluginkit.lock"
SCHEMA = 1
_HEADER = "# Written by `pluginkit lock`. Commit it; do not edit it.\n"


def to_bytes(lock: Lock) -> bytes:
    """Return the lock file's bytes. Raises PluginkitError where tomli-w is not installed."""
    tomli_w = from_extra("tomli_w", "writing a lock")
    document: dict[str, Any] = {"schema": SCHEMA, "language": lock.language}
    if lock.toolchain:
        document["toolchain"] = dict(lock.toolchain)
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
    """Read a lock file; return it with its bytes, whose digest the stamps carry.

    Raises PluginkitError for anything but schema 1 as `pluginkit lock` writes it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}", hint="write it with `pluginkit lock`") from None
    return parse_lock(data, str(path)), data


@lru_cache(maxsize=1)  # a build asks twice
def parse_lock(data: bytes, where: str) -> Lock:
    """Parse lock bytes; `where` names them in errors. Raises PluginkitError."""
    table = parse_toml(data, where)
    schema = table.take("schema", int)
    if schema != SCHEMA:
        raise PluginkitError(
            f"{where}: lock schema {schema}, this pluginkit reads schema {SCHEMA}",
            hint="use the pluginkit that wrote it, or write it anew with `pluginkit lock`",
        )
    toolchain, files = table.table("toolchain"), table.table("files")
    lock = Lock(
        language=table.take("language", str),
        toolchain={key: toolchain.take(key, str) for key in toolchain.values},
        files={key: files.take(key, str) for key in files.values},
        members=tuple(_member(entry) for entry in table.tables("member")),
        apis=tuple(_api(entry) for entry in table.tables("api")),
        packages=tuple(_package(entry) for entry in table.tables("package")),
        environments=tuple(_environment(entry) for entry in table.tables("build-environment")),
    )
    table.done()
    return lock


def _member_to_toml(member: LockedMember) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": member.name, "kind": member.kind, "path": member.path}
    if member.requires_python:
        entry["requires-python"] = member.requires_python
    entry |= {"requires": list(member.requires), "build-requires": list(member.build_requires)}
    extras = {name: list(lines) for name, lines in member.extras}
    return entry | ({"extras": extras} if extras else {})


def _package_to_toml(package: Package) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": package.name, "version": package.version}
    if package.marker:
        entry["marker"] = package.marker
    return entry | {"hashes": list(package.hashes)}


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
    extras.done()
    table.done()
    return member


def _api(table: Table) -> Api:
    api = Api(
        name=table.take("name", str),
        version=table.take("version", str),
        digest=table.take("digest", str),
        modules=table.strings("modules"),
        surface=table.strings("surface"),
    )
    if not CONTENT.fullmatch(api.digest):
        raise PluginkitError(f"{table.where}: digest {api.digest!r} is not of the form h1:<44 base64 characters>")
    table.done()
    return api


def _package(table: Table) -> Package:
    package = Package(
        name=table.take("name", str),
        version=table.take("version", str),
        marker=table.take("marker", str, ""),
        hashes=table.strings("hashes"),
    )
    if not package.hashes or not all(SHA256.fullmatch(digest) for digest in package.hashes):
        raise PluginkitError(f"{table.where}: {package.name} has no sha256 hashes, or one of another form")
    table.done()
    return package


def _environment(table: Table) -> BuildEnvironment:
    environment = BuildEnvironment(
        requires=table.strings("requires"),
        packages=tuple(_package(entry) for entry in table.tables("package")),
    )
    table.done()
    return environment
