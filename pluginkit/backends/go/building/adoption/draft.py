"""The configuration proposed for Go modules: hosts open plugins, plugins export what the hosts look up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.backends.go.building.adoption.contract import computed, not_asked
from pluginkit.backends.go.building.adoption.facts import read
from pluginkit.backends.go.building.adoption.modules import left_out, patterns
from pluginkit.backends.go.building.adoption.nothing import no_api, no_plugins
from pluginkit.backends.go.building.adoption.roles import Roles, apis, assign
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.toolchain import find_go
from pluginkit.backends.protocol import Draft, toml_array, toml_string

if TYPE_CHECKING:
    from pluginkit.backends.go.building.adoption.contract import Wanted
    from pluginkit.backends.go.building.adoption.facts import Facts, Main


def draft(root: Path, progress: Callable[[str], None] = lambda path: None) -> Draft:
    """Read the main packages beneath `root` and propose their roles; `progress` hears of it. Writes nothing.

    What is looked up, and what for, is read from the sources (see `facts`). Raises PluginkitError when no plugins are
    found, or nothing that they share with a host.
    """
    root = root.resolve()
    toolchain = find_go()
    go = Go(toolchain, root, default_target(toolchain))
    facts = read(go, patterns(go), progress)
    roles = assign(facts)
    outside = left_out(root)
    if not roles.plugins:
        raise no_plugins(go, facts, roles, outside)
    found, why = apis(root, facts, roles)
    if not found:
        raise no_api(roles)
    notes = (
        *_roles(facts, roles),
        *(f"  {api}: API, {why}" for api in found),
        *(f"  {one.place}: {one.name}: {one.note}" for one in roles.contract if one.note and one.place),
        *(f"  {line}" for line in not_asked(roles.lookups, {one.name for one in roles.contract})),
        *(f"  {line}" for line in computed(roles.lookups)),
        *(f"  {module}: left out: a module of its own" for module in outside),
        *_advice(roles),
        "add `dist` and `.pluginkit/` to .gitignore",
    )
    return Draft(_toml(found, roles), notes)


def _toml(found: Sequence[str], roles: Roles) -> str:
    factory = next((one.name for one in roles.contract if one.name.startswith("New")), "")
    lines = [
        'language = "go"',
        f"api = {toml_string(found[0]) if len(found) == 1 else toml_array(found)}",
        f"hosts = {toml_array(host.path for host in roles.hosts)}",
        f"plugins = {toml_array(plugin.path for plugin in roles.plugins)}",
    ]
    if factory:
        lines += ["\n[contract]", f"factory = {toml_string(factory)}"]
    if roles.contract:
        lines += ["\n[contract.symbols]", *map(_symbol, roles.contract)]
    return "\n".join(lines) + "\n"


def _symbol(one: Wanted) -> str:
    return f"{one.name} = {toml_string(one.type)}"


def _roles(facts: Facts, roles: Roles) -> Iterator[str]:
    yield f"{len(facts.mains)} main package{'s' if len(facts.mains) != 1 else ''} found"
    width = max(len(main.path) for main in facts.mains)
    for main in facts.mains:
        yield f"  {main.path:<{width}}  {_role(main, roles)}"


def _role(main: Main, roles: Roles) -> str:
    contract = [one.name for one in roles.contract]
    if main in roles.hosts:
        return f"host: opens plugins ({main.opens})"
    if main in roles.plugins:
        exported = [name for name in contract if name in main.exports]
        exported = exported or sorted({one.name for one in roles.lookups} & set(main.exports))
        return f"plugin: exports {', '.join(exported)}" if exported else _by_kind(roles)
    if main.test_data:
        return "left out: test data"
    lacking = [name for name in contract if name not in main.exports]
    if lacking and len(lacking) < len(contract):
        return f"left out: does not export {', '.join(lacking)}"
    if main.opens:
        return f"left out: opens plugins ({main.opens}), and is not a host"
    return "left out: exports nothing that a host looks up"


def _by_kind(roles: Roles) -> str:
    if roles.lookups:
        return "plugin: exports a type that is asserted of a symbol with a computed name"
    return "plugin: imports what the host imports, and its function main does nothing"


def _advice(roles: Roles) -> Iterator[str]:
    if roles.hosts and not roles.lookups:
        yield "  nothing is looked up in plugins: [contract.symbols] asks nothing of them"
    elif not roles.contract:
        yield "  no name is exported by all plugins: nothing is asked of all of them in [contract.symbols]"
    if not roles.hosts:
        yield "  no host here: `verify --host HOST` compares the plugins with one that is elsewhere"
