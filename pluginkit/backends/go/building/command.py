"""How the `go` command is called: one toolchain, the lock's target, and an environment without surprises."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.go.building.embeds import missing_embed
from pluginkit.backends.go.toolchain import GoToolchain, find_go
from pluginkit.backends.process import Completed, run
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import refuse_special

_PASSED = (
    # where things lie
    "GOCACHE", "GOMODCACHE", "GOPATH", "GOTMPDIR",
    # how modules are fetched; go.sum says what they must be
    "GOAUTH", "GOINSECURE", "GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOPROXY", "GOSUMDB", "GOVCS", "SSH_AUTH_SOCK",
)  # fmt: skip
_FETCHING = _PASSED[4:]
_READ = ("go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt")
"""What the go command opens in a root, and above it, whatever it is."""


@dataclass(frozen=True, slots=True)
class Go:
    """The go command of one workspace, for the target its lock names."""

    toolchain: GoToolchain
    root: Path
    target: Mapping[str, str]
    """The lock's `toolchain`: goos, goarch, goamd64, cgo, tags, ldflags."""

    @property
    def extra(self) -> dict[str, str]:
        """Variables of a go command beyond the allowed ones of ours (DESIGN: nobody's `GOFLAGS` leaks in)."""
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        fixed = {
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "",
            "GOENV": "off",
            "GOOS": self.target["goos"],
            "GOARCH": self.target["goarch"],
            "CGO_ENABLED": self.target["cgo"],
        }
        if not (self.root / "go.work").is_file():
            fixed["GOWORK"] = "off"
        if self.target.get("goamd64"):
            fixed["GOAMD64"] = self.target["goamd64"]
        if self.toolchain.cc:
            fixed["CC"] = self.toolchain.cc
        return _saved_settings() | passed | fixed

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags that every listing, compilation and link of the workspace has in common."""
        vendored = (self.root / "vendor" / "modules.txt").is_file()
        flags = ["-trimpath", "-buildvcs=false", f"-mod={'vendor' if vendored else 'readonly'}"]
        if self.target["tags"]:
            flags.append(f"-tags={self.target['tags']}")
        return tuple(flags)

    @property
    def ldflags(self) -> tuple[str, ...]:
        """Flags of each link: the lock's. With zig, also those without which its path stays in a stripped binary."""
        flags, words = self.target["ldflags"], self.target["ldflags"].split()
        if self.toolchain.has_zig and "-s" in words:
            flags += "" if "-buildid" in flags else " -buildid="
            flags += "" if "-extldflags" in flags else " -extldflags=-Wl,-s"
        return (f"-ldflags={flags}",) if flags else ()

    def run(
        self,
        *arguments: str,
        more: Mapping[str, str] | None = None,
        hear: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run `go ARGUMENTS` in the workspace's root, with `more` variables; `hear` gets what it says meanwhile."""
        for directory in (self.root, *self.root.parents):
            for name in _READ:
                refuse_special(directory / name)
        extra = {**self.extra, **(more or {})}
        return run([self.toolchain.go, *arguments], cwd=self.root, extra=extra, hear=hear)

    def must(self, doing: str, *arguments: str, hear: Callable[[str], None] | None = None) -> str:
        """Run `go ARGUMENTS` and return what it printed; PluginkitError `cannot DOING: ...` when it fails."""
        done = self.run(*arguments, hear=hear)
        if done.status == 0:
            return done.stdout
        missing = missing_embed(self.root, done.stderr)
        if missing:
            raise missing
        raise PluginkitError(f"cannot {doing}:\n{_indented(done.stderr or done.stdout)}", hint=_hint(done.stderr))


def go_for(root: Path, target: Mapping[str, str]) -> Go:
    """Return the go command of the workspace in `root` for a lock's `toolchain`.

    Raises PluginkitError where that Go, or a C compiler for its target, is not installed.
    """
    cgo = target["cgo"] == "1"
    return Go(find_go(target["go"], target["goarch"], goos=target["goos"], cgo=cgo), root, target)


def settings_file() -> Path | None:
    """Return where `go env -w` saves; None where the user switched that off."""
    own = os.environ.get("GOENV")
    if own:
        return Path(own) if own != "off" else None
    return Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "go/env"  # noqa: PTH111


def _saved_settings() -> dict[str, str]:
    """Return what the user saved with `go env -w` of how modules are fetched; no flag of it may reach a build."""
    config = settings_file()
    if config is None or not config.is_file():
        return {}
    lines = [line.partition("=") for line in config.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {name: value for name, mark, value in lines if mark and name in _FETCHING}


def _indented(text: str, most: int = 40) -> str:
    lines: Sequence[str] = [line for line in text.splitlines() if line and not line.startswith("go: downloading ")]
    cut = [*lines[:most], f"... and {len(lines) - most} more lines"] if len(lines) > most else lines
    return "\n".join(f"  {line}" for line in cut)


_HINTS = (
    (("updates to go.mod needed", "missing go.sum entry", "no required module provides"),
     "run `go mod tidy`; a build never edits go.mod or go.sum"),
    (("go.mod requires go >=",), "install that Go, or lower the `go` line of go.mod"),
    (("removed GODEBUG",), "remove that setting from go.mod, or install the Go that it was written for"),
    (("inconsistent vendoring",), "run `go mod vendor`"),
    (("C compiler", "cgo: "), "install gcc or clang, or `pip install ziglang`"),
)  # fmt: skip


def _hint(stderr: str) -> str:
    """Return how what Go complained of is mended."""
    return next((hint for marks, hint in _HINTS if any(mark in stderr for mark in marks)), "")
