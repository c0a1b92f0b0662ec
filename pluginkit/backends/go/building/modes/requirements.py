"""The modules that host and plugins are compiled with for a mode, and which the user's go.mod therefore requires."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pluginkit.backends.go.aligning.module import later
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.modes.frame import HOOK
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member, Workspace
from pluginkit.core.modes import SUBPROCESS, WASM

_TAG = "//go:build pluginkit_modes"
"""Of a file that only names what is imported: no build has that tag, and `go mod tidy` and `go mod vendor` heed all."""
_ABSENT = re.compile(r"cannot find module|no required module|cannot find package")
_UNFETCHED = "which cannot be fetched:"
_FIELDS = "ImportPath,Module,Error,DepsErrors"


class Requirement(NamedTuple):
    """A module that a mode needs."""

    module: str
    version: str
    """The one that pluginkit is tested with."""
    least: str
    """The oldest one that is known to do."""
    packages: tuple[str, ...]
    """Those of its packages that are imported."""


REQUIREMENTS: Mapping[str, Requirement] = {
    SUBPROCESS: Requirement("github.com/hashicorp/go-plugin", "v1.8.0", "v1.6.0", ("github.com/hashicorp/go-plugin",)),
    WASM: Requirement(
        "github.com/tetratelabs/wazero",
        "v1.12.0",
        "",
        (
            "github.com/tetratelabs/wazero",
            "github.com/tetratelabs/wazero/experimental/sysfs",
            "github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1",
        ),
    ),
}
"""By mode. All else that modes import is of the standard library, or is required by these."""


_VERBS = {
    "vendor/modules.txt": "does not have",
    "go.mod": "does not require",
    "no module of go.work": "requires",
}


class _Lack(NamedTuple):
    members: tuple[Member, ...]
    needed: Requirement
    version: str
    """To get: that of go.mod, where only go.sum or vendor/ lacks something."""
    reason: str


def check_requirements(go: Go, workspace: Workspace) -> None:
    """Compare the modules that the modes of a workspace need with those that its go.mod requires.

    Raises PluginkitError that names members, mode and module where one is missing, is too old, or is not in go.sum or
    vendor/.
    """
    users = {mode: tuple(one for one in workspace.members if one.mode == mode) for mode in REQUIREMENTS}
    needed = {mode: REQUIREMENTS[mode] for mode, members in users.items() if members}
    if not needed:
        return
    packages = _listed(go, [package for one in needed.values() for package in one.packages])
    lacks = [
        _Lack(users[mode], one, *lack) for mode, one in needed.items() for lack in _lacking(one, packages, _where(go))
    ]
    if lacks:
        raise PluginkitError("\n".join(map(_told, lacks)), hint=_hint(go, lacks))


def _listed(go: Go, packages: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return what the go command says of packages, without fetching any."""
    done = go.run("list", "-e", f"-json={_FIELDS}", *go.flags, "--", *packages)
    text, decoder, found, at = done.stdout.strip(), json.JSONDecoder(), [], 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        found.append(value)
        at = len(text) - len(text[end:].lstrip())
    return {one["ImportPath"]: one for one in found}


def _where(go: Go) -> str:
    """Return which file says what modules there are."""
    if "-mod=vendor" in go.flags:
        return "vendor/modules.txt"
    return "go.mod" if (go.root / "go.mod").is_file() else "no module of go.work"


def _lacking(needed: Requirement, packages: Mapping[str, Mapping[str, Any]], where: str) -> Iterator[tuple[str, str]]:
    """Yield the version to get and the reason, where a module is not there as it is needed; once at most."""
    for found in (packages[path] for path in needed.packages if path in packages):
        module: Mapping[str, Any] = found.get("Module") or {}
        version = str(module.get("Version") or "")
        errors = [found["Error"]] if found.get("Error") else found.get("DepsErrors") or ()
        if needed.least and version and not module.get("Replace") and later(needed.least, version):
            yield needed.version, f"from {needed.least} on: this is {version}"
            return
        if errors:
            reason = _first_line(errors[0])
            yield version or needed.version, _reason(module, reason, where)
            return


def _reason(module: Mapping[str, Any], said: str, where: str) -> str:
    """Return why a package is not there: `said` by the go command, which names its module where it has that."""
    if module or "go.sum" in said:
        return f"which is not complete: {said}"
    return f"which {where} {_VERBS[where]}" if _ABSENT.search(said) else f"{_UNFETCHED} {said}"


def _first_line(error: Mapping[str, Any]) -> str:
    return re.split(r"\n|; to add", str(error.get("Err") or ""))[0].rstrip(":")


def _told(lack: _Lack) -> str:
    first, *others = lack.members
    more = f" and {len(others)} more" if others else ""
    return f"{first.path}{more}: mode {first.mode!r} needs the module {lack.needed.module}, {lack.reason}"


def _hint(go: Go, lacks: Sequence[_Lack]) -> str:
    """Return the one command that gets all that is missing, and what keeps it."""
    if all(lack.reason.startswith(_UNFETCHED) for lack in lacks):
        return "run `go mod download` where the go command can reach it, or set GOPROXY to what has it"
    wanted = " ".join(f"{lack.needed.module}@{lack.version}" for lack in lacks)
    module = _module_of(go.root, go.root / lacks[0].members[0].path)
    inside = f"-C {shlex.quote(module)} " if module != "." else ""
    if "-mod=vendor" in go.flags:
        imports = ", ".join(package for lack in lacks for package in lack.needed.packages)
        return f"run `go get {wanted}`, import {imports} in a file with `{_TAG}`, and run `go mod vendor`"
    return f"run `go {inside}get {wanted}`; {_keeping(go.root, module, lacks)}"


def _keeping(root: Path, module: str, lacks: Sequence[_Lack]) -> str:
    """Return what makes `go mod tidy` leave what was got: a file, or the command that writes it beside the loader."""
    loader = Path(module, "internal/loader")
    if not (root / loader / HOOK).is_file():
        imports = ", ".join(lack.needed.module for lack in lacks)
        return f"`go mod tidy` removes it again unless a file with `{_TAG}` imports {imports}"
    imports = "".join(f'import _ "{lack.needed.module}"\\n' for lack in lacks)
    file = loader / f"{'_'.join(lack.members[0].mode for lack in lacks)}_modes.go"
    text = f"{_TAG}\\n\\npackage loader\\n\\n{imports}"
    return f"so that `go mod tidy` does not remove it again: `printf '{text}' > {shlex.quote(file.as_posix())}`"


def _module_of(root: Path, directory: Path) -> str:
    """Return the directory of the module that a directory lies in, relative to the root."""
    for above in (directory, *directory.parents):
        if above == root or (above / "go.mod").is_file():
            return above.relative_to(root).as_posix()
    return "."
