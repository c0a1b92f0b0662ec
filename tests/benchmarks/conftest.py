"""Workspaces of a size worth measuring."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import edit

COUNT = 50
USES = """\
import (
	"encoding/json"
	"html/template"

	"acme/pluginapi"
)

var Valid = json.Valid

var Page = template.New("page")
"""


@pytest.fixture
def modules(tmp_path: Path) -> Callable[[], Path]:
    """Return a maker of workspaces that Go has not seen: each has another module path, and the same plugins."""
    counter = itertools.count()

    def make() -> Path:
        number = next(counter)
        root = go_monorepo(tmp_path / str(number), plugins=tuple(f"p{index:02}" for index in range(COUNT)))
        edit(root / "pluginkit.toml", '\n[plugin.filter]\ncapabilities = ["filter"]\n', "")
        for path in root.glob("plugins/*/*.go"):
            edit(path, 'import "acme/pluginapi"\n', USES)
        for path in [root / "go.mod", *root.rglob("*.go")]:
            path.write_text(
                path.read_text().replace("acme/", f"acme{number}/").replace("module acme", f"module acme{number}")
            )
        return root

    return make
