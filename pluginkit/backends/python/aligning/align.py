"""A plugin's project or workspace and a host's pins -> a lock within them, and requirements that admit them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.alignment import Aligned, Built, Edit, Task, Unmet
from pluginkit.backends.copies import copy_tree, link_neighbours
from pluginkit.backends.process import run
from pluginkit.backends.python.aligning.loading import interpreter, load
from pluginkit.backends.python.aligning.requirements import Excluded, excluded, rewrite, widen
from pluginkit.backends.python.building.uv import uv
from pluginkit.core.config import CONFIG
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize

_PINNED = ("uv.lock", "pluginkit.lock", CONFIG)
_PYPROJECT = "pyproject.toml"


def align(task: Task) -> Aligned:
    """Implement `backends.alignment.Aligner`: build a copy within the host's pins, and load it where that can be done.

    A requirement that excludes what the host has is widened only where the host is an environment: there the plugin is
    loaded beside that version, and that is the proof. A release or a wheel proves nothing of it.
    """
    return _Work(task).align()


class _Work:
    """One repository, copied."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.pins = {normalize(name): version for name, version in (task.host.pins or {}).items() if version}
        self.python = interpreter(task.place)
        self.copy = copy_tree(task.root, task.scratch / "tree", _PINNED)
        link_neighbours(task.root, task.scratch / "tree", _sources(task.root))
        self.projects = [self.copy / path for path in task.packages or (".",)]

    def align(self) -> Aligned:
        """Edit the copy, build it and try what was built."""
        barred = [one for place in self.projects for one in self._excluded(place / _PYPROJECT)]
        edits, unmet = self._widened(barred) if self.python else ((), tuple(map(self._unmet, barred)))
        if unmet:
            note = (
                "an environment of the host, named with --host, would show whether the plugin works with that version"
            )
            return Aligned(self.task.root, unmet=unmet, notes=() if self.python else (note,))
        try:
            built = self._build()
        except PluginkitError as error:
            return Aligned(self.task.root, failure=error.message)
        changes = dict(self._changes())
        if "pluginkit.lock" in changes or "uv.lock" in changes:
            name = "uv.lock" if "uv.lock" in changes else "pluginkit.lock"
            edits += (Edit(f"{name}: pins within the host's", f"{self.task.host.label} has {len(self.pins)} packages"),)
        verdict = self.task.judge([one.file for one in built])
        found = Aligned(self.task.root, edits, changes, built=built, verdict=verdict)
        return self._loaded(found, barred) if verdict.accepted else found

    def _excluded(self, manifest: Path) -> Iterator[Excluded]:
        if manifest.is_file():
            yield from excluded(manifest, self.pins, self.task.host.python)

    def _widened(self, barred: Sequence[Excluded]) -> tuple[tuple[Edit, ...], tuple[Unmet, ...]]:
        edits, unmet = [], []
        for one in barred:
            new = widen(one)
            if rewrite(one.manifest, one.line, new):
                text = f"{self._shown(one.manifest)}: {new}, not {one.line}"
                edits.append(Edit(text, f"the host has {one.name} {one.pin}"))
            else:
                unmet.append(self._unmet(one))
        return tuple(edits), tuple(unmet)

    def _unmet(self, one: Excluded, said: str = "") -> Unmet:
        asker = self._shown(one.manifest) + (f": {said}" if said else "")
        return Unmet(one.line, f"{one.name} {one.pin}", (asker,))

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.copy).as_posix()

    def _build(self) -> tuple[Built, ...]:
        if self.task.build is not None:
            self._follow_in_uv_lock()
            return tuple(Built(path.name.split("-")[0], path, "pluginkit build") for path in self.task.build(self.copy))
        out = self.task.scratch / "out"
        done = run([uv(), "build", "--wheel", "--quiet", "--no-config", "--out-dir", out], cwd=self.copy)
        if done.status != 0:
            raise PluginkitError(f"cannot build the wheel:\n{done.stderr.strip()}")
        return tuple(Built(path.name.split("-")[0], path, "uv build --wheel") for path in sorted(out.glob("*.whl")))

    def _follow_in_uv_lock(self) -> None:
        """Bring a lock of uv's to the host's versions, as far as the requirements admit them."""
        if (self.copy / "uv.lock").is_file():
            pins = [part for name, pin in sorted(self.pins.items()) for part in ("--upgrade-package", f"{name}=={pin}")]
            done = run([uv(), "lock", "--quiet", *pins], cwd=self.copy)
            if done.status != 0:
                raise PluginkitError(f"uv.lock cannot be brought to the host's versions:\n{done.stderr.strip()}")

    def _loaded(self, found: Aligned, barred: Sequence[Excluded]) -> Aligned:
        """Load what the host accepts, where the host is an environment."""
        if self.python is None:
            return replace(found, notes=("not loaded: the host is not an environment",))
        said = load(self.python, [one.file for one in found.built], self.task.scratch)
        if not said:
            return replace(found, loaded="its entry points load in the host's environment")
        unmet = tuple(self._unmet(one, said) for one in barred)
        return replace(found, unmet=unmet, failure="" if unmet else f"loading it fails: {said}")

    def _changes(self) -> Iterator[tuple[str, tuple[bytes | None, bytes | None]]]:
        manifests = [self._shown(place / _PYPROJECT) for place in self.projects]
        for name in dict.fromkeys((*manifests, *_PINNED)):
            now = (self.copy / name).read_bytes() if (self.copy / name).is_file() else None
            old = (self.task.root / name).read_bytes() if (self.task.root / name).is_file() else None
            if now is not None and now != old:
                yield name, (old, now)


def _sources(root: Path) -> list[str]:
    """Return the directories beside a project that it takes dependencies from, as `[tool.uv.sources]` names them."""
    from pluginkit.core.toml import read_toml

    if not (root / _PYPROJECT).is_file():
        return []
    sources: Mapping[str, object] = read_toml(root / _PYPROJECT).table("tool").table("uv").table("sources").values
    return [str(one["path"]) for one in sources.values() if isinstance(one, dict) and "path" in one]
