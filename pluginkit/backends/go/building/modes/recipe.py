"""What the go command has to do for one artifact, as the modes write it and `link` follows it.

A mode whose artifacts are made in a way of their own is a module of this room, named after it, with two functions:

    def recipe(context: Context, step: BuildStep) -> Recipe      # how the artifact of a plugin is made
    def runner(context: Context, loader: Loader) -> Runner       # what a host is compiled with to run such plugins

`recipe` is called for each plugin that is built; `runner` once for a host, where the workspace has plugins of the mode.
A plugin's package becomes importable with `context.imported(step)`: that has its stamp and contract, too, so that a
generated main package, whose files are entries of the same overlay, only has to import it:

    def recipe(context, step):
        main = context.directory(step) / GENERATED / "subprocess"
        return Recipe(
            file=context.file(step),
            package=f"{member_pattern(step.member)}/{GENERATED}/subprocess",
            overlay={**context.imported(step), main / "main.go": _main(context.path(step))},
        )
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pluginkit.backends.go.binary.stamps import UNKNOWN
from pluginkit.backends.go.building import astools, overlay
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.modes.renamed import importable, package_name
from pluginkit.backends.go.building.overlay import Entries
from pluginkit.backends.go.building.packages import Closure
from pluginkit.backends.stamps import stamp_of, step_contract
from pluginkit.core.model import BuildPlan, BuildStep
from pluginkit.core.modes import LINKED, SUFFIXES, WASM
from pluginkit.core.target import keyed

GENERATED = "pluginkitgen"
"""The directory, which only overlays have, for packages that are generated beside a plugin's or a loader's."""
_VERSION_CONSTANT = "APIVersion"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one artifact is made."""

    file: str
    """POSIX path in the release."""
    package: str
    """What is built, as the go command is told it: `./plugins/filter`."""
    overlay: Entries
    """Path to text of what is generated for it. Of all artifacts of a target there is one overlay."""
    buildmode: str = ""
    """What `-buildmode` says; empty: an executable."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables in place of those of the target: `GOOS`, `GOARCH`, `CGO_ENABLED`."""
    stamp: bytes = b""
    """The stamp that is added to what is linked; empty where it is compiled into it."""


@dataclass(frozen=True, slots=True)
class Loader:
    """The package of a host that runs its plugins."""

    path: str
    """Import path."""
    name: str
    """Its package clause."""
    directory: Path


@dataclass(frozen=True, slots=True)
class Runner:
    """What a host is compiled with to run the plugins of one mode."""

    function: str
    """Name of a function of type `runner`, in a file of the loader's package that is among the entries."""
    overlay: Entries


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when recipes are written: those of one target."""

    go: Go
    plan: BuildPlan
    mains: Mapping[str, astools.MainPackage]
    """By import path, what the sources of plugins declare: of those that are built, and of those in hosts."""
    closure: Closure
    """What they import, listed with export data; where there are other modes than `plugin`, what hosts import too."""

    def path(self, step: BuildStep) -> str:
        """Return the import path of a step's main package."""
        return str(step.listing["ImportPath"])

    def directory(self, step: BuildStep) -> Path:
        """Return the directory of a step's main package."""
        return step.root / step.member.path

    def file(self, step: BuildStep) -> str:
        """Return where the artifact of a step lies in the release: in the directory of its target, if it has one."""
        return keyed(step.target, place(step))

    def stamped(self, step: BuildStep, package: str = "main") -> str:
        """Return the file that a step's package gets, under that name: its stamp, and the contract as assertions.

        What is linked into a host has no stamp of its own, and that of a module is added once it is linked.
        """
        return overlay.render(self._main(step, package))

    def stamp(self, step: BuildStep) -> bytes:
        """Return the stamp of a step's artifact, whose payload is not known yet."""
        examined = self.mains.get(self.path(step))
        return stamp_of(self.plan, step, UNKNOWN, uses=examined.uses if examined else None).to_bytes()

    def supplied(self, step: BuildStep) -> Mapping[str, bool]:
        """Return what that file exports beside the stamp, and whether it is a variable."""
        return overlay.supplied(self._main(step, "main"))

    def _main(self, step: BuildStep, package: str) -> overlay.Main:
        examined = self.mains.get(self.path(step))
        versioned = {
            api.name for api in step.apis if any(f"const {_VERSION_CONSTANT} " in line for line in api.surface)
        }
        return overlay.Main(
            kind=step.member.kind,
            stamp=None if step.member.mode in (LINKED, WASM) else self.stamp(step),
            symbols=dict(step_contract(self.plan, step).symbols),
            capabilities=step.member.capabilities,
            defines=examined.names if examined else frozenset(),
            imports=step.nameable,
            versioned=next((path for path in step.nameable.values() if path in versioned), ""),
            package=package,
        )

    def imported(self, step: BuildStep) -> Entries:
        """Return the entries with which a plugin's package can be imported; its stamp and contract are among them."""
        name, directory = package_name(step.member.name), self.directory(step)
        own = directory / overlay.FILE
        return {**importable(directory, name), own: self.stamped(step, name)}


def place(step: BuildStep) -> str:
    """Return where the artifact of a step lies in the release of one target."""
    member = step.member
    if member.kind == "plugin":
        return f"plugins/{member.name}{SUFFIXES[member.mode]}"
    return f"bin/{member.name}{'.exe' if step.toolchain['goos'] == 'windows' else ''}"
