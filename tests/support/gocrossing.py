"""A Go workspace with many small APIs, each with one plugin, and what crosses between them and a host."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gocode import go_module
from monorepo import write

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.modes import adapter as adapters
from pluginkit.backends.go.building.packages import list_packages
from pluginkit.core.api import Contract
from pluginkit.core.model import Member, Workspace

RUNNING = Path(adapters.__file__).parent / "running"
HOST = 'package main\n\nimport _ "acme/internal/loader"\n\nfunc main() {}\n'
MOD = "module acme\n\ngo 1.24\n"
LOADER = {"go.mod": MOD, "internal/loader/pluginkit_modes.go": "package loader\n", "cmd/host/main.go": HOST}
NEW = "func New() api.Plugin { return nil }\n"


@dataclass(frozen=True)
class Shape:
    """One API, `acme/apis/NAME`, and what its plugin exports."""

    name: str
    package: str
    api: str
    """Its source without the package clause."""
    plugin: str = NEW
    """Source of the plugin, which knows its API as `api`."""
    files: tuple[tuple[str, str], ...] = ()
    """Further files of the module: path and text."""
    refused: tuple[str, ...] = ()
    """Why the plugin cannot run elsewhere; nothing where it can."""

    @property
    def sources(self) -> dict[str, str]:
        name = "api" if "api." in self.plugin else "_"
        imported = f'import {name} "acme/apis/{self.name}"'
        return {
            f"apis/{self.name}/api.go": f"package {self.package}\n\n{self.api}",
            f"plugins/{self.name}/main.go": f"package main\n\n{imported}\n\n{self.plugin}\nfunc main() {{}}\n",
            **dict(self.files),
        }


def read_shapes() -> tuple[Shape, ...]:
    """Read the table of shapes: each begins with `=== NAME` and its API; further parts begin with `---`."""
    text = (Path(__file__).parent / "data" / "crossing_shapes.txt").read_text()
    return tuple(shape(one) for one in text.split("=== ")[1:])


def shape(text: str) -> Shape:
    first, *parts = text.split("\n--- ")
    head, _, api = first.partition("\n")
    name, _, package = head.partition(" package ")
    found = Shape(name, package or name.rpartition("/")[2], api)
    for part in parts:
        kind, _, body = part.partition("\n")
        if kind == "plugin":
            found = replace(found, plugin=body)
        elif kind == "refused":
            found = replace(found, refused=tuple(body.split("\n\n")[0].splitlines()))
        else:
            found = replace(found, files=(*found.files, (kind.removeprefix("file "), body)))
    return found


def crossing_workspace(root: Path, shapes: Sequence[Shape], mode: str = "subprocess") -> tuple[Go, Workspace]:
    """Write a workspace of shapes; its members are a host and their plugins."""
    files = {path: text for shape in shapes for path, text in shape.sources.items()}
    go = go_module(root, {**LOADER, **files})
    plugins = tuple(Member(one.name, "plugin", f"plugins/{one.name}", mode=mode) for one in shapes)
    apis = tuple(f"acme/apis/{one.name}" for one in shapes)
    return go, Workspace(root, "go", apis, (Member("host", "host", "cmd/host"), *plugins), contract=Contract("New"))


def adapter_of(go: Go, workspace: Workspace) -> adapters.Adapter:
    """Return what crosses between the host and all plugins."""
    plugins = [member for member in workspace.members if member.kind == "plugin"]
    return adapters.adapter(go, list_packages(go, workspace), workspace, plugins)


def install(go: Go, adapter: adapters.Adapter, directory: str = "adapter", crossing: str = "acme/crossing") -> None:
    """Write an adapter, and the package that it needs, into the module."""
    own = {f"crossing/{one.name}": one.read_text() for one in (RUNNING / "crossing").glob("*.go")}
    own = {path: text for path, text in own.items() if not path.endswith("_test.go")}
    write(go.root, {**own, f"{directory}/adapter.go": adapter.source.replace(adapters.CROSSING, crossing)})
