"""Stamps of plugins that run in other ways than as `.so` files, and of hosts with plugins linked into them."""

from typing import Any

from stamps import NEXT, OK, SHA, TYPES, WRONG, any_json, good, member

from pluginkit.core.modes import MODES

LINKED = {"name": "filter", "version": "1.0.0", "capabilities": ["filter"], "inputs": SHA}
NO_MODES = ("", "Plugin", "wasm ", "static", 1, True, None, ["wasm"])


def runs(mode: object, **members: object) -> bytes:
    """Return the stamp of a plugin of that mode."""
    return any_json({**good(), "minor": 4, "mode": mode, **members})


def links(*plugins: object, **members: object) -> bytes:
    """Return the stamp of a host of which those plugins are part."""
    return any_json({**good(), "kind": "host", "minor": 4, "linked": list(plugins), **members})


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in LINKED.items() if key != name}


GOOD: list[tuple[str, bytes]] = [
    *((f"the mode {mode}", runs(mode)) for mode in MODES),
    ("a mode, and no minor version", member("mode", "wasm")),
    ("linked plugins", links(LINKED, {**LINKED, "name": "other", "capabilities": []})),
    ("linked plugins, and no minor version", member("linked", [LINKED])),
    ("one plugin linked twice", links(LINKED, LINKED)),
    ("no linked plugins, but said so", links()),
    ("linked plugins of a plugin", links(LINKED, kind="plugin")),
    ("unknown members of a linked plugin in a newer minor version", links({**LINKED, "unheard": 1}, minor=NEXT)),
]
MALFORMED: list[tuple[str, bytes]] = [
    *((f"the mode {mode!r}", runs(mode)) for mode in NO_MODES),
    ("a mode of a newer minor version", runs("remote", minor=NEXT)),
    ("a mode in schema 1", any_json({**good(), "schema": 1, "mode": "plugin"})),
    *((f"linked plugins that are {value!r}", links(linked=value))
      for value in (1, "a", {}, True, None, ["a"], [[]], [{}])),
    *((f"a linked plugin without {name}", links(without(name))) for name in LINKED),
    *((f"a linked plugin whose {name} is {value!r}", links({**LINKED, name: value}))
      for name in LINKED for value in WRONG[TYPES[name]]),
    ("an unknown member of a linked plugin", links({**LINKED, "unheard": "x"})),
    ("linked plugins in schema 1", any_json({**good(), "schema": 1, "linked": []})),
]  # fmt: skip
STAMPS_OF_MODES = [
    *((name, data, OK) for name, data in GOOD),
    *((name, data, "PK202") for name, data in MALFORMED),
]
