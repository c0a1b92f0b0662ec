"""The Members of the toy language: a directory with a `main.txt`, or of an API with an `api.txt`."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pluginkit.backends.protocol import Draft, toml_array
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member
from pluginkit.core.stated_version import StatedVersion, StatedVersions
from pluginkit.core.toml import Table

PINS = "toys.txt"
NO_VERSION = "0"


def is_project(directory: Path) -> bool:
    return (directory / "main.txt").is_file()


def read_member(root: Path, path: str, kind: str) -> Member:
    directory = root / path
    file = directory / ("api.txt" if kind == "api" else "main.txt")
    if not file.is_file():
        raise PluginkitError(f"{file}: no such file", hint=f"the configuration names {path} as {kind}")
    versions = [line.partition(" ")[2] for line in lines(file) if line.startswith("version ")]
    return Member(directory.name, kind, path, version=versions[0] if versions else NO_VERSION)


def check_plugin_name(name: str) -> None:
    if "-" in name:
        raise PluginkitError(f"plugin name {name!r}: toys have no '-' in their names", hint="use '_'")


def template_answers(name: str, module: str, mode: str = "") -> Mapping[str, str]:
    return {}


def dependency_name(name: str) -> str:
    raise PluginkitError(f"{name!r} is not a directory of the workspace", hint="an API of toys lies in the workspace")


def read_settings(table: Table) -> Mapping[str, str]:
    toy = table.table("toy")
    settings = {"volume": toy.take("volume", str, "quiet")}
    toy.done()
    return settings


def read_pins(root: Path) -> Mapping[str, str]:
    return {PINS: sha256((root / PINS).read_bytes())} if (root / PINS).is_file() else {}


def projects(root: Path) -> Mapping[str, str]:
    return {}


def stated_versions(root: Path, member: Member) -> StatedVersions:
    file = root / member.path / "api.txt"
    text = file.read_text(encoding="utf-8")
    start = text.find(member.version)
    place = StatedVersion(file.relative_to(root).as_posix(), 1, start, member.version, decides=True)
    return StatedVersions((place,)) if start >= 0 else StatedVersions(hint="begin api.txt with a line `version 1.0.0`")


def described(lock: Lock) -> str:
    return f"toys that are {lock.toolchain['volume']}"


def draft(root: Path, progress: Callable[[str], None]) -> Draft:
    found = sorted(path.parent.relative_to(root).as_posix() for path in root.rglob("main.txt"))
    apis = sorted(path.parent.relative_to(root).as_posix() for path in root.rglob("api.txt"))
    paths = {"api": apis, "hosts": found[:1], "plugins": found[1:]}
    table = "".join(f"{key} = {toml_array(value)}\n" for key, value in paths.items())
    return Draft(f'language = "toy"\n{table}', ("the first main.txt is the host",))


def lines(file: Path) -> Iterator[str]:
    yield from filter(None, map(str.strip, file.read_text(encoding="utf-8").splitlines()))
