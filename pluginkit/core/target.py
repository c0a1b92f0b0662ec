"""Platforms that one lock builds for: how configuration, releases and toolchains spell them."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pluginkit.core.api import Api

OPENING = ("linux/amd64", "linux/arm64")
"""Those on which plugins are shared objects that a host opens."""
PLATFORMS = (
    *OPENING,
    "darwin/amd64", "darwin/arm64", "dragonfly/amd64", "freebsd/386", "freebsd/amd64", "freebsd/arm", "freebsd/arm64",
    "illumos/amd64", "linux/386", "linux/arm", "linux/loong64", "linux/mips", "linux/mips64", "linux/mips64le",
    "linux/mipsle", "linux/ppc64le", "linux/riscv64", "linux/s390x", "netbsd/386", "netbsd/amd64", "netbsd/arm",
    "netbsd/arm64", "openbsd/386", "openbsd/amd64", "openbsd/arm", "openbsd/arm64", "solaris/amd64", "windows/386",
    "windows/amd64", "windows/arm64",
)  # fmt: skip
"""Those that pluginkit builds for, as Go spells them (`go tool dist list`): on any Linux, without a C compiler."""
OWN = ("goos", "goarch", "goamd64")
"""What a `toolchain` has for one target alone; the rest is common to all targets of a lock."""
_DIRECTORIES = {platform.replace("/", "_"): platform for platform in PLATFORMS}


@record
class Target:
    """One of the platforms that a lock seals for."""

    toolchain: Mapping[str, str]
    """What compiles for it: all that a lock of it alone has as its `toolchain`."""
    apis: tuple[Api, ...]
    """As they are there: build constraints choose other files for other platforms."""

    @property
    def platform(self) -> str:
        """As in `linux/arm64`."""
        return platform_of(self.toolchain)

    @property
    def name(self) -> str:
        """Its directory in a release, as in `linux_arm64`."""
        return self.platform.replace("/", "_")


def platform_of(toolchain: Mapping[str, str]) -> str:
    """Return the platform that a lock's or a stamp's `toolchain` names; empty where it names none."""
    return f"{toolchain['goos']}/{toolchain['goarch']}" if "goos" in toolchain and "goarch" in toolchain else ""


def target_of(file: str) -> str:
    """Return in which target's directory of a release a file lies; empty where it lies in none."""
    directory, within, _ = file.partition("/")
    return directory if within and directory in _DIRECTORIES else ""


def cgo_of(setting: str, platform: str) -> str:
    """Return `1` where C is compiled for a platform, else `0`; `setting` is one of these, or empty.

    Opening plugins takes C; for other platforms than those of plugins there is seldom a C compiler.
    """
    return setting or ("1" if platform in OPENING else "0")


def keyed(target: str, name: str) -> str:
    """Return the name of a member or file for a target, as in `linux_arm64/filter`; without a target the name."""
    return f"{target}/{name}" if target else name


def targets_among(names: Iterable[str]) -> list[str]:
    """Return which entries of a directory are those of targets, sorted."""
    return sorted(name for name in names if name in _DIRECTORIES)


def targets_in(place: Path) -> list[Path]:
    """Return the directories of targets in a directory, sorted."""
    return [directory for name in sorted(_DIRECTORIES) if (directory := place / name).is_dir()]


def platform_named(directory: str) -> str:
    """Return the platform that a directory of a release is for; empty where its name is not that of a target."""
    return _DIRECTORIES.get(directory, "")
