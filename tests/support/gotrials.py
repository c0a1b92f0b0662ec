"""A small Go workspace whose plugins have tests, and the Tester for them."""

from collections.abc import Mapping
from pathlib import Path

from monorepo import write

from pluginkit.backends.go.building.seal import default_target
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace

API = "package pluginapi\n\nfunc Size() int { return 3 }\n"
PLUGIN = (
    'package main\n\nimport "acme/pluginapi"\n\nfunc Double() int { return 2 * pluginapi.Size() }\n\nfunc main() {}\n'
)
TEST = """\
package main

import "testing"

func TestDouble(t *testing.T) {
	if Double() != 6 {
		t.Fatalf("got %d", Double())
	}
}
"""


def workspace_of(root: Path, **files: str) -> Workspace:
    """Write a workspace with the plugin `filter`, and `files` by path, and return it."""
    write(
        root,
        {
            "go.mod": "module acme\n\ngo 1.24\n",
            "pluginapi/api.go": API,
            "plugins/filter/filter.go": PLUGIN,
            "plugins/filter/filter_test.go": TEST,
            **files,
        },
    )
    return workspace_at(root)


def workspace_at(root: Path, plugins: tuple[str, ...] = ("plugins/filter",), **settings: str) -> Workspace:
    members = (
        Member("acme/pluginapi", "api", "pluginapi"),
        *(Member(Path(one).name, "plugin", one) for one in plugins),
    )
    told: Mapping[str, str] = {"tags": "", "ldflags": "", "cgo": "0", **settings}
    return Workspace(root, "go", ("acme/pluginapi",), members, settings=told)


def lock_of(**toolchain: str) -> Lock:
    """Return a lock that seals the Go at hand, but for what is told."""
    return Lock("go", (), toolchain={**default_target(find_go(cgo=False)), "cgo": "0", **toolchain})
