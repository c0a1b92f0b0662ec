"""Which import packages a distribution owns, by its files and by what its `__init__.py` files do."""

import subprocess
import sys
from pathlib import Path

import pytest

from pluginkit.backends.python.inits import classify, read_inits
from pluginkit.core.ownership import Init, dotted, is_shared, modules
from pluginkit.surface.python.reader import surface

EXTEND = "from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n"
ONE_LINE = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)  # type: ignore\n'
DECLARE = '__import__("pkg_resources").declare_namespace(__name__)\n'
EITHER = f"try:\n    import pkg_resources\n    pkg_resources.declare_namespace(__name__)\nexcept ImportError:\n    import pkgutil\n    {ONE_LINE}"  # noqa: E501
OLD = (
    "try:\n    import modulefinder\nexcept ImportError:\n    pass\nelse:\n"
    "    for p in __path__:\n        modulefinder.AddPackagePath(__name__, p)\n"
)


@pytest.mark.parametrize(
    ("files", "owned"),
    [
        (["a/__init__.py", "a/b.py", "a/c/__init__.py"], ("a",)),
        (["a.py", "b.cpython-311-x86_64-linux-gnu.so", "c.pyd", "d.abi3.so"], ("a", "b", "c", "d")),
        (["acme/api/__init__.py", "acme/x.py"], ("acme.api", "acme.x")),
        (["a/__init__.abi3.so"], ("a",)),
        (["a/py.typed", "a/data.json"], ()),
        (["a/sub/deep/mod.py"], ("a.sub.deep.mod",)),
        (["a/__init__.pyi", "a.libs/liba.so", "a-stubs/__init__.py"], ()),
        (["pkg/__init__.py", "pkg/not-a-package/x.py"], ("pkg",)),
    ],
)
def test_the_modules_of_a_distribution_are_the_parts_it_owns(files: list[str], owned: tuple[str, ...]) -> None:
    assert modules(files) == owned


@pytest.mark.parametrize(
    ("files", "owned"),
    [
        ({"dbt/__init__.py": EXTEND, "dbt/adapters/__init__.py": ONE_LINE, "dbt/adapters/base/__init__.py": ""},
         ("dbt.adapters.base",)),
        ({"google/__init__.py": EITHER, "google/cloud/__init__.py": DECLARE, "google/cloud/x.py": ""},
         ("google.cloud.x",)),
        ({"airflow/__init__.py": f"{EXTEND}VERSION = 1\n", "airflow/models/__init__.py": "", "airflow/conf.py": ""},
         ("airflow", "airflow.conf", "airflow.models")),
        ({"acme/__init__.py": "X = 1\n", "acme/core.py": "", "acme/lab/__init__.py": EXTEND, "acme/lab/a.py": ""},
         ("acme", "acme.core", "acme.lab.a")),
        ({"a/__init__.py": "", "a/_vendor/backports/__init__.py": EXTEND, "a/_vendor/backports/x.py": ""}, ("a",)),
        ({"backports/__init__.py": EXTEND}, ()),
    ],
)  # fmt: skip
def test_a_package_that_extends_its_path_is_owned_by_its_parts(files: dict[str, str], owned: tuple[str, ...]) -> None:
    found = modules(files, read_inits(files, lambda path: files[path].encode()))
    assert found == owned
    assert [one for one in found if is_shared(one, found)] == [one for one in found if one in ("airflow", "acme")]


@pytest.mark.parametrize(
    "text",
    [
        EXTEND, ONE_LINE, DECLARE, EITHER, f'"""A namespace."""\n# of all\n{EXTEND}', f"{DECLARE}__version__ = '1'\n",
        f"import os, sys\nfrom typing import Any\n__all__ = []\n{ONE_LINE}", EITHER + OLD, f"{EITHER}else:\n    pass\n",
        "__path__ += []\n", "__path__.append('x')\n", "__path__: list[str] = __path__\n",
    ],
)  # fmt: skip
def test_an_init_that_only_extends_its_path_has_no_code(text: str) -> None:
    assert classify(text.encode()) == Init(extends=True, code="")


@pytest.mark.parametrize(
    "text",
    [
        f"{EXTEND}VERSION = '1'\n", f"{EXTEND}from .core import run\n", f"{EXTEND}from acme.core import run\n",
        f"{DECLARE}\ndef run(): ...\n", f"{ONE_LINE}if True:\n    class A: ...\n", f"{ONE_LINE}print('hello')\n",
        f"{EXTEND}with open('x') as file:\n    pass\n",
    ],
)  # fmt: skip
def test_an_init_with_code_beside_that_says_so(text: str) -> None:
    found, other = classify(text.encode()), classify(f"{text}\nX = 2\n".encode())
    assert found.extends
    assert found.code
    assert other.extends
    assert found.code != other.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", False), ("# Copyright\n\n  # somebody's\n", False), ('"""Oops."""\n', True), ("X = 1\n", True),
        ("import os\nPLACE = os.path.dirname(__path__[0])\n", True), ("__path__ = (\n", True), ("__path__\0", True),
        ("import pkgutil\nNAMES = [m.name for m in pkgutil.iter_modules(__path__)]\n", True),
        ("# coding: nothing\n__path__ = 1\n", True), ("__path__ = " + "(" * 5000, True),
    ],
)  # fmt: skip
def test_any_other_init_lets_nobody_have_a_portion(text: str, *, code: bool) -> None:
    found = classify(text.encode())
    assert not found.extends
    assert bool(found.code) == code


@pytest.mark.parametrize("init", [EXTEND, ONE_LINE])
def test_python_finds_the_portions_of_a_package_that_extends_its_path(tmp_path: Path, init: str) -> None:
    for name in "ab":
        (tmp_path / name / "ns").mkdir(parents=True)
        (tmp_path / name / "ns" / f"{name}.py").touch()
    (tmp_path / "b/ns/__init__.py").write_text(init)
    code = f"import sys; sys.path += [{str(tmp_path / 'a')!r}, {str(tmp_path / 'b')!r}]; import ns.a, ns.b"
    assert classify(init.encode()).extends
    assert subprocess.run([sys.executable, "-S", "-c", code], check=False).returncode == 0
    (tmp_path / "b/ns/__init__.py").write_text("")
    assert subprocess.run([sys.executable, "-S", "-c", code], check=False, stderr=-3).returncode == 1


def test_the_surface_of_a_shared_package_is_that_of_its_parts(tmp_path: Path) -> None:
    files = {
        "acme/__init__.py": f"{EXTEND}X: int = 1\n", "acme/core/__init__.py": "def run(): ...\n",
        "acme/_own.py": "def hidden(): ...\n", "acme/other/__init__.py": "def foreign(): ...\n",
    }  # fmt: skip
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    del files["acme/other/__init__.py"]  # another distribution's, installed beside it
    owned = modules(files, read_inits(files, lambda path: files[path].encode()))
    assert owned == ("acme", "acme._own", "acme.core")
    lines = surface(tmp_path, owned)
    assert "module acme.core" in lines
    assert "acme.X: int = 1" in lines
    assert not [line for line in lines if "foreign" in line or "module acme._own" in line]


@pytest.mark.parametrize(
    ("path", "module"),
    [("a.py", "a"), ("a/__init__.py", "a"), ("a/b.abi3.so", "a.b"), ("a/x.json", ""), ("__init__.py", "")],
)
def test_a_file_is_a_module(path: str, module: str) -> None:
    assert dotted(path) == module
