"""What importing a plugin runs and should not: its modules' top level, read in the order in which Python runs it."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.python.side_effects.interpreter import Frame, Module
from pluginkit.backends.python.wheel.syntax import parsed
from pluginkit.core.model import Member
from pluginkit.core.side_effect import SideEffect

_MAX_SOURCE = 4 << 20
"""Bytes; a larger module holds data."""
_ENDS = ("/__init__.py", ".py")


def side_effects_of(
    root: Path, member: Member, sources: Iterable[str], group: str, apis: Sequence[str]
) -> tuple[SideEffect, ...]:
    """Return what importing the plugin's entry points of `group` runs and should not, sorted by place.

    `sources` are files of the member, relative to its directory; `apis` the dotted packages of the shared APIs.
    Imports of the plugin's own modules and calls of its own functions are followed. Modules that do not parse are
    skipped. Nothing is imported or run.
    """
    shown = "" if member.path == "." else f"{member.path}/"
    plugin = Plugin(root / member.path, shown, frozenset(sources), tuple(apis))
    for where, _, reference in member.entry_points:
        if where == group:
            plugin.load(reference.partition(":")[0].partition("[")[0].strip())
    return tuple(sorted(plugin.found.values(), key=lambda one: (one.file, one.line, one.call)))


class Plugin:
    """The modules of one plugin, imported in the mind."""

    def __init__(self, directory: Path, shown: str, sources: frozenset[str], apis: tuple[str, ...]) -> None:
        self.modules: dict[str, Module] = {}
        self.found: dict[tuple[str, int, str], SideEffect] = {}
        self.visited: dict[ast.AST, bool] = {}
        """Functions walked, and whether they are certain to run."""
        self._directory, self._shown, self._sources, self._apis = directory, shown, sources, apis
        self._import_root = ""

    def load(self, module: str) -> None:
        """Import the module that an entry point names."""
        self._import_root = _import_root(module, self._sources)
        try:
            self.run(module)
        except RecursionError:  # nested beyond what a person writes: what was found by then stands
            return

    def run(self, name: str) -> None:
        """Import a module, after the packages around it; what is not the plugin's own is passed over."""
        if name in self.modules:
            return
        if "." in name:
            self.run(name.rpartition(".")[0])
        base = self._import_root + name.replace(".", "/")
        source = next((base + end for end in _ENDS if base + end in self._sources), None)
        if source is None or name in self.modules:
            return
        package = name if source.endswith(_ENDS[0]) else name.rpartition(".")[0]
        module = self.modules[name] = Module(name, f"{self._shown}{source}", package)
        tree = _parse(self._directory / source)
        if tree is not None:
            Frame(self, module, module.names).block(tree.body, sure=True)

    def is_api(self, name: str) -> bool:
        """Return whether a qualified name lies in an API, and is not of something made from it."""
        return "()" not in name and any(name == api or name.startswith(f"{api}.") for api in self._apis)

    def report(self, side_effect: SideEffect) -> None:
        """Note a side_effect; where one place is reached twice, the worse stands."""
        place = (side_effect.file, side_effect.line, side_effect.call)
        if place not in self.found or self.found[place].kind != "fatal":
            self.found[place] = side_effect


def _import_root(module: str, sources: Iterable[str]) -> str:
    """Return what stands before the module's path among the sources: empty, or as `src/`; packages go before files."""
    for end in _ENDS:
        path = module.replace(".", "/") + end
        roots = [source.removesuffix(path) for source in sources if f"/{source}".endswith(f"/{path}")]
        if roots:
            return min(roots, key=lambda root: (len(root), root))
    return ""


def _parse(path: Path) -> ast.Module | None:
    try:
        source = path.read_bytes()
    except OSError:
        return None
    return parsed(source) if len(source) <= _MAX_SOURCE else None
