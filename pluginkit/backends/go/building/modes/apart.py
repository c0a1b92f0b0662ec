"""What is compiled into a host and into plugins that share no memory with it, whatever carries their calls.

Its sources are `running`, a Go module of this room, whose packages are copied under new import paths: beside a plugin,
`PLUGIN/pluginkitgen/crossing`; beside the loader of a host, `LOADER/pluginkitgen/crossing`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pluginkit.backends.go.building.modes.adapter import adapter, host_adapter
from pluginkit.backends.go.building.modes.recipe import GENERATED, Context, Loader
from pluginkit.backends.go.building.overlay import Entries
from pluginkit.core.digest import fields_digest
from pluginkit.core.model import BuildStep

_RUNNING = Path(__file__).parent / "running"
_OWN = '"pluginkit/running/'
"""How the sources name each other in their imports."""


def plugin_side(context: Context, step: BuildStep, packages: Sequence[str]) -> Entries:
    """Return the entries for a plugin: its own package, importable, and beside it `adapter`, `exports` and `packages`.

    `packages` are directories in `running`. Raises PluginkitError where what the plugin exports cannot cross.
    """
    workspace, own = context.plan.workspace, context.path(step)
    made = adapter(context.go, context.closure, workspace, [step.member], step.apis)
    directory = context.directory(step) / GENERATED
    base = import_base(own)
    return {
        **context.imported(step),
        **copied(packages, directory, base),
        directory / "adapter/adapter.go": moved(made.source, base),
        directory / "exports/exports.go": moved(made.exporting(step.member.name, own), base),
    }


def host_side(context: Context, loader: Loader, packages: Sequence[str]) -> Entries:
    """Return the entries for a host: `packages`, and `adapter` for plugins that share no memory with it.

    They are the same for each mode, so that a host that runs several has one of each. They depend on no plugin, so that
    a host goes on with those that change.
    """
    made = host_adapter(context.go, context.closure, context.plan.workspace)
    directory = loader.directory / GENERATED
    base = import_base(loader.path)
    return {
        **copied(packages, directory, base),
        directory / "adapter/adapter.go": moved(made.source, base),
    }


@cache
def sources_digest() -> str:
    """Return the digest of all from which generated packages are made, for the cache: it changes with pluginkit."""
    room = _RUNNING.parent
    files = [*room.glob("*.py"), *room.parent.glob("astools/*.go"), *_RUNNING.rglob("*.go")]
    kept = sorted(file for file in files if not _is_of_tests(file.relative_to(room.parent)))
    return fields_digest("pluginkit running v1", (file.read_bytes() for file in kept))


def _is_of_tests(file: Path) -> bool:
    """Return whether a file is not in the wheel."""
    return file.name.endswith("_test.go") or "testdata" in file.parts


def import_base(path: str) -> str:
    """Return the import path under which generated packages lie that belong to the package with this one."""
    return f"{path}/{GENERATED}"


def copied(packages: Sequence[str], directory: Path, base: str) -> Entries:
    """Return packages of `running`, without their tests, as entries in a directory whose import path is `base`."""
    return {
        directory / package / file.name: moved(file.read_text(encoding="utf-8"), base)
        for package in packages
        for file in sorted((_RUNNING / package).glob("*.go"))
        if not file.name.endswith("_test.go")
    }


def moved(source: str, base: str) -> str:
    """Return a Go source whose imports of packages of `running` name those under `base`."""
    return source.replace(_OWN, f'"{base}/')
