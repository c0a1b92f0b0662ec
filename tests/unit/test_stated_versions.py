"""Where the files of a member state its version, and that only the version changes when it is written anew."""

from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.go.api_version import stated_versions as of_go
from pluginkit.backends.python.project import read_member
from pluginkit.backends.python.stated_versions import stated_versions
from pluginkit.core.model import Member
from pluginkit.core.stated_version import StatedVersion, disagreeing, rewritten

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
FLIT = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
PDM = '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
STATIC = '[project]\nname = "api"\nversion = "1.2.3"\n'
FROM_CODE = 'source = "code"\npath = "api/v.py"\nexpression = "NOW"\n'
DYNAMIC = '[project]\nname = "api"\ndynamic = ["version"]\n'

PLACES = {
    "static": ({"pyproject.toml": HATCH + STATIC}, ["pyproject.toml:6"]),
    "single quotes": ({"pyproject.toml": "[project]\nname = 'api'\nversion = '1.2.3'  # now\n"}, ["pyproject.toml:3"]),
    "a key in quotes": ({"pyproject.toml": '[project]\nname = "api"\n"version"="1.2.3"\n'}, ["pyproject.toml:3"]),
    "an inline table": ({"pyproject.toml": 'project = { name = "api", version = "1.2.3" }\n'}, ["pyproject.toml:1"]),
    "dotted keys": ({"pyproject.toml": 'project.name = "api"\nproject.version = "1.2.3"\n'}, ["pyproject.toml:2"]),
    "the same text elsewhere": (
        {"pyproject.toml": f'# version = "1.2.3"\n[tool.other]\nversion = "1.2.3"\ntext = """\n{STATIC}"""\n{STATIC}'},
        ["pyproject.toml:11"],
    ),
    "lines that end as on Windows": ({"pyproject.toml": STATIC.replace("\n", "\r\n")}, ["pyproject.toml:3"]),
    "hatch, by its default pattern": (
        {"pyproject.toml": f'{HATCH}{DYNAMIC}[tool.hatch.version]\npath = "api/about.py"\n',
         "api/about.py": '"""About."""\n\n__version__: str = "v1.2.3"\n'},
        ["api/about.py:3"],
    ),
    "hatch, by a pattern": (
        {"pyproject.toml": f"{HATCH}{DYNAMIC}[tool.hatch.version]\npath = 'VERSION'\npattern = '^v=(?P<version>.+)$'\n",
         "VERSION": "# one\nv=1.2.3\n"},
        ["VERSION:2"],
    ),
    "hatch.toml": (
        {"pyproject.toml": HATCH + DYNAMIC, "hatch.toml": '[version]\npath = "api/__init__.py"\n',
         "api/__init__.py": 'VERSION = "1.2.3"\n'},
        ["api/__init__.py:1"],
    ),
    "hatch, from code": (
        {"pyproject.toml": f'{HATCH}{DYNAMIC}[tool.hatch.version]\n{FROM_CODE}',
         "api/v.py": 'NOW = "1.2.3"\n'},
        ["api/v.py:1"],
    ),
    "setuptools, an attribute": (
        {"pyproject.toml": f'{SETUPTOOLS}{DYNAMIC}[tool.setuptools.dynamic]\nversion.attr = "api.v.__version__"\n',
         "src/api/__init__.py": "", "src/api/v.py": "ä = 'ü'; __version__ = VERSION = '1.2.3'\n"},
        ["src/api/v.py:1"],
    ),
    "setuptools, a file": (
        {"pyproject.toml": f'{SETUPTOOLS}{DYNAMIC}[tool.setuptools.dynamic]\nversion = {{ file = ["VERSION"] }}\n',
         "VERSION": "\n1.2.3\n"},
        ["VERSION:2"],
    ),
    "setup.cfg": (
        {"setup.cfg": "[tool]\nversion = 9\n[metadata]\nname = api\nversion = 1.2.3\n"},
        ["setup.cfg:5"],
    ),
    "setup.cfg, an attribute": (
        {"setup.cfg": "[metadata]\nname = api\nversion = attr: api.__version__\n",
         "api/__init__.py": '__version__ = "1.2.3"\n'},
        ["api/__init__.py:1"],
    ),
    "flit": (
        {"pyproject.toml": FLIT + DYNAMIC, "api.py": '"""An API."""\n__version__ = "1.2.3"\n'},
        ["api.py:2"],
    ),
    "pdm": (
        {"pyproject.toml": f'{PDM}{DYNAMIC}[tool.pdm.version]\nsource = "file"\npath = "api/__init__.py"\n',
         "api/__init__.py": '__version__ = "1.2.3"\n'},
        ["api/__init__.py:1"],
    ),
    "poetry": ({"pyproject.toml": f'{POETRY}[tool.poetry]\nname = "api"\nversion = "1.2.3"\n'}, ["pyproject.toml:6"]),
    "a constant beside it": (
        {"pyproject.toml": HATCH + STATIC, "src/api/__init__.py": 'import typing\nAPI_VERSION: typing.Final = "v1"\n'},
        ["pyproject.toml:6", "src/api/__init__.py:2"],
    ),
    "a constant that is imported": (
        {"pyproject.toml": HATCH + STATIC, "ns/api/__init__.py": "from ._v.now import API_VERSION as API_VERSION\n",
         "ns/api/_v/__init__.py": "", "ns/api/_v/now.py": 'API_VERSION = "1.2"\n'},
        ["pyproject.toml:6", "ns/api/_v/now.py:1"],
    ),
    "a constant imported by the package's name": (
        {"pyproject.toml": HATCH + STATIC, "api/__init__.py": "from api.v import API_VERSION\n",
         "api/v.py": 'API_VERSION = "1.2"\n'},
        ["pyproject.toml:6", "api/v.py:1"],
    ),
    "constants that are another's": (
        {"pyproject.toml": HATCH + STATIC, "api/__init__.py": "def f():\n    API_VERSION = '9'\n",
         "api/cluster.py": 'API_VERSION = "apps/v1"\n', "tests/__init__.py": 'API_VERSION = "9"\n',
         "inner/pyproject.toml": STATIC, "inner/other/__init__.py": 'API_VERSION = "9"\n'},
        ["pyproject.toml:6"],
    ),
    "a constant that is computed": (
        {"pyproject.toml": HATCH + STATIC, "api/__init__.py": 'API_VERSION = version("api")\n'},
        ["pyproject.toml:6"],
    ),
}  # fmt: skip


def python(root: Path, files: dict[str, str]) -> tuple[StatedVersion, ...]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return stated_versions(root, read_member(root, ".", "api")).places


@pytest.mark.parametrize(("files", "expected"), PLACES.values(), ids=PLACES)
def test_a_python_member_states_its_version(tmp_path, files, expected) -> None:
    places = python(tmp_path, files)
    assert [one.place for one in places] == expected
    assert [one.decides for one in places] == [True, *[False] * (len(places) - 1)]
    assert disagreeing(places, "1.2.3") == ()
    for one in places:
        before = (tmp_path / one.path).read_bytes().decode()
        after = rewritten(before, [(one, "<" + one.text + ">")])
        assert len(after) == len(before) + 2
        assert after.replace("<" + one.text + ">", one.text) == before


UNDECIDED = {
    "from version control": f'{HATCH}{DYNAMIC}[tool.hatch.version]\nsource = "vcs"\n',
    "a file that is not there": f'{HATCH}{DYNAMIC}[tool.hatch.version]\npath = "nowhere.py"\n',
    "a file outside": f'{HATCH}{DYNAMIC}[tool.hatch.version]\npath = "../outside.py"\n',
    "a pattern that is none": f"{HATCH}{DYNAMIC}[tool.hatch.version]\npath = \"v.py\"\npattern = '('\n",
    "a module that does not parse": f'{SETUPTOOLS}{DYNAMIC}[tool.setuptools.dynamic]\nversion.attr = "bad.VERSION"\n',
    "a backend nobody knows": DYNAMIC,
}  # fmt: skip


@pytest.mark.parametrize("manifest", UNDECIDED.values(), ids=UNDECIDED)
def test_a_computed_version_stands_in_no_file_and_the_hint_says_what_to_do(tmp_path, manifest) -> None:
    write(tmp_path, {"outside.py": '__version__ = "1"\n'})
    files = {"pyproject.toml": manifest, "v.py": 'x = "1"\n', "bad.py": "VERSION = (\n"}
    root = write(tmp_path / "api", files)
    found = stated_versions(root, read_member(root, ".", "api"))
    assert found.places == ()
    assert "its build computes it" in found.hint


@pytest.mark.parametrize("written", ['"1." "2.3"', '"1.2\\x2e3"', '"""1.2.3"""', 'r"1.2.3"'])
def test_a_string_that_is_not_plain_is_known_and_cannot_be_written_anew(tmp_path, written) -> None:
    files = {"pyproject.toml": HATCH + STATIC, "api.py": f"API_VERSION = {written}\n"}
    assert [(one.text, one.start < 0) for one in python(tmp_path, files)] == [("1.2.3", False), ("1.2.3", True)]


GO = {
    "alone": ('package api\n\nconst APIVersion = "v1.2.3"\n', [3]),
    "typed, with a comment": ('package api\nconst APIVersion string = "v1.2.3" // now\n', [2]),
    "in a group": ('package api\nconst (\n\tMax = 3\n\tAPIVersion = "v1.2.3"\n)\n', [4]),
    "a raw string": ("package api\nconst APIVersion = `v1.2.3`\n", [2]),
    "lines that end as on Windows": ('package api\r\nconst APIVersion = "v1.2.3"\r\n', [2]),
    "in comments and strings": (
        'package api\n// const APIVersion = "v9"\n/*\nconst APIVersion = "v9"\n*/\n'
        'var s = `\nconst APIVersion = "v9"\n`\nconst APIVersion = "v1.2.3"\n',
        [9],
    ),
    "not one string": ('package api\nconst APIVersion = "v1" + ".2.3"\n', []),
    "another constant": ('package api\nconst NotAPIVersion = "v9"\nvar APIVersion = "v9"\n', []),
    "not closed": ('package api\nconst APIVersion = "v1\n', []),
}


@pytest.mark.parametrize(("code", "lines"), GO.values(), ids=GO)
def test_a_go_package_states_its_version(tmp_path, code, lines) -> None:
    (tmp_path / "api.go").write_bytes(code.encode())
    (tmp_path / "api_test.go").write_text('package api\nconst APIVersion = "v9"\n')
    found = of_go(tmp_path, Member("acme/api", "api", "."))
    assert [one.line for one in found.places] == lines
    assert [one.text for one in found.places] == ["v1.2.3"] * len(lines)
    assert bool(found.hint) is not bool(lines)
    for one in found.places:
        assert rewritten(code, [(one, "v2")]) == code.replace("v1.2.3", "v2")


def test_a_file_that_changed_meanwhile_is_not_written() -> None:
    with pytest.raises(ValueError, match=r"api\.go:2 does not have v1\.2\.3"):
        rewritten('package api2\nconst APIVersion = "v1.2.3"\n', [(StatedVersion("api.go", 2, 32, "v1.2.3"), "v2")])
