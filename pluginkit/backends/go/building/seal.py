"""What a Go workspace's lock holds: the toolchain, what pins its modules, and the APIs."""

import platform
from collections.abc import Iterator, Mapping

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import Closure, list_packages
from pluginkit.backends.go.building.trees import surfaces
from pluginkit.backends.go.project import STRIPPED, read_pins
from pluginkit.backends.go.toolchain import GoToolchain, find_go
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Lock, LockedMember, Workspace

_MOST = 10
"""Lines of an API's problems that are shown."""
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def seal(workspace: Workspace, previous: Lock | None, *, upgrade: bool) -> Lock:
    """Return the lock of `workspace`; the toolchain locked before is kept unless `upgrade`."""
    before = previous.toolchain if previous and not upgrade else {}
    toolchain = find_go(before.get("go", ""))
    target = _target(toolchain, workspace.settings, before)
    if target["cgo"] != "1":
        raise PluginkitError(
            "[go] cgo = false: Go's plugins need cgo, in the host as well",
            hint="remove it, or load nothing at run time",
        )
    go = Go(toolchain, workspace.root, target)
    closure = list_packages(go, workspace)
    return Lock(
        language="go",
        apis=tuple(apis(go, workspace, closure)),
        members=tuple(LockedMember(member.name, member.kind, member.path) for member in workspace.members),
        toolchain=target,
        files=read_pins(workspace.root),
    )


def stale(closure: Closure, lock: Lock) -> str:
    """Return which API's files are not those that the lock sealed, or nothing."""
    for api in lock.apis:
        found = closure.api_digest(api.name, api.version)
        if found != api.digest:
            return f"the bytes of {api.label} changed: sealed {api.digest}, found {found}"
    return ""


def default_target(toolchain: GoToolchain) -> Mapping[str, str]:
    """Return what `toolchain` builds for where nothing is configured."""
    return _target(toolchain, {"cgo": "1", "tags": "", "ldflags": STRIPPED}, {})


def _target(toolchain: GoToolchain, settings: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    machine = platform.machine()
    goarch = before.get("goarch") or _ARCHITECTURES.get(machine, machine)
    target = {
        "go": toolchain.version,
        "goos": before.get("goos") or platform.system().lower(),
        "goarch": goarch,
        "cgo": settings["cgo"],
        "tags": settings["tags"],
        "ldflags": settings["ldflags"],
    }
    if goarch == "amd64":
        target["goamd64"] = before.get("goamd64", "v1")
    return dict(sorted(target.items()))


def apis(go: Go, workspace: Workspace, closure: Closure) -> Iterator[Api]:
    """Read the APIs of a workspace from their sources, and yield each as it is; `closure` is what its members need."""
    found = surfaces(go, closure.packages, workspace.apis)
    for name in workspace.apis:
        surface = found[name]
        if surface.problems:
            raise PluginkitError(
                f"the API {name} does not compile:\n" + "\n".join(f"  {one}" for one in surface.problems[:_MOST]),
                hint=f"see what `go build {name}` says",
            )
        version = surface.version or closure.api_version(name)
        yield Api(
            name=name,
            version=version,
            digest=closure.api_digest(name, version),
            modules=(closure.packages[name].name,),
            surface=surface.lines,
        )
