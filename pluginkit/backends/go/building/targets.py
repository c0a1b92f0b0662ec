"""Which targets of a lock to build for: those named, those that the environment names, or all; what each allows."""

import os
from collections.abc import Sequence

from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Workspace
from pluginkit.core.modes import PLUGIN, SUBPROCESS
from pluginkit.core.names import nearest
from pluginkit.core.target import OPENING, PLATFORMS, platform_of

_VARIABLES = ("GOOS", "GOARCH")
_LINK = 'write mode = "linked" in [plugin.{}], or run `pluginkit build --mode linked`'


def choose(lock: Lock, named: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the targets that are `named`, else of those that GOOS and GOARCH mean, else of all.

    A lock of one target has the empty name for it. Raises PluginkitError for a target that the lock does not seal.
    """
    for platform in named:
        if platform not in lock.platforms:
            raise PluginkitError(
                f"--target {platform}: not a target of pluginkit.lock{nearest(platform, lock.platforms)}",
                hint=_way(lock.platforms, platform),
            )
    wanted = named or in_environment(lock.platforms)
    return tuple(one.target for one in lock.views([one.name for one in lock.targets if one.platform in wanted]))


def refuse_impossible(workspace: Workspace, lock: Lock) -> None:
    """Raise PluginkitError where a plugin has a mode in which no host could run it, on the target of a lock."""
    platform = platform_of(lock.toolchain)
    for member in (one for one in workspace.members if one.kind == "plugin"):
        if member.mode == SUBPROCESS and lock.toolchain["goos"] == "windows":
            raise PluginkitError(
                f"{member.path}: mode = {SUBPROCESS!r} does not exist on {platform}: processes are ended by signals",
                hint=_LINK.format(member.name),
            )
        if member.mode != PLUGIN:
            continue
        if platform not in OPENING:
            raise PluginkitError(
                f"{member.path}: mode = {PLUGIN!r} does not exist on {platform}, only on {' and '.join(OPENING)}",
                hint=_LINK.format(member.name),
            )
        if lock.toolchain["cgo"] != "1":
            raise PluginkitError(
                f"[go] cgo = false: mode = {PLUGIN!r}, which {member.path} has, needs cgo, in the host as well",
                hint="remove it, or make the plugins part of the host: `pluginkit build --mode linked`",
            )


def in_environment(platforms: Sequence[str]) -> tuple[str, ...]:
    """Return which of `platforms` the variables GOOS and GOARCH mean, where they are set; else all.

    Raises PluginkitError where that is none of them.
    """
    said = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    fitting = tuple(
        platform
        for platform in platforms
        if all(said.get(name, part) == part for name, part in zip(_VARIABLES, platform.split("/"), strict=True))
    )
    if not fitting:
        system, _, processor = platforms[0].partition("/")
        wanted = f"{said.get('GOOS', system)}/{said.get('GOARCH', processor)}"
        raise PluginkitError(
            f"the environment asks for {wanted} ({' '.join(f'{name}={value}' for name, value in said.items())}), "
            f"the workspace is built for {', '.join(platforms)}",
            hint=f"`unset {' '.join(said)}`{'; or ' if wanted in PLATFORMS else ': '}{_way(platforms, wanted)}",
        )
    return fitting


def _way(platforms: Sequence[str], wanted: str) -> str:
    """Return how a workspace for `platforms` comes to be built for another one too."""
    if wanted not in PLATFORMS:
        return f"pluginkit builds for {', '.join(sorted(PLATFORMS))}"
    written = ", ".join(f'"{one}"' for one in sorted({*platforms, wanted}))
    return f"write targets = [{written}] in [go] of the configuration, then `pluginkit lock`"
