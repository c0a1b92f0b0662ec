"""What plugins are held against in this very process: the host's stamp, its API as installed, its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record, replace
from pluginkit.core.stamp import Stamp, StampError, parse_stamp
from pluginkit.core.verdict import Evidence, Host
from pluginkit.runtime.discovery import Distribution, source_of
from pluginkit.runtime.plan import Watched
from pluginkit.runtime.start_cache import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

STAMP_FILE = "pluginkit.json"
METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", STAMP_FILE)
_KIND = b'"kind":"%s"'


@record
class Hosting:
    """The host's side."""

    host: Host
    stamped: bool
    api: type
    """The class that plugins implement, as this process imported it."""
    evidences: tuple[Evidence, ...] = ()
    """The host and its APIs as they are installed; what is wrong with them spoils every verdict."""
    watched: tuple[Watched, ...] = ()
    """The files behind all that."""
    workspace: str = ""
    """Where the API's sources lie, when it runs from them: plugins of this directory may lack a stamp."""


def find_host(
    found: Mapping[str, Distribution], api: type, *, group: str, requires: Iterable[str], policy: str, name: str
) -> Hosting:
    """Return the host that shares the module of `api` with its plugins.

    It is the stamped one among the distributions `found`. Without any the API itself is what plugins must match: as it
    is installed, or as its workspace has it. Raises PluginkitError where none or several can be meant.
    """
    stamps = [stamp for stamp in _stamps(found, b"host") if _shares(stamp, api) and name in ("", stamp.name)]
    if len(stamps) > 1:
        names = ", ".join(stamp.name for stamp in stamps)
        raise PluginkitError(f"several hosts share {api.__module__}: {names}", hint="say which with `name=`")
    if name and not stamps:
        raise PluginkitError(f"there is no host {name!r} with a stamp that shares {api.__module__}")
    hosting = _stamped(stamps[0], found, api) if stamps else _bare(found, api)
    contract = hosting.host.contract
    asked = replace(
        contract,
        group=group or contract.group,
        required=tuple(sorted({*contract.required, *requires})),
        policy=policy or contract.policy,
    )
    return replace(hosting, host=replace(hosting.host, contract=asked))


def _stamps(found: Mapping[str, Distribution], kind: bytes) -> Iterable[Stamp]:
    for one in found.values():
        data = one.read(STAMP_FILE)
        if _KIND % kind not in data:
            continue
        try:
            stamp = parse_stamp(data)
        except StampError:
            continue  # `pluginkit verify` of the environment names it
        if stamp.kind.encode() == kind:
            yield stamp


def _shares(stamp: Stamp, api: type) -> bool:
    modules = (module for one in stamp.apis for module in one.modules)
    return any(f"{api.__module__}.".startswith(f"{module}.") for module in modules)


def _stamped(stamp: Stamp, found: Mapping[str, Distribution], api: type) -> Hosting:
    from pluginkit.backends.python.installed import inspect_installed

    apis = stamp.offers(_stamps(found, b"api"))
    evidences: list[Evidence] = []
    watched: list[Watched] = []
    for name in dict.fromkeys((stamp.name, *(one.name for one in apis))):
        place = found.get(name)
        if place is None:
            evidences.append(Evidence(name, name=name, unverified=True))
            continue
        evidence = inspect_installed(place.path, place.label)
        bare = not place.read(STAMP_FILE)
        evidences.append(replace(evidence, unverified=True) if bare else evidence)
        watched += _watched(place, evidence.files)
    host = Host(
        label=f"{stamp.name} {stamp.version}",
        name=stamp.name,
        apis=apis,
        contract=stamp.contract,
        lock=stamp.lock,
        toolchain=stamp.toolchain,
        pins={one.name: one.version for one in found.values()},
        python=python_version(),
        ignores=stamp.ignores,
    )
    return Hosting(host, True, api, tuple(evidences), tuple(watched))


def _watched(one: Distribution, files: Sequence[str]) -> tuple[Watched, Watched]:
    metadata = [f"{one.directory}/{name}" for name in METADATA]
    return watch(one.root, files, one.label), watch(one.root, metadata)


def _bare(found: Mapping[str, Distribution], api: type) -> Hosting:
    """Return a host that has no stamp: in its workspace, or built by other means."""
    file = getattr(sys.modules.get(api.__module__), "__file__", None)
    if not file:
        raise PluginkitError(f"{api.__module__} is no module with a file", hint="give the class plugins implement")
    owner = _owner(found, api.__module__, file)
    if owner is None:
        raise PluginkitError(f"{api.__module__} belongs to no installed distribution ({file})")
    from pathlib import Path

    workspace, contract, ignores = _workspace(Path(file))
    known = _api(owner, api.__module__, Path(file), editable=bool(workspace))
    host = Host(
        label=f"{known.label} as installed",
        name="",
        apis=(known,),
        contract=contract,
        pins={one.name: one.version for one in found.values()},
        python=python_version(),
        ignores=ignores,
    )
    return Hosting(host, False, api, workspace=workspace)


def _owner(found: Mapping[str, Distribution], module: str, file: str) -> Distribution | None:
    """Return the distribution that a module comes from: the one whose RECORD lists it, or whose sources hold it."""
    path = os.path.realpath(file)
    for one in found.values():
        inside = os.path.relpath(path, os.path.realpath(one.root)).replace(os.sep, "/")
        if not inside.startswith("../") and f"\n{inside},".encode() in b"\n" + one.read("RECORD"):
            return one
    for one in found.values():
        source = source_of(one)
        if source and path.startswith(source + os.sep):
            return one
    return None


def _workspace(file: Path) -> tuple[str, Contract, tuple[Ignore, ...]]:
    """Return the workspace that the API's source lies in, what it asks of plugins, and what it lives with."""
    from pluginkit.core.config import configuration, find_root, read_contract, read_ignores

    root = None if "site-packages" in file.parts else find_root(file.parent)
    if root is None:
        return "", Contract(), ()
    table = configuration(root)
    return str(root), read_contract(table), read_ignores(table)


def _api(owner: Distribution, module: str, file: Path, *, editable: bool) -> Api:
    import hashlib

    from pluginkit.backends.python.installed import content_hashes
    from pluginkit.backends.python.regular_file import read_file
    from pluginkit.core.digest import content_digest

    top = module.partition(".")[0]
    if editable:
        package = [file, *file.parents][module.count(".") + (file.name == "__init__.py")]
        paths = sorted(package.rglob("*")) if package.is_dir() else [package]
        files = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
        hashes = {
            path.relative_to(package.parent).as_posix(): hashlib.sha256(read_file(path)).hexdigest() for path in files
        }
    else:
        hashes = content_hashes(owner.path)
    digest = content_digest(f"{owner.name}@{owner.version}", hashes.items())
    return Api(owner.name, owner.version, digest, modules=(top,))


def python_version() -> str:
    """Return the version of this interpreter, as `requires-python` compares it."""
    level = {"alpha": "a", "beta": "b", "candidate": "rc", "final": ""}[sys.version_info.releaselevel]
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{version}{level}{sys.version_info.serial}" if level else version
