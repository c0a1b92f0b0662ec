"""Which modules of its own a wheel is told to lack."""

import pytest

from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.imports import absent_modules, roots_of
from pluginkit.core.verdict import Factory


def absent(root: str, files: dict[str, str]) -> list[str]:
    sources = Sources({path: path for path in files}, lambda path: files[path].encode())
    return [f"{one.module} {one.file}:{one.line}" for one in absent_modules([root], sources)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import acme.lib", ["acme.lib acme/__init__.py:1"]),
        ("import os, acme.lib.deep as d", ["acme.lib acme/__init__.py:1"]),
        ("from acme.lib import LIMIT", ["acme.lib acme/__init__.py:1"]),
        ("\n\nfrom .lib import (\n    A,  # (one)\n    B,\n)", ["acme.lib acme/__init__.py:3"]),
        ("from . import lib", ["acme.lib acme/__init__.py:1"]),
        ("from . import (\n  there,\n  lib,\n)", ["acme.lib acme/__init__.py:1"]),
        ("from acme import there, lib as other", ["acme.lib acme/__init__.py:1"]),
        ("from .there import x", ["acme.gone acme/there.py:1"]),
        ("import acme.sub.deep", ["acme.sub.more acme/sub/deep.py:2"]),
        ("from .data import codec", ["acme.data.codec acme/__init__.py:1"]),
        ("from .lib import a\r\nfrom .lib import b\r\n", ["acme.lib acme/__init__.py:1"]),
    ],
)
def test_an_import_at_the_top_level_must_lead_to_a_file(source: str, found: list[str]) -> None:
    beside = {
        "acme/there.py": "from .gone import y\n" if "there" in source and "lib" not in source else "",
        "acme/sub/__init__.py": "",
        "acme/sub/deep.py": '"""Deep."""\nfrom .more import x\n',
        "acme/data/table.csv": "",
    }
    assert absent("acme", {"acme/__init__.py": source, **beside}) == found


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from acme.lib import x\nexcept ImportError:\n    x = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from acme.lib import X",
        "if fast:\n    from .lib import x",
        "def later():\n    from .lib import x",
        '"""Use it so:\n\nfrom acme.lib import x\n"""',
        "from .lib import x\nx = (",
        "raise ImportError('not here')\nimport acme.lib",
        "from .there import whatever",
        "from .data import table",
        "from .fast import quick",
        "import acme.fast.made_by_it",
        "from . import *",
        "import acme_other.lib, acme_sibling",
        "from .... import lib",
        "def __getattr__(name): ...\nfrom . import lib",
        "lib = 1\nfrom . import lib",
        "from .there import *\nfrom . import lib",
        "globals().update(x)\nfrom . import lib",
        "import acme.there\nfrom acme import lib",
        "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\nimport acme.lib",
        "__import__('pkg_resources').declare_namespace(__name__)\nimport acme.lib",
        "import sys\nsys.modules['acme.lib'] = sys\nimport acme.lib",
        "import sys\nsys.modules.setdefault('acme.lib', sys)\nimport acme.lib",
        "from . import loader\nimport acme.lib",
    ],
)
def test_what_may_be_there_is_not_missing(source: str) -> None:
    files = {
        "acme/__init__.py": source,
        "acme/there.py": "import acme\nacme.lib = 1\n" if "acme.there" in source else "",
        "acme/loader.py": "import sys\nsys.meta_path.append(None)\n" if "loader" in source else "",
        "acme/fast.cpython-311-x86_64-linux-gnu.so" if "fast" in source else "acme/LICENSE": "",
        "acme/data/table.py": "",
    }
    assert absent("acme", files) == []


@pytest.mark.parametrize("root", ["acme.lab.filter", "acme"])
def test_a_namespace_package_has_parts_in_other_distributions(root: str) -> None:
    source = (
        "import acme.core\nfrom acme.lab.base import B\nfrom acme import x\nfrom ..other import y\nfrom .own import z\n"
    )
    found = absent(root, {"acme/lab/filter/__init__.py": source})
    assert found == (["acme.lab.filter.own acme/lab/filter/__init__.py:5"] if root != "acme" else [])


def test_an_extension_module_in_a_package_may_provide_its_siblings() -> None:
    files = {"acme/__init__.py": "from acme.sub.made import x\n", "acme/sub/__init__.py": "", "acme/sub/_c.abi3.so": ""}
    assert absent("acme", files) == []
    assert absent("acme", {**files, "acme/sub/_c.abi3.so": "", "acme/__init__.py": "import acme.made\n"}) != []


@pytest.mark.parametrize(
    ("requirement", "counts"),
    [("acme-storage-common>=1", False), ("apache-acme", False), ("acme; extra == 'x'", False), ("acmelib", True)],
)
def test_a_requirement_of_the_same_name_may_install_into_the_package(requirement: str, counts: bool) -> None:
    files = {"acme/__init__.py": "import acme.common\n"}
    sources = Sources({path: path for path in files}, lambda path: files[path].encode())
    assert bool(absent_modules(["acme"], sources, [requirement])) is counts


def test_only_what_the_entry_points_reach_counts() -> None:
    files = {"acme/__init__.py": "", "acme/used.py": "", "acme/stale.py": "from .lib import x\n"}
    assert absent("acme.used", files) == []
    assert absent("acme.stale", files) == ["acme.lib acme/stale.py:1"]


def test_what_is_no_plugin_is_reached_by_its_packages() -> None:
    points = (Factory("a", "acme.a:New", shipped=True), Factory("b", "os:system", shipped=False))
    files = ("acme/__init__.py", "tests/__init__.py", "space/part/__init__.py", "single.py")
    assert list(roots_of(None, points, files)) == ["acme", "single", "space.part"]
