"""What is said of modules that a build backend left out of a wheel."""

from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.python.left_out import with_left_out
from pluginkit.core.model import Member
from pluginkit.core.verdict import Evidence, Factory, Import

HATCH = "[tool.hatch.build.targets.wheel] of filter/pyproject.toml"


def left_out(root: Path, module: str, backend: str = "hatchling.build", **member: object) -> dict[str, str]:
    evidence = Evidence("filter.whl", name="filter", files=("acme/__init__.py",))
    if module:
        evidence = Evidence("f.whl", files=("acme/__init__.py",), absent=(Import(module, "acme/__init__.py", 1),))
    made = Member("filter", "plugin", "filter", build_backend=backend, **member)  # type: ignore[arg-type]
    return {name: f"{one.source}: {one.hint}" for name, one in with_left_out(root, made, evidence).left_out.items()}


@pytest.mark.parametrize(
    ("ignore", "pattern"),
    [
        ({".gitignore": "*.pyc\nlib/\n"}, ".gitignore ignores it by 'lib/'"),
        ({"filter/.gitignore": "/src/acme/l*\n"}, "filter/.gitignore ignores it by '/src/acme/l*'"),
        ({".hgignore": "**/lib/**"}, ".hgignore ignores it by '**/lib/**'"),
        ({".gitignore": "#lib\n!lib\nfilter/src\n"}, ".gitignore ignores it by 'filter/src'"),
    ],
)
def test_the_ignore_file_that_hatchling_goes_by_is_named_with_its_line(
    tmp_path: Path, ignore: dict[str, str], pattern: str
) -> None:
    write(tmp_path, {"filter/src/acme/lib/__init__.py": "", **ignore})
    (tmp_path / ".git").mkdir()
    (said,) = left_out(tmp_path, "acme.lib").values()
    assert said == (
        f"filter/src/acme/lib/__init__.py: {pattern}, and hatchling leaves out what is ignored: correct that, or add "
        f'`artifacts = ["src/acme/lib"]` to {HATCH}'
    )


def test_an_ignore_file_above_the_workspace_is_named_too(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "acme\n", "ws/filter/acme/lib.py": ""})
    (said,) = left_out(tmp_path / "ws", "acme.lib").values()
    assert said.startswith(f"filter/acme/lib.py: {tmp_path}/.gitignore ignores it by 'acme', and hatchling")


@pytest.mark.parametrize(
    ("backend", "setting"),
    [
        ("hatchling.build", "`only-include`"),
        ("setuptools.build_meta", "name acme.lib in `packages` of [tool.setuptools] in filter/pyproject.toml"),
        ("", "[tool.setuptools.packages.find]"),
        ("flit_core.buildapi", "[tool.flit.module]"),
        ("poetry.core.masonry.api", "[tool.poetry]"),
        ("pdm.backend", "[tool.pdm.build]"),
        ("uv_build", "[tool.uv.build-backend]"),
        ("mine:Backend", "tell mine, the build backend in filter/pyproject.toml, to take it along"),
    ],
)
def test_the_hint_names_a_setting_of_the_backend(tmp_path: Path, backend: str, setting: str) -> None:
    write(tmp_path, {"filter/acme/lib.py": ""})
    (tmp_path / ".git").mkdir()
    (said,) = left_out(tmp_path, "acme.lib", backend).values()
    assert setting in said


def test_what_is_nowhere_was_not_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"filter/acme/other.py": ""})
    assert left_out(tmp_path, "acme.lib") == {}
    assert left_out(tmp_path / "nowhere", "acme.lib") == {}


def test_modules_of_entry_points_are_looked_for_too(tmp_path: Path) -> None:
    write(tmp_path, {"filter/src/cli.py": "", "filter/src/acme/__init__.py": ""})
    points = (("console_scripts", "x", "cli:main"), ("acme.plugins", "y", "acme:New [extra]"), ("g", "z", "os.path"))
    assert list(left_out(tmp_path, "", entry_points=points)) == ["cli"]
    member = Member("filter", "host", "filter", entry_points=points)
    (absent,) = with_left_out(tmp_path, member, Evidence("f.whl", files=("acme/__init__.py",))).absent
    assert absent == Import("cli", "filter/pyproject.toml", 0)


def test_the_module_of_a_factory_is_said_once(tmp_path: Path) -> None:
    write(tmp_path, {"filter/src/acme.py": ""})
    member = Member("filter", "plugin", "filter", entry_points=(("acme.plugins", "filter", "acme:New"),))
    evidence = Evidence("f.whl", factories=(Factory("filter", "acme:New", shipped=False),))
    found = with_left_out(tmp_path, member, evidence)
    assert (found.absent, list(found.left_out)) == ((), ["acme"])
