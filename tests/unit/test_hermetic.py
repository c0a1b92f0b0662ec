"""Which members take part in "nothing changed": those whose backend is known to read their sources and nothing else."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from monorepo import project, write

from pluginkit.backends.python.hermetic import is_covered
from pluginkit.backends.python.project import read_member
from pluginkit.backends.sources import read_sources

TOOL = "[tool.setuptools]\n"
FIND = "[tool.setuptools.packages.find]\n"
DYNAMIC = "[tool.setuptools.dynamic]\n"
SETUP = "from setuptools import setup\n"
NOTHING: Mapping[str, str] = {}

# backend, end of the manifest, further files; and whether its wheel depends on its sources alone
CASES = {
    "setuptools": [
        ("", NOTHING, True),
        (f'{TOOL}packages = ["acme_filter"]\n', NOTHING, True),
        (f'{TOOL}packages = ["build"]\n', NOTHING, False),
        (f'{TOOL}packages = ["build"]\npackage-dir = {{ "" = "src" }}\n', NOTHING, True),
        (f'{TOOL}package-dir = {{ "" = "../shared" }}\n', NOTHING, False),
        (f'{TOOL}package-dir = {{ "" = "build" }}\n', NOTHING, False),
        (f'{TOOL}package-data = {{ "*" = ["*.txt"] }}\ninclude-package-data = false\n', NOTHING, True),
        (f'{TOOL}package-data = {{ acme_filter = ["../../x.txt"] }}\n', NOTHING, False),
        (f'{TOOL}data-files = {{ etc = ["x.cfg"] }}\n', NOTHING, False),
        (f'{TOOL}ext-modules = [{{ name = "a", sources = ["a.c"] }}]\n', NOTHING, False),
        (f'{TOOL}cmdclass = {{ build_py = "acme.Build" }}\n', NOTHING, False),
        (f'{FIND}where = ["src"]\n', NOTHING, True),
        (f'{FIND}where = ["../src"]\n', NOTHING, False),
        (FIND, NOTHING, False),  # it finds `build/lib` as well
        (f'{FIND}include = ["acme*"]\n', NOTHING, True),
        (f'{FIND}include = ["b*"]\n', NOTHING, False),
        ("[tool.distutils.egg_info]\ntag-date = true\n", NOTHING, False),
        ("[tool.setuptools_scm]\n", NOTHING, True),  # it is not in the build environment
        ("", {"MANIFEST.in": "graft acme_filter\n"}, True),
        ("", {"setup.py": f"{SETUP}setup()\n"}, True),
        ("", {"setup.py": f'"""Old."""\n{SETUP}\nif __name__ == "__main__":\n    setup()\n'}, True),
        ("", {"setup.py": f'{SETUP}setup(version="1")\n'}, False),
        ("", {"setup.py": f"import os\n{SETUP}setup()\n"}, False),
        ("", {"setup.py": "setup(\n"}, False),
        ("", {"setup.cfg": "[flake8]\nmax-line-length = 100\n"}, True),
        ("", {"setup.cfg": "[egg_info]\ntag_date = 1\n"}, False),
        ("", {"setup.cfg": "[egg_info]\ntag_build =\ntag_date = 0\n\n[bdist_wheel]\nuniversal = 1\n"}, True),
        ("", {"setup.cfg": "[options.entry_points]\n"}, False),
        ("", {"setup.cfg": "nonsense\n"}, False),
        (
            f'{DYNAMIC}version = {{ attr = "acme_filter.VERSION" }}\n',
            {"acme_filter/__init__.py": "VERSION = '1'"},
            True,
        ),
        (
            f'{DYNAMIC}version = {{ attr = "acme_filter.VERSION" }}\n',
            {"acme_filter/__init__.py": "VERSION = f()"},
            False,
        ),
        (f'{DYNAMIC}version = {{ attr = "acme_other.VERSION" }}\n', NOTHING, False),
        (f'{DYNAMIC}version = {{ file = "VERSION" }}\nreadme = {{ file = ["R.md", "C.md"] }}\n', NOTHING, True),
        (f'{DYNAMIC}version = {{ file = "../VERSION" }}\n', NOTHING, False),
        (f'{DYNAMIC}optional-dependencies = {{ dev = {{ file = ["/etc/hosts"] }} }}\n', NOTHING, False),
        ("", {"src/left/over/x": ""}, True),
    ],
    "hatchling": [
        ("", {"hatch.toml": '[build.targets.wheel]\npackages = ["src/acme"]\n[envs.test]\n'}, True),
        ("", {"hatch.toml": "[build.hooks.custom]\n"}, False),
        ("", {"hatch.toml": "[build"}, False),
        ("[tool.hatch.build.hooks.custom]\n", {"hatch.toml": "[version]\n"}, False),
        ("[tool.hatch.build.hooks.custom]\n", {"hatch.toml": "[build.targets.wheel]\n"}, True),  # it replaces `build`
        ('[tool.hatch.build]\nartifacts = ["*.so"]\n', NOTHING, False),
    ],
    "flit": [
        ("", NOTHING, True),
        ('[tool.flit.module]\nname = "acme_filter"\n', NOTHING, True),
        ('[tool.flit.module]\nname = "nowhere"\n', NOTHING, False),
        ('[tool.flit.module]\nname = "build"\n', {"build/__init__.py": ""}, False),
        ('[tool.flit.module]\nname = "build"\n', {"src/build/__init__.py": ""}, True),
        ('[tool.flit.external-data]\ndirectory = "data"\n', NOTHING, True),
        ('[tool.flit.external-data]\ndirectory = "../data"\n', NOTHING, False),
        ('[tool.flit.sdist]\ninclude = ["../x"]\n', NOTHING, True),  # no matter of wheels
        ("[tool.flit.new]\n", NOTHING, False),
    ],
    "pdm": [
        ("", NOTHING, True),
        ('[tool.pdm.build]\nincludes = ["acme_filter", "data/*.txt"]\n', NOTHING, True),
        ('[tool.pdm.build]\nincludes = ["../shared"]\n', NOTHING, False),
        ('[tool.pdm.build]\nincludes = ["**/*.py"]\n', NOTHING, False),
        ('[tool.pdm.build]\npackage-dir = "lib"\n', NOTHING, True),
        ('[tool.pdm.build]\npackage-dir = "../lib"\n', NOTHING, False),
        ("[tool.pdm.build]\nrun-setuptools = true\n", NOTHING, False),
        ('[tool.pdm.build]\ncustom-hook = "hook.py"\n', NOTHING, False),
        ("[tool.pdm.build.hooks.x]\n", NOTHING, False),
        ('[tool.pdm.build.wheel-data]\nscripts = ["bin/*"]\n', NOTHING, False),
        ("", {"pdm_build.py": "def pdm_build_initialize(context): ...\n"}, False),
        ("", {"build/__init__.py": ""}, False),
        ('[tool.pdm.scripts]\ntest = "pytest"\n', NOTHING, True),
    ],
    "poetry": [
        ("", NOTHING, True),
        ('[tool.poetry]\npackages = [{ include = "acme", from = "src" }]\n', NOTHING, True),
        ('[tool.poetry]\npackages = [{ include = "acme", from = "../shared" }]\n', NOTHING, False),
        ('[tool.poetry]\npackages = [{ include = "*" }]\n', NOTHING, False),
        ('[tool.poetry]\ninclude = ["acme/data.txt", { path = "x", format = "wheel" }]\n', NOTHING, True),
        ('[tool.poetry]\ninclude = ["../LICENSE"]\n', NOTHING, False),
        ('[tool.poetry]\nbuild = "build.py"\n', NOTHING, False),
        ('[tool.poetry.build]\nscript = "build.py"\n', NOTHING, False),
        ('[tool.poetry.dependencies]\nx = "^1"\ny = { version = "^2", optional = true }\n', NOTHING, True),
        ('[tool.poetry.dependencies]\nx = { path = "../x", develop = true }\n', NOTHING, False),
        ('[tool.poetry.group.dev.dependencies]\nx = { path = "../x" }\n', NOTHING, True),
        ('[tool.poetry.scripts]\nx = { reference = "bin/x", type = "file" }\n', NOTHING, False),
        ("[tool.poetry-dynamic-versioning]\nenable = true\n", NOTHING, True),  # it is not in the build environment
        ('[tool.poetry]\nreadme = ["README.md", "../CHANGES.md"]\n', NOTHING, False),
    ],
}
ROWS = [(backend, *row) for backend, rows in CASES.items() for row in rows]


def is_known(root: Path) -> bool:
    return is_covered(read_member(root, ".", "plugin"), read_sources(root, ".", None))


@pytest.mark.parametrize(("backend", "manifest", "more", "known"), ROWS)
def test_what_a_backend_reads_is_known_by_its_configuration(
    tmp_path: Path, backend: str, manifest: str, more: Mapping[str, str], known: bool
) -> None:
    write(tmp_path, project("acme-filter", "", backend=backend, more=manifest))
    write(tmp_path, more)
    assert is_known(tmp_path) is known


@pytest.mark.parametrize("backend", ["uv", *CASES])
@pytest.mark.parametrize(
    ("line", "known"),
    [
        ('readme = "README.md"\n', True),
        ('readme = "../README.md"\n', False),
        ('license = { file = "/usr/share/licence" }\n', False),
        ('license-files = ["LICEN[CS]E*", "licences/*.txt"]\n', True),
        ('license-files = ["../LICENSE"]\n', False),
        ('license-files = ["*/LICENSE"]\n', False),  # it matches `build/LICENSE` as well
    ],
)
def test_files_of_the_metadata_may_not_lie_elsewhere(tmp_path: Path, backend: str, line: str, known: bool) -> None:
    write(tmp_path, project("acme-filter", "", backend=backend, more=line))
    assert is_known(tmp_path) is known


@pytest.mark.parametrize("backend", ["setuptools", "flit", "pdm", "poetry"])
@pytest.mark.parametrize("extra", ["setuptools-scm>=8", "cython"])
def test_a_plugin_in_the_build_environment_may_do_anything(tmp_path: Path, backend: str, extra: str) -> None:
    write(tmp_path, project("acme-filter", "", backend=backend))
    manifest = tmp_path / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace("requires = [", f'requires = ["{extra}", ', 1))
    assert not is_known(tmp_path)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ('"""A plugin."""\n__version__ = "1.0"\n', True),
        ('"""A plugin."""\nfrom importlib.metadata import version\n__version__ = version("acme-filter")\n', False),
        ('__version__ = "1.0"\n', False),  # no description: the module is imported for one
        ("def (:\n", False),
    ],
)
def test_flit_imports_a_module_that_does_not_say_what_it_asks(tmp_path: Path, code: str, known: bool) -> None:
    files = project("acme-filter", code, backend="flit")
    manifest = files["pyproject.toml"].replace('version = "1.0.0"\ndescription = "acme-filter"\n', "")
    write(tmp_path, {**files, "pyproject.toml": f'{manifest}dynamic = ["version", "description"]\n'})
    assert is_known(tmp_path) is known


@pytest.mark.parametrize(
    ("backend", "manifest", "ignored", "known"),
    [
        ("setuptools", "", "notes.log", True),
        ("setuptools", "", "MANIFEST.in", False),
        ("setuptools", "", "made.py", False),
        ("setuptools", f'{DYNAMIC}version = {{ file = "VERSION" }}\n', "VERSION", False),
        ("hatchling", 'readme = "README.md"\n', "README.md", False),
        ("hatchling", 'license-files = ["legal-*"]\n', "legal-1", False),
        ("hatchling", "", "VERSION", True),
        ("pdm", "", "made.py", False),
        ("flit", "", "notes.log", True),
        ("flit", "", "acme_filter/data.txt", False),
    ],
)
def test_what_git_ignores_and_a_backend_reads_is_not_known(
    tmp_path: Path, backend: str, manifest: str, ignored: str, known: bool
) -> None:
    write(tmp_path, project("acme-filter", "", backend=backend, more=manifest))
    listed = frozenset(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    write(tmp_path, {ignored: ""})
    assert is_covered(read_member(tmp_path, ".", "plugin"), read_sources(tmp_path, ".", listed)) is known


@pytest.mark.parametrize(("backend", "known"), [("poetry", False), ("setuptools", True), ("hatchling", True)])
def test_poetry_leaves_out_what_git_ignores(tmp_path: Path, backend: str, known: bool) -> None:
    write(tmp_path, project("acme-filter", "", backend=backend))
    sources = read_sources(tmp_path, ".", frozenset(["elsewhere/x"]))
    assert is_covered(read_member(tmp_path, ".", "plugin"), sources) is known


@pytest.mark.parametrize(
    ("build_system", "files", "known"),
    [
        ("", NOTHING, True),
        ('[build-system]\nrequires = ["setuptools"]\n', NOTHING, True),
        ('[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n', NOTHING, False),
        ("", {"setup.py": "import acme\n"}, False),
        ("", {"src/old/__init__.pyc": ""}, False),
    ],
)
def test_setuptools_is_the_backend_where_none_is_named(
    tmp_path: Path, build_system: str, files: Mapping[str, str], known: bool
) -> None:
    manifest = project("acme-filter", "")["pyproject.toml"].partition("[project]")[2]
    write(tmp_path, {"pyproject.toml": f"{build_system}[project]{manifest}", "acme_filter/__init__.py": "", **files})
    assert is_known(tmp_path) is known


def test_setuptools_lists_directories_that_are_left_over(tmp_path: Path) -> None:
    write(tmp_path, project("acme-filter", "", backend="setuptools"))
    (tmp_path / "src/old").mkdir(parents=True)
    assert not is_known(tmp_path)


@pytest.mark.parametrize(
    ("path", "found", "known"),
    [
        ("acme_filter/.vscode/settings.json", True, True),  # backends ship it
        ("acme_filter/build/x.py", True, True),
        (".vscode/settings.json", False, True),
        ("build/x.py", False, True),
        ("acme_filter/node_modules/x.js", False, False),
    ],
)
def test_what_tools_leave_behind_is_no_source_unless_it_is_shipped(
    tmp_path: Path, path: str, found: bool, known: bool
) -> None:
    write(tmp_path, project("acme-filter", ""))
    write(tmp_path, {path: ""})
    assert (path in read_sources(tmp_path, ".", None).files) is found
    assert is_known(tmp_path) is known
