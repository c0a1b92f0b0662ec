"""Tiny real Go monorepos: an API, a host that opens plugins, and plugins."""

from collections.abc import Mapping
from pathlib import Path

from monorepo import write

API = """\
// Package pluginapi is what host and plugins share.
package pluginapi

const APIVersion = "v1.0.0"

// Request is what a plugin is given.
type Request struct{ ID string }

type Plugin interface{ Name() string }
"""
HOST = """\
package main

import (
	"fmt"
	"os"
	"plugin"

	"acme/pluginapi"
)

func main() {
	for _, path := range os.Args[1:] {
		opened, err := plugin.Open(path)
		if err != nil {
			fmt.Println("error", err)
			continue
		}
		version, _ := opened.Lookup("APIVersion")
		capabilities, _ := opened.Lookup("Capabilities")
		symbol, _ := opened.Lookup("New")
		made := symbol.(func() pluginapi.Plugin)()
		fmt.Println(made.Name(), *version.(*string), capabilities.(func() []string)())
	}
}
"""
PLUGIN = """\
package main

import "acme/pluginapi"

type NAME struct{ last pluginapi.Request }

func (NAME) Name() string { return "NAME" }

func New() pluginapi.Plugin { return NAME{} }
"""
CONFIG = """\
language = "go"
api = "pluginapi"
hosts = ["cmd/host"]
plugins = ["plugins/*"]

[contract]
factory = "New"
capabilities = { known = ["filter", "batch"] }

[contract.symbols]
New = "func() pluginapi.Plugin"

[plugin.filter]
capabilities = ["filter"]
"""


def go_monorepo(root: Path, *, more: str = "", plugins: tuple[str, ...] = ("filter",), **files: str) -> Path:
    """Write the Go monorepo `acme`; `more` ends its configuration, `files` are further ones by path."""
    sources: Mapping[str, str] = {f"plugins/{name}/{name}.go": PLUGIN.replace("NAME", name) for name in plugins}
    return write(
        root,
        {
            "go.mod": "module acme\n\ngo 1.24\n",
            "pluginapi/api.go": API,
            "cmd/host/main.go": HOST,
            "pluginkit.toml": CONFIG + more,
            **sources,
            **files,
        },
    )
