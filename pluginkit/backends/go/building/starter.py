"""The sources of a new plugin, written against the workspace as it is and compiled before anyone sees them."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pluginkit.backends.go.building import astools, overlay
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import Closure, list_exports, list_packages
from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.project import import_path
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Workspace

Files = Mapping[str, bytes]
"""By name, of one directory."""


def starter(workspace: Workspace, directory: str, drafts: Sequence[Files]) -> Files:
    """Return the files of a new plugin in `directory` of the workspace, named as that is.

    They are the first of `drafts` that compiles and has what the contract asks for; where none does, sources that are
    written from the types in `[contract.symbols]`. Nothing is written to the workspace.

    Raises PluginkitError where `[contract.symbols]` is empty or asks for what no plugin can have, and with the
    compiler's words where the API does not compile.
    """
    contract = next((one for one in (workspace.contract, *workspace.contract.apis) if one.symbols), None)
    if contract is None:
        raise PluginkitError(
            "the configuration does not say what plugins export, so none can be written",
            hint='add it, as in [contract.symbols] New = "func() pluginapi.Plugin"',
        )
    _refuse_without_module(workspace, directory)
    toolchain = find_go()
    target = {**default_target(toolchain), "tags": workspace.settings.get("tags", "")}
    go = Go(toolchain, workspace.root, target)
    closure = list_packages(go, workspace)
    named = _nameable(workspace, closure)
    for draft in drafts:
        if not _failure(go, directory, draft, contract, named):
            return draft
    untyped = [name for name, type_ in contract.symbols if not type_]
    if untyped:
        raise PluginkitError(
            f"[contract.symbols] does not say of which type {', '.join(untyped)} is, so no plugin can be written",
            hint=f"write {directory} by hand, after another plugin",
        )
    written = _written(go, closure, directory.rpartition("/")[2], contract, named)
    failure = _failure(go, directory, written, contract, named)
    if failure:
        raise PluginkitError(
            f"pluginkit cannot write what [contract.symbols] asks for:\n{failure}",
            hint=f"write {directory} by hand, after another plugin",
        )
    return written


def _refuse_without_module(workspace: Workspace, directory: str) -> None:
    """Raise PluginkitError where a new package in `directory` would lie in no module."""
    try:
        import_path(workspace.root / directory, workspace.root)
    except PluginkitError:
        other = next((member.path for member in workspace.members if member.kind == "plugin"), "another plugin")
        raise PluginkitError(
            f"{directory} would not be in any Go module: the plugins have modules of their own",
            hint=f"copy {other} to {directory}, and give its go.mod another module path",
        ) from None


def _nameable(workspace: Workspace, closure: Closure) -> dict[str, str]:
    """Return what types of the contract may name: the APIs, then what they import, then what the plugins do."""
    plugins = [closure.members[member.name] for member in workspace.members if member.kind == "plugin"]
    found: dict[str, str] = {}
    imported = (path for one in (*workspace.apis, *plugins) for path in closure.packages[one].imports)
    for path in (*workspace.apis, *imported):
        if path in closure.packages and path not in ("unsafe", "C"):
            found.setdefault(closure.packages[path].name, path)
    return found


def _written(go: Go, closure: Closure, name: str, contract: Contract, named: Mapping[str, str]) -> Files:
    exported = Closure(closure.root, list_exports(go, sorted(set(named.values())), "plugin"), {})
    asked = {"name": name, "symbols": dict(contract.symbols), "imports": dict(named)}
    source, test = astools.started(go, exported, asked)
    return {f"{name}.go": source.encode(), **({f"{name}_test.go": test.encode()} if test else {})}


def _failure(go: Go, directory: str, files: Files, contract: Contract, named: Mapping[str, str]) -> str:
    """Return what the compiler says against files in a directory and their tests; empty where they are fine."""
    asserted = overlay.render(overlay.Main("plugin", b"", dict(contract.symbols), (), frozenset(), named))
    with tempfile.TemporaryDirectory(prefix="pluginkit-go-") as scratch:
        replaced = {}
        for name, data in {**files, overlay.FILE: asserted.encode()}.items():
            path = Path(scratch, name)
            path.write_bytes(data)
            replaced[str(go.root / directory / name)] = str(path)
        layer = Path(scratch, "overlay.json")
        layer.write_text(json.dumps({"Replace": replaced}), encoding="utf-8")
        listed = go.run("list", "-test", "-export", "-f", "", *go.flags, f"-overlay={layer}", "--", f"./{directory}")
        return "" if listed.status == 0 else listed.stderr.replace(f"{scratch}/", f"{directory}/").strip()
