"""What a row of the table describes, made: a release, a workspace, an environment, and a directory of plugins.

Nothing is built: wheels are written as `wheels` writes them, stamps are those that fit their bytes.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from signing import envelope
from wheels import GROUP, ZERO, api_of, file_name, make_stamp, record, stem, wheel, wheel_files
from wheels import stamp as stamped

from pluginkit.core import release
from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.digest import sha256
from pluginkit.core.dsse import STATEMENT
from pluginkit.core.frozen import replace
from pluginkit.core.lock import Package
from pluginkit.core.model import Artifact
from pluginkit.core.trust import Trust
from pluginkit.surface.python.reader import surface

API = '''\
"""The shared API."""

from typing import Protocol


class Plugin(Protocol):
    name: str

    def handle(self, body: bytes) -> bytes: ...
'''
PLUGIN = '''\
"""A plugin."""

from acme_api import Plugin


class New:
    name = "a plugin"

    def handle(self, body):
        return body
'''
BACKEND = {"backend": "hatchling 1.27.0"}
CONTRACT = Contract(factory="New", group=GROUP)
OTHER_LOCK = "sha256:" + "1" * 64

Files = dict[str, bytes]


@dataclass(frozen=True)
class Library:
    """One copy of a shared API."""

    name: str = "acme-api"
    version: str = "1.0.0"
    code: str = API
    path: str = "acme_api/__init__.py"
    stamp: bool = True
    """Third-party ones have none."""
    uses: tuple["Library", ...] = ()
    """Other APIs that it was built against."""

    @property
    def files(self) -> Files:
        """The files of its wheel, without stamp and RECORD."""
        sources = {self.path: self.code.encode()}
        return wheel_files(self.name, self.version, files=sources, entry_points="")

    @property
    def record(self) -> Api:
        """What stamps say of it."""
        return _record(self)

    def build(self, directory: Path, host: "Host | None" = None) -> Path:
        """Write the wheel, and return its path."""
        files = self.files
        if self.stamp:
            apis = (self.record, *(one.record for one in self.uses))
            files = stamped(files, kind="api", apis=apis, contract=CONTRACT, release=host.release if host else 0)
            files = _signed(files, ("ci",) if host and host.trust else ())
        path = directory / file_name(self.name, self.version)
        path.write_bytes(wheel(record(files)))
        return path


@cache
def _record(library: Library) -> Api:
    bare = api_of(library.files)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch, library.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(library.code)
        return replace(bare, surface=surface(Path(scratch), bare.modules))


@dataclass(frozen=True)
class Plugin:
    """One wheel of a plugin, or nearly one."""

    name: str = "filter"
    version: str = "1.0.0"
    code: str = PLUGIN
    files: Mapping[str, str] = field(default_factory=dict)
    """Further files, by path in the wheel."""
    points: str | None = None
    """Its `entry_points.txt`; by default one entry point in the group."""
    requires: tuple[str, ...] = ()
    python: str = ">=3.11"
    tag: str = "py3-none-any"
    apis: tuple[Library, ...] = (Library(),)
    """What it was built against."""
    stamp: Mapping[str, Any] | None = field(default_factory=dict)
    """Other fields of its stamp; None: it has no stamp."""
    spelled: Callable[[bytes], bytes] | None = None
    """What becomes of the stamp's bytes."""
    signers: tuple[str, ...] = ()
    """Keys that sign it."""
    enveloped: Callable[[bytes], bytes] | None = None
    """What becomes of the envelope."""
    bent: Callable[[Files], Files] | None = None
    """What becomes of the files, once stamp and RECORD are made."""
    packed: Callable[[bytes], bytes] | None = None
    """What becomes of the archive."""
    file: str = ""
    absent: bool = False
    """What should be the wheel is a link that leads nowhere."""

    @property
    def label(self) -> str:
        """Name and version."""
        return f"acme-{self.name} {self.version}"

    def sources(self) -> Files:
        """Return the importable files."""
        return {f"acme_{self.name}/__init__.py": self.code.encode()} | {
            path: text.encode() for path, text in self.files.items()
        }

    def build(self, directory: Path) -> Path:
        """Write the wheel, and return its path."""
        package = f"acme_{self.name}"
        points = f"[{GROUP}]\n{self.name} = {package}:New\n" if self.points is None else self.points
        files = wheel_files(
            f"acme-{self.name}", self.version, files=self.sources(), entry_points=points, requires=self.requires,
            requires_python=self.python, tag=self.tag,
        )  # fmt: skip
        if self.stamp is not None:
            apis = tuple(library.record for library in self.apis)
            made = make_stamp(files, **{"apis": apis, "toolchain": BACKEND, "contract": CONTRACT, **self.stamp})
            data = made.to_bytes()
            files = stamped(files, raw=self.spelled(data) if self.spelled else data)
            files = _signed(files, self.signers, self.enveloped)
        files = record(files)
        data = wheel(self.bent(files) if self.bent else files)
        path = directory / (self.file or file_name(f"acme-{self.name}", self.version, self.tag))
        if self.absent:
            path.symlink_to("nowhere")
        else:
            path.write_bytes(self.packed(data) if self.packed else data)
        return path


@dataclass(frozen=True)
class Host:
    """The host, and what lies on its side."""

    apis: tuple[Library, ...] = (Library(),)
    """What it was built against."""
    beside: tuple[Library, ...] = ()
    """APIs that only plugins use."""
    installed: tuple[Library, ...] | None = None
    """What of all these is there in truth, if it is something else."""
    policy: str = "exact"
    contract: Mapping[str, Any] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()
    lock: str = ZERO
    toolchain: Mapping[str, str] = field(default_factory=lambda: BACKEND)
    pins: Mapping[str, str] = field(default_factory=dict)
    """Third-party packages of its release."""
    files: Mapping[str, str] = field(default_factory=dict)
    points: str = ""
    tag: str = "py3-none-any"
    spelled: Callable[[bytes], bytes] | None = None
    trust: Trust | None = None
    """Whose signatures it asks for; then `ci` signed all that lies on its side."""
    signed: bool = True
    release: int = 0

    @property
    def present(self) -> tuple[Library, ...]:
        """The APIs that are there."""
        return (*self.apis, *self.beside) if self.installed is None else self.installed

    def build(self, directory: Path) -> None:
        """Write the wheels of the host and of its own APIs."""
        for library in self.present:
            if library.stamp:
                library.build(directory, self)
        sources = {"acme_host/__init__.py": b'"""The host."""\n'}
        sources |= {path: text.encode() for path, text in self.files.items()}
        files = wheel_files("acme-host", files=sources, entry_points=self.points, requires=["acme-api"], tag=self.tag)
        made = make_stamp(
            files, kind="host", apis=tuple(library.record for library in self.apis), lock=self.lock,
            toolchain=self.toolchain, contract=replace(CONTRACT, policy=self.policy, **self.contract),
            ignores=self.ignores, trust=self.trust, release=self.release,
        )  # fmt: skip
        data = self.spelled(made.to_bytes()) if self.spelled else made.to_bytes()
        files = _signed(stamped(files, raw=data), ("ci",) if self.trust and self.signed else ())
        (directory / file_name("acme-host", tag=self.tag)).write_bytes(wheel(record(files)))


def _signed(files: Files, signers: tuple[str, ...], change: Callable[[bytes], bytes] | None = None) -> Files:
    """Return a wheel's files with an envelope beside the stamp, if there are signers."""
    stamp = next(name for name in files if name.endswith(".dist-info/pluginkit.json"))
    if not signers:
        return files
    made = envelope(files[stamp], *signers)
    return {**files, stamp.replace(".json", ".sig.json"): change(made) if change else made}


def make(place: Path, host: Host, plugins: Iterable[Plugin], edit: Callable[[Path], None] | None) -> dict[str, Any]:
    """Make everything that implementations look at beneath `place`; return what there is to know of it as JSON.

    `edit` changes what lies in the environment once it is installed.
    """
    plugins = tuple(plugins)
    rooms = {name: place / name for name in ("release", "wheels", "workspace", "sources")}
    for room in rooms.values():
        room.mkdir(parents=True)
    host.build(rooms["release"])
    _seal(rooms["release"], host)
    built = [plugin.build(rooms["wheels"]) for plugin in plugins]
    dist = rooms["workspace"] / "dist"
    shutil.copytree(rooms["release"], dist)
    for path in built:
        shutil.copy(path, dist, follow_symlinks=False)
    _seal(dist, host)
    (rooms["workspace"] / "pluginkit.toml").write_text('language = "python"\n')
    for plugin in plugins:
        for path, data in plugin.sources().items():
            file = rooms["sources"] / plugin.name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    site = _environment(place / "bare", host, rooms["release"])
    full = place / "env"
    shutil.copytree(place / "bare", full)
    problem = _installed(full, plugins, built, edit)
    return {
        "place": str(place),
        "wheels": [str(path) for path in built],
        "plugins": [{"name": one.name, "label": one.label} for one in plugins],
        "site": str(site.relative_to(place / "bare")),
        "uninstallable": problem,
    }


def _installed(
    full: Path, plugins: Iterable[Plugin], built: Iterable[Path], edit: Callable[[Path], None] | None
) -> str:
    site = _site(full)
    for path in built:
        try:
            _install(path, full)
        except Exception as error:  # no installer takes it: the row is not for environments
            return repr(error)
    if edit:
        edit(site)
    return ""


def _seal(directory: Path, host: Host) -> None:
    """Write the release's statement."""
    artifacts = [
        _artifact(path) for path in sorted(directory.glob("*.whl")) if path.name.count("-") == 4 and path.is_file()
    ]
    packages = [Package(name, version, ()) for name, version in host.pins.items()]
    statement = release.to_bytes(ZERO, artifacts, packages, host.release)
    (directory / release.NAME).write_bytes(statement)
    if host.trust:
        (directory / release.SIGNATURE).write_bytes(envelope(statement, "ci", payload_type=STATEMENT))


def _artifact(path: Path) -> Artifact:
    data = path.read_bytes()
    name = path.name.partition("-")[0].replace("_", "-")
    kind = {"acme-host": "host", "acme-api": "api", "acme-api2": "api", "acme-extra": "api"}.get(name, "plugin")
    return Artifact(name, kind, path.name, hashlib.sha256(data).hexdigest(), len(data), sha256(data))


def _environment(root: Path, host: Host, wheels: Path) -> Path:
    """Make an environment with the host's side, as a virtual environment lies on the disk."""
    site = _site(root)
    site.mkdir(parents=True)
    version = ".".join(map(str, sys.version_info[:3]))
    (root / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\nversion_info = {version}\n")
    for path in sorted(wheels.glob("*.whl")):
        _install(path, root)
    for library in host.present:
        if not library.stamp:  # it comes from elsewhere
            _install(library.build(root), root)
    for name, pinned in host.pins.items():
        info, package = site / f"{stem(name, pinned)}.dist-info", site / name.replace("-", "_")
        info.mkdir()
        package.mkdir()
        files = [package / "__init__.py", package / "core.py"]
        for path in files:
            path.touch()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {pinned}\n")
        listed = [path.relative_to(site).as_posix() for path in (*files, info / "METADATA", info / "RECORD")]
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in listed))
    return site


def _site(root: Path) -> Path:
    return root / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def _install(path: Path, root: Path) -> None:
    schemes = dict.fromkeys(("purelib", "platlib"), str(_site(root)))
    schemes |= {"scripts": str(root / "bin"), "data": str(root)}
    schemes["headers"] = str(root / "include" / path.name.partition("-")[0])
    destination = SchemeDictionaryDestination(
        schemes, interpreter=sys.executable, script_kind="posix", overwrite_existing=True
    )
    with WheelFile.open(path) as source:
        install(source, destination, additional_metadata={})


def restated(**changes: Any) -> Callable[[bytes], bytes]:
    """Return what changes members of a stamp, beyond what this version would write; None leaves one out."""

    def change(data: bytes) -> bytes:
        value = {**json.loads(data), **changes}
        kept = {name: member for name, member in value.items() if member is not None}
        return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    return change


def appended(path: str, text: str = "# changed\n") -> Callable[[Path], None]:
    """Return what adds to a file of an environment."""

    def change(site: Path) -> None:
        with (site / path).open("a") as file:
            file.write(text)

    return change


def removed(path: str) -> Callable[[Path], None]:
    """Return what removes a file of an environment."""
    return lambda site: os.remove(site / path)
