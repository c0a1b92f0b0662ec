"""A small tree of Go whose host opens two plugins, and the configuration that `pluginkit init` should find for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monorepo import write

API = 'package api\n\nconst Symbol = "New"\n\ntype Plugin interface{ Name() string }\n'
MAIN = """\
package main

import "tree/load"

func main() { load.Load("p.so") }
"""
PLUGIN = """\
package main

import "tree/api"

type own struct{}

func (own) Name() string { return "NAME" }

func New() api.Plugin { return own{} }

func main() {}
"""
LOAD = """\
package load

import (
	"plugin"

	"tree/api"
)

func Load(path string) (api.Plugin, error) {
	p, err := plugin.Open(path)
	if err != nil {
		return nil, err
	}
	BODY
}

REST
"""
TAKEN = """symbol, err := p.Lookup(EXPR)
	if err != nil {
		return nil, err
	}
	return symbol.(func() api.Plugin)(), nil"""
NEW = {"New": "func() api.Plugin"}


@dataclass(frozen=True)
class Tree:
    """A tree, and what is found in it."""

    name: str
    files: Mapping[str, str | None]
    """Beside the usual ones; None takes one of those away."""
    symbols: Mapping[str, str] = field(default_factory=lambda: NEW)
    notes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("cmd/host",)
    plugins: tuple[str, ...] = ("plugins/a", "plugins/b")
    api: str = "api"

    def write(self, root: Path) -> Path:
        usual = {
            "go.mod": "module tree\n\ngo 1.24\n",
            "api/api.go": API,
            "cmd/host/main.go": MAIN,
            "plugins/a/main.go": PLUGIN.replace("NAME", "a"),
            "plugins/b/main.go": PLUGIN.replace("NAME", "b"),
        }
        files = {**usual, **self.files}
        return write(root, {name: text for name, text in files.items() if text is not None})


def load(body: str, rest: str = "", imports: str = "") -> dict[str, str]:
    text = LOAD.replace("BODY", body.strip()).replace("REST", rest.strip())
    return {"load/load.go": text.replace('import (\n\t"plugin"', f'import (\n{imports}\t"plugin"').strip() + "\n"}


def named(expression: str, before: str = "", rest: str = "", imports: str = "") -> dict[str, str]:
    return load(before + TAKEN.replace("EXPR", expression), rest, imports)


def both(text: str) -> dict[str, str]:
    return {f"plugins/{name}/main.go": text.replace("NAME", name) for name in "ab"}
