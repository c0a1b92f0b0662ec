"""A plugin's repository and a host's binary -> what to edit, proven by a build, a verdict and an opened plugin."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pluginkit.backends.alignment import Aligned, Built, Edit, Task, Unmet
from pluginkit.backends.copies import copy_tree, link_neighbours
from pluginkit.backends.go.aligning import configured, reasons, requirements
from pluginkit.backends.go.aligning.facts import CHECKOUT, HostFacts
from pluginkit.backends.go.aligning.module import FILES, Module
from pluginkit.backends.go.aligning.requirements import Attempt, Pin
from pluginkit.backends.go.aligning.stand_in import open_plugin
from pluginkit.backends.go.project import directories
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace

_WAYS: tuple[Pin, ...] = (requirements.by_requirement, requirements.by_exclusion)
"""How modules are pinned, the gentler one first."""
_MAJOR = re.compile(r"v[0-9]+")


def align(task: Task) -> Aligned:
    """Implement `backends.alignment.Aligner`: edit go.mod in a copy until a build of it fits the host."""
    facts = HostFacts(task.host)
    if not facts.binary.packages:
        return Aligned(unmet=(Unmet("a host that can open plugins", _why_closed(facts), (task.root.name,)),))
    if task.build is not None and (unmet := configured.unmet(facts, task.root.name)):
        return Aligned(unmet=unmet)
    work = _Work(task, facts)
    found = Aligned()
    for way in _WAYS:
        found = work.attempt(way)
        if found.proven or not work.is_edited:
            break
    return found


def _why_closed(facts: HostFacts) -> str:
    cgo = facts.binary.settings.get("CGO_ENABLED", "")
    return "a build with CGO_ENABLED=0, which cannot" if cgo == "0" else "no `plugin` among its packages"


class _Work:
    """One repository, copied, and what it was before."""

    def __init__(self, task: Task, facts: HostFacts) -> None:
        self.task, self.facts = task, facts
        self.root, self.patterns = _module_of(task)
        self._toolchain = toolchain = find_go(facts.go, facts.target["goarch"], f"{facts.label} was built by")
        self.copy = copy_tree(self.root, task.scratch / "tree", (*FILES, "vendor"))
        link_neighbours(self.root, task.scratch / "tree", directories(self.root))
        self.module = alone = Module(toolchain, self.copy, facts, in_workspace=False)
        self._manifest = alone.manifest()
        requirements.lower_go(alone)
        self._settings = configured.set_tags(self.copy, facts) if task.build else ()
        beside = Module(toolchain, self.copy, facts, in_workspace=True)
        if task.source or ((self.copy / "go.work").is_file() and self._needs_workspace(alone, beside)):
            self.module = beside
        if task.source:
            relative = os.path.relpath(task.source, self.root)
            link_neighbours(self.root, task.scratch / "tree", [relative])
            self.module.use(relative)
        self._pristine = self.module.snapshot()

    def _needs_workspace(self, alone: Module, beside: Module) -> bool:
        """Return whether the plugin builds with go.work only, or has the host's own packages from a checkout there."""
        before = alone.snapshot()
        try:
            if not alone.can_list(self.patterns):
                return True
            host = self.facts.binary.main_module
            if host not in beside.main_modules() or self.facts.used(host).version != CHECKOUT:
                return False
            return any(one.module == host and self.facts.has(one.path) for one in alone.list(self.patterns))
        finally:
            alone.restore(before)  # a listing may complete go.mod, and that is not part of what we propose

    @property
    def is_edited(self) -> bool:
        """True when go.mod asks for other modules than before: another way of pinning them may lead elsewhere."""
        return self.module.snapshot() != self._pristine

    @cached_property
    def original(self) -> reasons.Original:
        """What the module was before; asking that puts go.mod back, so it is asked between attempts."""
        now = self.module.snapshot()
        self.module.restore(self._pristine)
        found = reasons.Original(self._manifest, self.module.build_list(), self.module.graph())
        self.module.restore(now)
        return found

    def attempt(self, pin: Pin) -> Aligned:
        """Pin modules one way, and build, judge and open what that gives."""
        self.module.restore(self._pristine)
        settled = requirements.settle(self.module, self.patterns, pin)
        if settled.failure or settled.errors:
            return self._unbuildable(settled)
        self._tidy(settled)
        built, said = self._build()
        if said:
            return self._unbuildable(settled, said)
        return self._judged(settled, built)

    def _tidy(self, settled: Attempt) -> None:
        """Bring go.sum, the comments of go.mod and `vendor` up to date; a module that was not tidy stays so."""
        now = self.module.snapshot()
        if now != self._pristine:
            self.module.restore(self._pristine)
            was_tidy = self.module.run("mod", "tidy", "-diff").status == 0
            self.module.restore(now)
            if was_tidy and not (self.module.run("mod", "tidy").status == 0 and self._is_settled(settled)):
                self.module.restore(now)
        if self.module.is_vendored:
            self.module.must("copy the modules into vendor", "mod", "vendor")

    def _is_settled(self, settled: Attempt) -> bool:
        packages = self.module.list(self.patterns)
        left = tuple(requirements.drifts(self.facts, packages))
        return left == settled.drifts and not any(one.error for one in packages)

    def _build(self) -> tuple[tuple[Built, ...], str]:
        """Build the plugins in the copy; return them, and what the compiler said where it failed."""
        if self.task.build is not None:
            return tuple(Built(path.stem, path, "pluginkit build") for path in self.task.build(self.copy)), ""
        mains = self.module.mains(self.patterns)
        if not mains:
            raise PluginkitError(f"{self.task.root}: no main package that can be built as a plugin")
        out = self.task.scratch / "out"
        out.mkdir(exist_ok=True)
        found, flags = [], ("-buildmode=plugin", "-buildvcs=false", *self.facts.flags)
        for package in mains:
            name = _name(package, mains)
            target = out / f"{name}.so"
            done = self.module.run("build", *flags, "-o", str(target), package)
            if done.status != 0:
                return (), done.stderr
            found.append(Built(name, target, self._command(package, name)))
        return tuple(found), ""

    def _command(self, package: str, name: str) -> str:
        """Return how the author builds a plugin: with what a go command that is called there would not know itself."""
        around = any((above / "go.work").is_file() for above in (self.root, *self.root.parents))
        compiler = {"CC": self._toolchain.cc} if self._toolchain.cc else {}
        variables = compiler | (self.module.variables if around else {})
        go = "go" if find_go().go == self._toolchain.go else str(self._toolchain.go)
        inside = package.removeprefix(self.original.path).strip("/")
        return self.facts.command(go, f"./{inside}" if inside else ".", f"{name}.so", variables)

    def _judged(self, settled: Attempt, built: Sequence[Built]) -> Aligned:
        verdict = self.task.judge([one.file for one in built])
        found = Aligned(self.root, built=tuple(built), verdict=verdict, edits=self._edits(), changes=self._changes())
        if not verdict.accepted:
            packages = settled.packages
            return replace(found, unmet=tuple(reasons.of_sources(settled.drifts, packages, self.facts)))
        opened = [open_plugin(self.module, settled.packages, one.file, self.task.scratch) for one in built]
        return replace(
            found,
            loaded=next((one.how for one in opened if one.how), ""),
            failure="\n".join(one.failure for one in opened if one.failure),
            notes=tuple(dict.fromkeys(one.note for one in opened if one.note)),
        )

    def _edits(self) -> tuple[Edit, ...]:
        found = tuple(reasons.edits(self.original, self.module.manifest(), self.module.graph(), self.facts))
        vendored = [path for path in self._changes() if path.startswith("vendor/")]
        found += self._settings
        if self.task.source and "go.work" in self._changes():
            why = "the host has its own packages from there"
            found += (Edit(f"go.work: use {os.path.relpath(self.task.source, self.root)}", why),)
        if "pluginkit.lock" in self._changes():
            found += (Edit("pluginkit.lock: written anew", "it seals go.mod, go.sum and the host's Go"),)
        if vendored:
            count = f"{len(vendored)} file{'' if len(vendored) == 1 else 's'}"
            found += (
                Edit(f"vendor: {count} as the modules have them", "the host has the modules as they are published"),
            )
        return found

    def _changes(self) -> Mapping[str, tuple[bytes | None, bytes | None]]:
        return dict(_changed(self.root, self.copy))

    def _unbuildable(self, settled: Attempt, said: str = "") -> Aligned:
        """Return which requirements stand in the way, or what the go command said."""
        failed = reasons.failures(said) if said else settled.errors
        unmet = reasons.of_failures(failed, settled.packages, self.original, self.facts)
        told = "\n".join(filter(None, (settled.failure, said, *([] if said else settled.errors.values()))))
        unmet = unmet or reasons.of_go(told, self.facts, self.original)
        return Aligned(unmet=tuple(unmet), failure="" if unmet else told.strip())


def _module_of(task: Task) -> tuple[Path, tuple[str, ...]]:
    """Return the module that a task is about, and the patterns of its plugins."""
    start = task.root.resolve()
    for above in (start, *start.parents):
        if (above / "go.mod").is_file():
            inside = start.relative_to(above).as_posix()
            here = any(
                "package main" in path.read_text(encoding="utf-8", errors="replace") for path in start.glob("*.go")
            )
            prefix = "." if inside == "." else f"./{inside}"
            return above, tuple(task.packages) or ((prefix,) if here else (f"{prefix}/...",))
    raise PluginkitError(f"{task.root}: not in a Go module", hint="name the directory of the plugin's go.mod")


def _name(package: str, mains: Sequence[str]) -> str:
    """Return what the file of a plugin is called: the last part of its import path, or more where two have that."""
    parts = [part for part in package.split("/") if not _MAJOR.fullmatch(part)]
    alike = [one for one in mains if one.split("/")[-1] == parts[-1]]
    return parts[-1] if len(alike) < 2 else "-".join(parts[-2:])


def _changed(root: Path, copy: Path) -> Iterator[tuple[str, tuple[bytes | None, bytes | None]]]:
    """Yield the files that pin what is built, `vendor` among them, and are others in a copy than in the root."""
    found = {path.relative_to(base).as_posix() for base in (root, copy) for path in (base / "vendor").rglob("*")}
    for name in (*FILES, *sorted(found), "pluginkit.toml", "pyproject.toml", "pluginkit.lock"):
        old, now = ((base / name).read_bytes() if (base / name).is_file() else None for base in (root, copy))
        if now != old:
            yield name, (old, now)
