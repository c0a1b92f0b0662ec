"""The configuration proposed for Go modules: hosts import `plugin`, plugins export what the hosts look up."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.go.building import astools
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import Closure, Package, list_exports, list_patterns
from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.toolchain import find_go
from pluginkit.backends.protocol import Draft, toml_array, toml_string
from pluginkit.core.errors import PluginkitError

_LOOKUP = re.compile(r'\.Lookup\(\s*"(\w+)"\s*\)')
_HOSTS_IMPORT = "plugin"
_TEST_DATA = {"test", "tests", "testing", "testdata", "fixtures"}


@dataclass(frozen=True, slots=True)
class _Main:
    package: Package
    path: str
    """Directory relative to the root."""
    exports: Mapping[str, str]
    """Exported function or variable to its type."""


def draft(root: Path, progress: Callable[[str], None] = lambda path: None) -> Draft:
    """Ask Go for the main packages beneath `root` and propose their roles; `progress` hears of it. Writes nothing.

    A host is a main package that imports `plugin`, itself or by way of others. The contract is what the packages of
    the hosts look up by name; the plugins are the other main packages that export all of it; the API is the package
    that the types of the contract come from. Raises PluginkitError when no plugins are found.
    """
    toolchain = find_go()
    go = Go(toolchain, root, default_target(toolchain))
    progress("./...")
    closure = Closure(root, list_patterns(go, ["./..."]), {})
    mains = _mains(go, closure)
    hosts = [main for main in mains if _HOSTS_IMPORT in main.package.deps]
    others = [main for main in mains if main not in hosts and not _TEST_DATA & set(main.path.split("/"))]
    asked = sorted({name for host in hosts for name in _looked_up(host, closure)})
    contract = _contract(asked, others)
    plugins = [main for main in others if contract and all(main.exports.get(name) for name in contract)]
    if not plugins:
        raise PluginkitError(
            f"{root}: no main package exports what a host looks up ({', '.join(asked) or 'nothing'})",
            hint="write pluginkit.toml by hand: `api`, `hosts`, `plugins` and `[contract.symbols]`",
        )
    apis = sorted({_api(root, closure, plugins[0], type_) for type_ in contract.values()} - {""})
    notes = (
        *_notes(mains, hosts, plugins),
        *(_api_note(api) for api in apis),
        "add `dist` and `.pluginkit/` to .gitignore",
    )
    return Draft(_toml(apis, hosts, plugins, contract), notes)


def _mains(go: Go, closure: Closure) -> list[_Main]:
    found = [one for one in closure.packages.values() if one.name == "main" and not one.standard and not one.module]
    # What hosts export is not asked for, and compiling all that they need takes its time.
    imported = {path for one in found if _HOSTS_IMPORT not in one.deps for path in one.imports}
    wanted = [path for path in imported if path in closure.packages and not closure.packages[path].standard]
    examined = astools.mains(
        go,
        Closure(go.root, {**closure.packages, **list_exports(go, sorted(wanted))}, {}),
        (one.path for one in found),
        (),
    )
    return [
        _Main(
            one,
            one.directory.relative_to(go.root.resolve()).as_posix(),
            {symbol.name: symbol.type for symbol in examined[one.path].symbols if symbol.form in ("func", "var")},
        )
        for one in sorted(found, key=lambda one: one.path)
    ]


def _looked_up(host: _Main, closure: Closure) -> Iterator[str]:
    """Yield the names that a host's own packages look up in plugins."""
    for package in closure.of(host.package.path):
        if _HOSTS_IMPORT in package.imports:
            for name in package.files:
                if name.endswith(".go"):
                    yield from _LOOKUP.findall((package.directory / name).read_text(encoding="utf-8", errors="replace"))


def _contract(asked: Iterable[str], mains: Sequence[_Main]) -> dict[str, str]:
    """Return each name that plugins export of what is asked for, with the type that most give it."""
    found = {}
    for name in asked:
        types = Counter(main.exports[name] for main in mains if main.exports.get(name))
        # Optional ones are looked up too: what less than half of the plugins export is not asked of all.
        if types and 2 * types.total() > max(Counter(n for m in mains for n in m.exports).values()):
            found[name] = types.most_common(1)[0][0]
    return found


def _api(root: Path, closure: Closure, plugin: _Main, type_: str) -> str:
    """Return where the first package that a type names lies: a directory of the root, or an import path."""
    for qualifier in re.findall(r"(?<![\w.])([A-Za-z_]\w*)\.", type_):
        for path in plugin.package.imports:
            package = closure.packages.get(path)
            if package and package.name == qualifier and not package.standard:
                return path if package.module else package.directory.relative_to(root.resolve()).as_posix()
    return ""


def _toml(apis: Sequence[str], hosts: Sequence[_Main], plugins: Sequence[_Main], contract: Mapping[str, str]) -> str:
    factory = next((name for name in contract if name.startswith("New")), "")
    lines = [
        'language = "go"',
        f"api = {toml_string(apis[0]) if len(apis) == 1 else toml_array(apis)}",
        f"hosts = {toml_array(host.path for host in hosts)}",
        f"plugins = {toml_array(plugin.path for plugin in plugins)}",
        "\n[contract]",
        *([f"factory = {toml_string(factory)}"] if factory else []),
        "\n[contract.symbols]",
        *(f"{name} = {toml_string(type_)}" for name, type_ in contract.items()),
    ]
    return "\n".join(lines) + "\n"


def _notes(mains: Sequence[_Main], hosts: Sequence[_Main], plugins: Sequence[_Main]) -> Iterator[str]:
    yield f"{len(mains)} main packages found"
    width = max(len(main.path) for main in mains)
    for main in mains:
        if main in hosts:
            role = "host: imports the package plugin"
        elif main in plugins:
            role = "plugin: exports all that the host looks up"
        elif _TEST_DATA & set(main.path.split("/")):
            role = "left out: test data"
        else:
            role = "left out: does not export what the host looks up"
        yield f"  {main.path:<{width}}  {role}"


def _api_note(api: str) -> str:
    return f"  {api}: API, the types of the contract come from it"
