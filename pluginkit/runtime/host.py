"""What plugins are compared with in this very process: the host's stamp, its API as installed, its environment."""

from __future__ import annotations

import os
import sys

from pluginkit.backends.python.distributions import named, pins
from pluginkit.backends.python.file_names import SIGNATURE_FILE, STAMP_FILE
from pluginkit.backends.python.owned import owned
from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record, replace
from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.verdict import Evidence, Host
from pluginkit.runtime.discovery import owners
from pluginkit.runtime.plan import Asked, Watched
from pluginkit.runtime.start_cache import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pluginkit.backends.python.distributions import Distribution
    from pluginkit.core.trust import Trust

METADATA = ("METADATA", "RECORD", "WHEEL", "direct_url.json", SIGNATURE_FILE)
"""What is read of a distribution beside its entry points and its stamp."""


@record
class Hosting:
    """The host's side."""

    host: Host
    stamped: bool
    apis: tuple[type, ...]
    """The classes that plugins implement, as this process imported them: one for each version of the API."""
    evidences: tuple[Evidence, ...] = ()
    """The host and its APIs as they are installed; what is wrong with them spoils every verdict."""
    watched: tuple[Watched, ...] = ()
    """The files behind all that."""
    workspace: str = ""
    """Where the API's sources lie, when it runs from them: plugins of this directory may lack a stamp."""


def find_host(found: Sequence[Distribution], apis: Sequence[type], asked: Asked, trust: Trust | None = None) -> Hosting:
    """Return the host that shares the modules of the classes `apis` with its plugins.

    It is the stamped one among the distributions `found`. Without any the API itself is what plugins must match: as it
    is installed, or as its workspace has it. A `trust` takes the place of what the host was built with. Raises
    PluginkitError where none or several can be meant, or where the host serves a version of its API that none of `apis`
    is of.
    """
    modules = " and ".join(dict.fromkeys(api.__module__ for api in apis))
    stamps = tuple(_stamps(found))
    hosts = {
        one.name: one for one in stamps if one.kind == "host" and _shares(one, apis) and asked.name in ("", one.name)
    }
    if len(hosts) > 1:
        names = ", ".join(hosts)
        raise PluginkitError(f"several hosts share {modules}: {names}", hint="say which with `name=`")
    if asked.name and not hosts:
        raise PluginkitError(f"there is no host {asked.name!r} with a stamp that shares {modules}")
    stamp = next(iter(hosts.values()), None)
    hosting = _stamped(stamp, stamps, found, apis, trust) if stamp else _bare(found, apis, trust)
    if not asked.group:
        _refuse_missing_class(hosting)

    def asking(contract: Contract) -> Contract:
        required = tuple(sorted({*contract.required, *asked.requires}))
        return replace(contract, required=required, policy=asked.policy or contract.policy)

    contract = hosting.host.contract
    default = replace(asking(contract), group=asked.group or contract.group, apis=tuple(map(asking, contract.apis)))
    return replace(hosting, host=replace(hosting.host, contract=default))


def defines(api: Api, cls: type) -> bool:
    """Return whether a class belongs to one of the API's modules."""
    return any(f"{cls.__module__}.".startswith(f"{module}.") for module in api.modules)


def _refuse_missing_class(hosting: Hosting) -> None:
    """Raise PluginkitError where the host serves a version of its API of which it gave no class."""
    own = {one.api for one in hosting.host.contract.apis}
    for api in hosting.host.apis:
        if api.name in own and not any(defines(api, cls) for cls in hosting.apis):
            raise PluginkitError(
                f"{hosting.host.label} serves plugins for {api.label}, and `api` has no class of it",
                hint="give a class of each version: `api=(OldPlugin, Plugin)`",
            )


def _stamps(found: Iterable[Distribution]) -> Iterator[Stamp]:
    """Yield the stamps of hosts and APIs; what is wrong with another `pluginkit verify` of the environment names."""
    for one in found:
        data = one.read(STAMP_FILE) if one.has_stamp else b""
        if b'"kind":"host"' in data or b'"kind":"api"' in data:
            try:
                yield parse_stamp(data)
            except StampError:
                continue


def _shares(stamp: Stamp, apis: Iterable[type]) -> bool:
    return any(defines(one, cls) for one in stamp.apis for cls in apis)


def _stamped(
    stamp: Stamp,
    beside: Iterable[Stamp],
    found: Sequence[Distribution],
    classes: Sequence[type],
    trust: Trust | None,
) -> Hosting:
    from pluginkit.backends.python.installed import inspect_api

    trust = trust or stamp.trust
    evidences, watched = [], []
    apis = stamp.offers(beside)
    for name in dict.fromkeys((normalize(stamp.name), *(one.name for one in apis))):
        present = [(one, inspect_api(one, one.label, trust)) for one in named(found, name)]
        evidences += [evidence for _, evidence in present] or [Evidence(name, name=name, unverified=True)]
        watched += [watched for one, evidence in present for watched in installed_files(one, evidence.files)]
    host = Host(
        label=f"{stamp.name} {stamp.version}",
        name=stamp.name,
        apis=apis,
        contract=stamp.contract,
        lock=stamp.lock,
        toolchain=stamp.toolchain,
        pins=pins(found),
        owned=owned(found),
        python=python_version(),
        ignores=stamp.ignores,
        trust=trust,
    )
    return Hosting(host, True, tuple(classes), tuple(evidences), tuple(watched))


def installed_files(one: Distribution, files: Sequence[str]) -> tuple[Watched, Watched]:
    """Return what a verdict on an installed distribution rests on: its importable `files` and its metadata."""
    metadata = [f"{one.metadata}/{name}" for name in METADATA if name in one.files]
    return watch(one.root, files, one.label), watch(one.root, metadata)


def _bare(found: Sequence[Distribution], classes: Sequence[type], trust: Trust | None) -> Hosting:
    """Return a host that has no stamp: in its workspace, or built by other means."""
    places = {cls.__module__: _place_of(cls) for cls in classes}
    workspace, contract, ignores = _workspace(next(iter(places.values())))
    known: dict[str, Api] = {}
    watched: list[Watched] = []
    for module, file in places.items():
        owner = next(owners(found, os.path.realpath(file)), None)
        if owner is None:
            raise PluginkitError(f"{module} belongs to no installed distribution ({file})")
        root, hashes = _api_files(owner, module, file, editable=bool(workspace))
        known.setdefault(owner.name, _api(owner, module, hashes))
        watched += [watch(root, tuple(hashes), owner.label), installed_files(owner, ())[1], *_configurations(file)]
    apis = tuple(known.values())
    host = Host(
        label=f"{' and '.join(api.label for api in apis)} as installed",
        name="",
        apis=apis,
        contract=contract,
        pins=pins(found),
        owned=owned(found),
        python=python_version(),
        ignores=ignores,
        trust=trust,  # what the configuration has is for hosts that are built
    )
    return Hosting(host, False, tuple(classes), watched=tuple(watched), workspace=workspace)


def _place_of(cls: type) -> Path:
    """Return the file of the module that a class is from. Raises PluginkitError where that has none."""
    from pathlib import Path

    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not file:
        raise PluginkitError(f"{cls.__module__} is not a module with a file", hint="give the class plugins implement")
    return Path(file)


def _workspace(file: Path) -> tuple[str, Contract, tuple[Ignore, ...]]:
    """Return the workspace that the API's source lies in, what it asks of plugins, and what it ignores."""
    from pluginkit.core.config import configuration, find_root, read_contract, read_ignores

    root = None if "site-packages" in file.parts else find_root(file.parent)
    if root is None:
        return "", Contract(), ()
    table = configuration(root)
    return str(root), read_contract(table), read_ignores(table)


def _configurations(file: Path) -> Iterator[Watched]:
    """Yield what may configure the workspace of a file, whether it is there or not."""
    if "site-packages" not in file.parts:
        yield from (watch(str(place), ("pluginkit.toml", "pyproject.toml")) for place in file.resolve().parents)


def _api(owner: Distribution, module: str, hashes: Mapping[str, str]) -> Api:
    from pluginkit.core.digest import content_digest

    try:
        digest = content_digest(f"{owner.name}@{owner.version}", hashes.items())
    except ValueError as error:
        raise PluginkitError(f"{owner.label}: {error}", hint="rename the file") from None
    return Api(owner.name, owner.version, digest, modules=(module.partition(".")[0],))


def _api_files(owner: Distribution, module: str, file: Path, *, editable: bool) -> tuple[str, Mapping[str, str]]:
    """Return the import root of an API without stamp, and its files with their sha256. Raises PluginkitError."""
    from pluginkit.backends.python.installed import content_hashes
    from pluginkit.backends.python.regular_file import hash_file

    try:
        if not editable:
            return owner.root, content_hashes(owner.path)
        package = [file, *file.parents][module.count(".") + (file.name == "__init__.py")]
        paths = sorted(package.rglob("*")) if package.is_dir() else [package]
        files = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
        root = package.parent
        return str(root), {path.relative_to(root).as_posix(): hash_file(path).hexdigest() for path in files}
    except (OSError, ValueError) as error:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        raise PluginkitError(f"the API {owner.label} cannot be read: {reason}", hint="install it again") from None


def python_version() -> str:
    """Return the version of this interpreter, as `requires-python` compares it."""
    level = {"alpha": "a", "beta": "b", "candidate": "rc", "final": ""}[sys.version_info.releaselevel]
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{version}{level}{sys.version_info.serial}" if level else version
