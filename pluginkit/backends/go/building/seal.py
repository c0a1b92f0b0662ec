"""What a Go workspace's lock holds: the toolchain, what pins its modules, and the APIs."""

import platform
from collections.abc import Iterator, Mapping, Sequence

from pluginkit.backends.go.aligning.facts import HostFacts
from pluginkit.backends.go.aligning.within import refuse_drift
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.modes.adapter import refuse_uncrossable
from pluginkit.backends.go.building.modes.requirements import check_requirements
from pluginkit.backends.go.building.packages import Closure, list_packages
from pluginkit.backends.go.building.targets import in_environment
from pluginkit.backends.go.building.trees import surfaces
from pluginkit.backends.go.project import STRIPPED, read_pins
from pluginkit.backends.go.toolchain import SEALED, GoToolchain, find_go, machine
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, LockedMember
from pluginkit.core.model import Workspace
from pluginkit.core.target import OWN, Target, cgo_of, platform_of

_MOST = 10
"""Lines of an API's problems that are shown."""


def seal(workspace: Workspace, previous: Lock | None, *, upgrade: bool) -> Lock:
    """Return the lock of `workspace`; the toolchain locked before is kept unless `upgrade`, or a host has another."""
    views = previous.views() if previous and previous.language == "go" and not upgrade else ()
    before = {platform_of(one.toolchain): one for one in views}
    platforms = workspace.settings["targets"].split(",") if workspace.settings["targets"] else _platforms(before)
    in_environment(platforms)
    version = next((one.toolchain["go"] for one in before.values()), "")
    facts = HostFacts(workspace.within) if workspace.within else None
    targets = [_target(workspace, platform, before.get(platform), version, facts) for platform in platforms]
    _refuse_two_versions(targets)
    first, several = targets[0], len(targets) > 1
    return Lock(
        language="go",
        apis=first.apis,
        members=tuple(LockedMember(member.name, member.kind, member.path) for member in workspace.members),
        toolchain=_common(targets) if several else first.toolchain,
        files=read_pins(workspace.root),
        targets=tuple(targets) if several else (),
    )


def _common(targets: Sequence[Target]) -> Mapping[str, str]:
    """Return what the toolchains of all targets have in common."""
    every = [target.toolchain for target in targets]
    return {
        name: value for name, value in every[0].items() if name not in OWN and all(one[name] == value for one in every)
    }


def _platforms(before: Mapping[str, Lock]) -> Sequence[str]:
    """Return what a workspace is built for that configures no targets: what is sealed, or this machine."""
    return list(before) if len(before) == 1 else [f"{platform.system().lower()}/{machine()}"]


def _target(workspace: Workspace, platform: str, before: Lock | None, version: str, facts: HostFacts | None) -> Target:
    """Seal what one platform has of its own; `before` is its lock until now, `version` of the Go to use, if any.

    Raises PluginkitError where that is not what a host elsewhere was built from, whose `facts` these are.
    """
    goos, _, goarch = platform.partition("/")
    settings = {**workspace.settings, "cgo": cgo_of(workspace.settings["cgo"], platform)}
    wanted, by = (facts.go, f"{facts.label} was built by") if facts else (version, SEALED)
    toolchain = find_go(wanted, goarch, by, goos=goos, cgo=settings["cgo"] == "1")
    sealed = toolchain_of(toolchain, settings, goos, goarch, before.toolchain if before else {})
    go = Go(toolchain, workspace.root, sealed)
    check_requirements(go, workspace)
    closure = list_packages(go, workspace)
    if facts:
        refuse_drift(facts, workspace, closure.packages)
    found = tuple(apis(go, workspace, closure))
    refuse_uncrossable(go, closure, workspace, found)
    return Target(sealed, found)


def _refuse_two_versions(targets: Sequence[Target]) -> None:
    """Raise PluginkitError where an API has another version on one target than on the first."""
    versions = {api.name: api.version for api in targets[0].apis}
    for target in targets[1:]:
        for api in target.apis:
            if api.version != versions[api.name]:
                raise PluginkitError(
                    f"the API {api.name} is {versions[api.name]} on {targets[0].platform} and {api.version} on "
                    f"{target.platform}",
                    hint="declare APIVersion in a file without build constraints",
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
    settings = {"cgo": "1", "tags": "", "ldflags": STRIPPED}
    return toolchain_of(toolchain, settings, platform.system().lower(), machine(), {})


def toolchain_of(
    toolchain: GoToolchain, settings: Mapping[str, str], goos: str, goarch: str, before: Mapping[str, str]
) -> dict[str, str]:
    """Return what a lock seals of the toolchain for one platform; `before` is what it sealed until now."""
    sealed = {
        "go": toolchain.version,
        "goos": goos,
        "goarch": goarch,
        "cgo": settings["cgo"],
        "tags": settings["tags"],
        "ldflags": settings["ldflags"],
    }
    if goarch == "amd64":
        sealed["goamd64"] = before.get("goamd64", "v1")
    return dict(sorted(sealed.items()))


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
