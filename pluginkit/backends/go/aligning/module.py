"""A Go module in a copy of its repository: what it requires, what it builds from, and edits of its go.mod."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pluginkit.backends.go.aligning.facts import CHECKOUT, HostFacts, Used
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.toolchain import GoToolchain
from pluginkit.backends.process import Completed
from pluginkit.core.errors import PluginkitError

_MAINS = '{{if eq .Name "main"}}{{.ImportPath}} {{join .Imports " "}}{{end}}'
_FIELDS = "ImportPath,Name,Dir,Standard,Module,Imports,Error"
FILES = ("go.mod", "go.sum", "go.work", "go.work.sum")
"""What pins the modules, beside `vendor`."""


class Listed(NamedTuple):
    """One package that a plugin is built from."""

    path: str
    name: str
    directory: str
    module: str
    """Empty for the standard library, and where no module has it."""
    used: Used
    imports: tuple[str, ...]
    error: str
    """Why it cannot be built, in Go's words."""


class Module:
    """The go command in the copy of a module, told to build as the host was built."""

    def __init__(self, toolchain: GoToolchain, root: Path, facts: HostFacts, *, in_workspace: bool) -> None:
        self.root, self.facts, self.in_workspace = root, facts, in_workspace
        self._go = Go(toolchain, root, facts.target)

    @property
    def variables(self) -> dict[str, str]:
        """What a go command has to be told beyond the host's own variables."""
        return {} if self.in_workspace else {"GOWORK": "off"}

    @property
    def is_vendored(self) -> bool:
        """True where the packages of other modules are kept in the repository."""
        return (self.root / "vendor" / "modules.txt").is_file()

    def run(self, *arguments: str) -> Completed:
        """Run a go command in the module's directory."""
        return self._go.run(*arguments, more={**self.facts.variables, **self.variables})

    def must(self, doing: str, *arguments: str) -> str:
        """Run a go command and return what it printed; PluginkitError `cannot DOING: ...` when it fails."""
        done = self.run(*arguments)
        if done.status != 0:
            raise PluginkitError(f"cannot {doing}:\n{done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    @property
    def resolving(self) -> tuple[str, ...]:
        """The flag that lets a listing complete go.mod and go.sum; a workspace of Go's knows none."""
        return () if self.in_workspace else ("-mod=mod",)

    @property
    def _tags(self) -> tuple[str, ...]:
        tags = self.facts.target["tags"]
        return (f"-tags={tags}",) if tags else ()

    def manifest(self) -> Mapping[str, Any]:
        """Return go.mod as `go mod edit -json` prints it."""
        found: Mapping[str, Any] = json.loads(self.must("read go.mod", "mod", "edit", "-json"))
        return found

    def use(self, *directories: str) -> None:
        """Let go.work use these directories beside the module, and write it where there is none."""
        if not (self.root / "go.work").is_file():
            self.must("write go.work", "work", "init", ".")
        self.must("edit go.work", "work", "use", *directories)

    def edit(self, *edits: str) -> None:
        """Edit go.mod in one call, each edit a flag of `go mod edit`."""
        if edits:
            self.must("edit go.mod", "mod", "edit", *edits)

    def list(self, patterns: Sequence[str]) -> tuple[Listed, ...]:
        """Return the packages that patterns match, and all that they are built from."""
        options = ("-e", "-deps", f"-json={_FIELDS}", "-buildvcs=false", *self.resolving, *self._tags)
        done = self.run("list", *options, "--", *patterns)
        if done.status != 0 or not done.stdout.strip():
            raise UnlistedError(done.stderr.strip())
        return tuple(map(listed, _decode(done.stdout)))

    def can_list(self, patterns: Sequence[str]) -> bool:
        """Return whether all packages that patterns match can be found, and whatever they import."""
        try:
            return not any(one.error for one in self.list(patterns))
        except UnlistedError:
            return False

    def mains(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Return the import paths of the main packages that patterns match, those that can be hosts left out."""
        printed = self.run("list", "-e", "-f", _MAINS, *self.resolving, *self._tags, "--", *patterns)
        lines = [line.split() for line in printed.stdout.splitlines() if line]
        return tuple(line[0] for line in lines if "plugin" not in line[1:] and "/testdata/" not in f"{line[0]}/")

    def main_modules(self) -> tuple[str, ...]:
        """Return the paths of the modules that are built from directories: the one here, or those of go.work."""
        return tuple(self.run("list", "-m", "-f", "{{.Path}}").stdout.split())

    def build_list(self) -> dict[str, str]:
        """Return the version of every module that is selected now, by path; nothing where that fails."""
        done = self.run("list", "-m", "-f", "{{.Path}} {{.Version}}", *self.resolving, "all")
        pairs = (line.split(" ") for line in done.stdout.splitlines()) if done.status == 0 else ()
        return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}

    def graph(self) -> tuple[tuple[str, str, str], ...]:
        """Return (who, module, version) of each requirement, `who` as `path@version`, or the plugin's own path."""
        done = self.run("mod", "graph")
        rows = [line.split() for line in done.stdout.splitlines()] if done.status == 0 else []
        return tuple((row[0], *_split(row[1])) for row in rows if len(row) == 2)

    def snapshot(self) -> dict[str, bytes]:
        """Return the bytes of the files that pin modules, by name."""
        return {name: (self.root / name).read_bytes() for name in FILES if (self.root / name).is_file()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Put the files that pin modules back as a snapshot has them."""
        for name in FILES:
            if name in files:
                (self.root / name).write_bytes(files[name])
            else:
                (self.root / name).unlink(missing_ok=True)


class UnlistedError(Exception):
    """The go command lists nothing: go.mod itself cannot be used."""


def _split(text: str) -> tuple[str, str]:
    path, _, version = text.partition("@")
    return path, version


def _decode(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip())


def listed(raw: Mapping[str, Any]) -> Listed:
    """Return a package as `go list -json` describes it."""
    module: Mapping[str, Any] = raw.get("Module") or {}
    other: Mapping[str, Any] = module.get("Replace") or {}
    replaced_by = " ".join(part for part in (other.get("Path", ""), other.get("Version", "")) if part)
    version = CHECKOUT if module.get("Main") or not module.get("Version") else module["Version"]
    return Listed(
        raw["ImportPath"],
        raw.get("Name", ""),
        raw.get("Dir", ""),
        "" if raw.get("Standard") else module.get("Path", ""),
        Used(version, replaced_by),
        tuple(raw.get("Imports") or ()),
        (raw.get("Error") or {}).get("Err", ""),
    )


def later(one: str, other: str) -> bool:
    """Return whether a module's version comes after another one, by semver as Go reads it."""
    return _order(one) > _order(other)


def _order(version: str) -> tuple[Any, ...]:
    found = re.fullmatch(r"v(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?", version)
    if found is None:
        return (-1,)
    numbers = tuple(int(part or 0) for part in found.groups()[:3])
    return *numbers, found[4] is None, tuple(map(_identifier, (found[4] or "").split(".")))


def _identifier(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


def go_order(version: str) -> tuple[Any, ...]:
    """Return what versions of Go (`1.27.3`, `1.27rc1`, with or without `go` before them) are sorted by."""
    found = re.fullmatch(r"(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(rc|beta)(\d+))?.*", version)
    if found is None:
        return (-1,)
    language = not found[3] and not found[4]  # `go 1.27` is before go1.27rc1
    kind = {"beta": 1, "rc": 2, None: 0 if language else 3}[found[4]]
    return int(found[1]), int(found[2] or 0), kind if not found[3] else 3, int(found[3] or 0), int(found[5] or 0)
