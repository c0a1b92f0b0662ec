"""What only build backends know of members: asked of them, in the environments that the lock pins."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pluginkit.backends.python.building.environment import ensure
from pluginkit.backends.python.building.process_pool import ProcessPool
from pluginkit.backends.python.building.workers import Worker, WorkerError
from pluginkit.backends.python.hermetic import STATELESS
from pluginkit.backends.python.wheel.stamper import WheelFacts, wheel_facts
from pluginkit.core.api import Api
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import BuildEnvironment
from pluginkit.core.model import Member, Workspace
from pluginkit.surface.python.reader import surface


class Backends:
    """One worker for each build environment, started when first needed."""

    is_static = False
    """Nothing is asked, and nothing built."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self._stack = ExitStack()
        self._pythons: dict[tuple[str, ...], Path] = {}
        self._running: dict[tuple[str, ...], Worker] = {}
        self._scratch = Path()

    def __enter__(self) -> "Backends":
        self._scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="pluginkit-")))
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def add(self, environment: BuildEnvironment) -> None:
        """Make sure `environment` is installed; forget a worker of the same requirements."""
        self._pythons[environment.requires] = ensure(environment, self._root)
        self._running.pop(environment.requires, None)

    def requires(self, member: Member) -> tuple[str, ...]:
        """Return what the backend of `member` needs beyond its build requirements."""
        with _naming(member):
            return self._worker(member).requires(member)

    def metadata(self, member: Member) -> str:
        """Return the METADATA that the backend computes for `member`."""
        with _naming(member):
            return self._worker(member).metadata(member)

    def version(self, member: Member) -> str:
        """Return the version that the backend computes for `member`."""
        return metadata_version(self.metadata(member))

    def wheel(self, member: Member) -> WheelFacts:
        """Build `member` and return what its wheel holds."""
        with _naming(member):
            path = self._worker(member).wheel(member)
        return wheel_facts(path, path.name)

    def api(self, member: Member) -> Api:
        """Build the API that `member` is, and return what to seal of it."""
        with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
            facts = self.wheel(member)
            _unpack(facts.sources, Path(scratch))
            return as_api(member.name, facts.version, facts.content_files, facts.modules, Path(scratch))

    def _worker(self, member: Member) -> Worker:
        key = member.build_requires
        shared = member.build_backend in STATELESS and not member.backend_path
        if shared and key in self._running:
            return self._running[key]
        pool = ProcessPool(self._pythons[key])
        self._stack.callback(pool.end)
        worker = Worker(pool, self._root, self._scratch / f"{len(self._running)}-{member.name}")
        self._stack.enter_context(worker)
        if shared:
            self._running[key] = worker
        return worker


@contextmanager
def _naming(member: Member) -> Iterator[None]:
    try:
        yield
    except WorkerError as error:
        raise PluginkitError(f"{member.path}: its build backend failed\n{error}") from None


def as_api(name: str, version: str, files: Iterable[tuple[str, str]], modules: tuple[str, ...], place: Path) -> Api:
    """Return what to seal of an API, whose files (import path, sha256 in hex) lie at `place`.

    Raises PluginkitError where it has no modules.
    """
    if not modules:
        raise PluginkitError(f"the API {name!r} ships no module", hint="a shared API is an importable package")
    return Api(name, version, content_digest(f"{name}@{version}", files), modules, surface(place, modules))


def _unpack(sources: Mapping[str, bytes], place: Path) -> None:
    for name, data in sources.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def metadata_version(text: str) -> str:
    """Return the version that METADATA states."""
    from packaging.metadata import parse_email

    raw, _ = parse_email(text)
    return raw.get("version", "")
