"""What is read of a plugin's sources as imported of other distributions."""

from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.python.foreign import foreign_imports
from pluginkit.core.verdict import Evidence, Factory


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import click, os\nfrom rich.text import Text", ["click acme/__init__.py:1", "rich acme/__init__.py:2"]),
        ("from . import deep", ["httpx acme/deep.py:2"]),
        ("from acme.deep import x", ["httpx acme/deep.py:2"]),
        ("import os.path, distutils, pkg_resources, __future__", []),
        ("try:\n    import click\nexcept ImportError:\n    click = None", []),
        ("if TYPE_CHECKING:\n    import click", []),
        ("def later():\n    import click", []),
        ("def broken(:", []),
        ("from .nowhere import x\nfrom .... import y", []),
    ],
)
@pytest.mark.parametrize("layout", ["", "src/"])
def test_only_what_loading_is_certain_to_import_counts(
    tmp_path: Path, layout: str, source: str, found: list[str]
) -> None:
    texts = {
        "acme/__init__.py": source,
        "acme/deep.py": "import json\nimport httpx\n",
        "acme/unused.py": "import yaml\n",
    }
    write(tmp_path, {f"{layout}{path}": text for path, text in texts.items()})
    evidence = Evidence("a.whl", files=tuple(texts), factories=(Factory("a", "acme:New", shipped=True),))
    assert [f"{one.module} {one.file}:{one.line}" for one in foreign_imports(tmp_path, evidence)] == found
