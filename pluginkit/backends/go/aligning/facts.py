"""What a host's build information asks of a plugin: the Go, the flags, and a version or replacement of each module."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pluginkit.core.errors import PluginkitError
from pluginkit.core.gobinary import USUAL, GoBinary, GoModule, build_flags
from pluginkit.core.verdict import Host
from pluginkit.rules.causes import owner

_VARIABLES = {"GOEXPERIMENT": "", **USUAL}
CHECKOUT = "(devel)"


class Used(NamedTuple):
    """Which copy of a module a build has."""

    version: str
    """`(devel)` of one that is built from a checkout."""
    replaced_by: str = ""
    """`path version`, or the directory; empty where it is not replaced."""

    def __str__(self) -> str:
        return f"{self.version} => {self.replaced_by}" if self.replaced_by else self.version


class HostFacts:
    """The build of a host, as its binary describes it."""

    def __init__(self, host: Host) -> None:
        """Take the facts of a host. Raises PluginkitError where it is not a Go program, or says nothing of itself."""
        binary = host.binary
        if binary is None:
            raise PluginkitError(
                f"{host.label}: not a host's binary, so nothing says which modules the host was built from",
                hint="name the host's binary or its release, such as `dist` of its workspace",
            )
        if not binary.go_version:
            raise PluginkitError(
                f"{host.label}: no build information in it, so nothing says which modules it was built from",
                hint="build the host anew, without `-ldflags` that remove it",
            )
        self.binary: GoBinary = binary
        self.label = host.label
        self.go = binary.go_version.partition("-X:")[0]
        """Without the experiments that its toolchain appends."""

    @property
    def target(self) -> dict[str, str]:
        """What the go command is told to build for, as a lock's `toolchain` has it."""
        goos, _, goarch = self.binary.platform.partition("/")
        settings = self.binary.settings
        found = {"goos": goos, "goarch": goarch, "cgo": "1", "tags": settings.get("-tags", ""), "ldflags": ""}
        return found | ({"goamd64": settings["GOAMD64"]} if settings.get("GOAMD64") else {})

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the host's `go build` that change what the compiler writes."""
        settings = self.binary.settings
        profile = settings.get("-pgo", "")
        return (*build_flags(settings), *([f"-pgo={profile}"] if Path(profile).is_file() else []))

    @property
    def variables(self) -> dict[str, str]:
        """The variables of that build which differ from what they are where nothing is said."""
        settings = self.binary.settings
        found = {name: settings.get(name, "") for name in _VARIABLES}
        return {name: value for name, value in found.items() if value not in ("", _VARIABLES[name])}

    def command(self, go: str, package: str, output: str, variables: Mapping[str, str]) -> str:
        """Return how a plugin is built for this host by a go command with variables of its own, as a shell takes it."""
        words = [go, "build", "-buildmode=plugin", *self.flags, "-o", output, package]
        told = {"CGO_ENABLED": "1", **self.variables, **variables}
        return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in told.items()), *map(shlex.quote, words)])

    @cached_property
    def modules(self) -> Mapping[str, GoModule]:
        """The modules of the host's build, its own among them, by path."""
        return {module.path: module for module in self.binary.modules}

    def used(self, path: str) -> Used:
        """Return which copy of a module the host has."""
        module = self.modules[path]
        # Only a main module that came from the module cache has a digest; a checkout's version is the tag it stands at.
        checkout = path == self.binary.main_module and not module.sum
        version = CHECKOUT if checkout or not module.version else module.version
        return Used(version, module.replaced_by.removesuffix(f" {CHECKOUT}"))

    def owner(self, package: str) -> str:
        """Return the path of the host's module that a package belongs to; empty for the standard library."""
        return owner(package, self.modules)

    def has(self, package: str) -> bool:
        """Return whether the host has a package of that import path."""
        return package in self.binary.packages
