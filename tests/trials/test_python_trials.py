"""The tests of Python plugins: run by pytest in environments made from the lock, without a change and with it."""

import shutil
import textwrap
from pathlib import Path

import pytest
from monorepo import API, PLUGIN, edit, monorepo, write

from pluginkit.backends.python.testing.junit import ran
from pluginkit.backends.python.testing.requirements import configures_pytest, requirements_of_tests
from pluginkit.core.trial import Ran
from pluginkit.operations.lock import lock
from pluginkit.operations.testing import TrialOptions, try_plugins

CODE = "from acme_api import size\n\n\nclass New:\n    def handle(self, request):\n        return size(request.body)\n"
USER = "import acme_api\n\n\nclass New:\n    def handle(self, request):\n        return acme_api.gone()\n"
MORE = '\n\ndef size(body: bytes) -> int:\n    """Return how large a body is."""\n    return len(body)\n'
GONE = '\n\ndef gone() -> int:\n    """Return a number."""\n    return 1\n'
TESTS = {
    "filter": """
        from acme_api import Request
        from acme_filter import New

        class TestSize:
            def test_large(self):
                assert New().handle(Request("1", b"four")) == 4

        def test_wrong_already():
            assert New().handle(Request("1", b"")) == 1

        def test_same():
            assert New()
        """,
    "hang": """
        import time
        from acme_api import size

        def test_waits():
            while size(b"four") != 4:
                time.sleep(0.1)
        """,
    "old": "def test_nothing(): pass\n",
    "user": "def test_nothing(): pass\n",
}


@pytest.mark.fleet
def test_each_plugin_is_tried_in_its_own_way(tmp_path: Path) -> None:
    """One test fails, one hangs; a requirement that excludes it, a name that is gone, a method that is missing."""
    plugins = {"bare": "class New:\n    pass\n", "filter": CODE, "hang": CODE, "old": PLUGIN, "user": USER}
    root = monorepo(tmp_path / "acme", plugins=plugins)
    edit(root / "api/acme_api/__init__.py", API, f"{API}{MORE}{GONE}")
    edit(root / "plugins/old/pyproject.toml", "acme-api>=1", "acme-api>=1,<2")
    for name, text in TESTS.items():
        write(root / f"plugins/{name}/tests", {f"test_{name}.py": textwrap.dedent(text)})
    other = tmp_path / "other"
    shutil.copytree(root / "api", other)
    edit(other / "pyproject.toml", "1.0.0", "2.0.0")
    edit(other / "acme_api/__init__.py", "return len(body)", "return len(body) + 1")
    edit(other / "acme_api/__init__.py", GONE, "")
    lock(root)
    found = try_plugins(TrialOptions(root, api=str(other), seconds=4))
    bare, filtering, hanging, old, user = found.trials
    assert (
        bare.error == "without the change: PK502 acme_bare:New is New, which is not acme_api.Plugin: it lacks 'handle'"
    )
    assert (filtering.status, filtering.blamed) == (
        "breaks",
        ("plugins/filter/tests/test_filter.py::TestSize::test_large",),
    )
    assert filtering.after
    assert "plugins/filter/tests/test_filter.py:7: AssertionError" in filtering.after.output
    assert str(tmp_path) not in filtering.after.output
    assert "report.xml" not in filtering.after.output
    assert (hanging.status, hanging.blamed) == ("breaks", ("plugins/hang/tests/test_hang.py::test_waits",))
    assert old.breaks == ("it requires acme-api>=1,<2, and this has acme-api 2.0.0",)
    assert user.status == "refused"
    assert "gone" in user.breaks[0]
    assert user.places == ("plugins/user/acme_user/__init__.py:6",)


CASES = {
    "": Ran("broken", output="said"),
    '<testcase classname="t.a" name="one" file="t/a.py"/>': Ran("passed", ("t/a.py::one",)),
    '<testcase classname="t.a.C" name="one[x]" file="t/a.py"><failure/></testcase>'
    '<testcase classname="t.a" name="two" file="t/a.py"><skipped/></testcase>': Ran(
        "failed", (), ("t/a.py::C::one[x]",), "said"
    ),
    '<testcase classname="" name="t.a" file="t/a.py"><error/></testcase>': Ran("broken", output="said"),
    '<testcase classname="" name="t.a" file="t/a.py"><error/></testcase>'
    '<testcase classname="t.b" name="one" file="t/b.py"/>': Ran("failed", ("t/b.py::one",), ("t/a.py",), "said"),
    '<testcase classname="t.b" name="one" file="t/b.py"/>'
    '<testcase classname="t.b" name="one" file="t/b.py"><error/></testcase>': Ran(
        "failed", (), ("t/b.py::one",), "said"
    ),
}


@pytest.mark.parametrize("cases", CASES)
def test_a_report_of_pytest_is_read_back(cases: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>" if cases else "<torn", "utf-8")
    found = ran(report, 0 if CASES[cases].outcome == "passed" else 1, "said", 0.0)
    assert found == CASES[cases]


def test_a_run_without_tests_says_so(tmp_path: Path) -> None:
    assert ran(tmp_path / "none.xml", 5, "", 0.0) == Ran("none")


OWN = '[project]\nname = "p"\n'
REQUIREMENTS = [
    ({"p": OWN}, ("pytest",)),
    (
        {"p": f'{OWN}[dependency-groups]\ntest = ["pytest>=8", {{include-group = "x"}}]\nx = ["six"]\n'},
        ("pytest>=8", "six"),
    ),
    ({"p": f'{OWN}[project.optional-dependencies]\nTests = ["six"]\n'}, ("six", "pytest")),
    ({"p": OWN, ".": '[dependency-groups]\ndev = ["ruff"]\n'}, ("ruff", "pytest")),
    ({"p": f'{OWN}[dependency-groups]\nlint = ["ruff"]\ndev = [{{include-group = "dev"}}]\n'}, ("pytest",)),
    (
        {
            "p": f'{OWN}[dependency-groups]\ntest = ["our-kit[x]>=1 ; python_version > \'3\'", "Our_Wheel"]\n',
            ".": '[tool.uv.workspace]\nmembers = ["*"]\n[tool.uv.sources]\nour-kit = { workspace = true }\n'
            'our-wheel = { path = "w.whl" }\n',
            "kit": '[project]\nname = "Our.Kit"\n',
        },
        ('our-kit[x]@ file://ROOT/kit ; python_version > "3"', "Our_Wheel@ file://ROOT/w.whl", "pytest"),
    ),
]


@pytest.mark.parametrize(("manifests", "wanted"), REQUIREMENTS)
def test_what_tests_need_is_what_the_project_says(
    manifests: dict[str, str], wanted: tuple[str, ...], tmp_path: Path
) -> None:
    write(tmp_path, {f"{place}/pyproject.toml": text for place, text in manifests.items()})
    found = requirements_of_tests(tmp_path, "p")
    assert requirements_of_tests(tmp_path, "p") == found
    assert (
        tuple(line.replace(f"{tmp_path}", "ROOT").replace("file:///", "file://").replace(" @ ", "@ ") for line in found)
        == wanted
    )


@pytest.mark.parametrize(
    ("name", "text", "own"),
    [
        ("pytest.ini", "", True),
        ("pyproject.toml", "[tool.pytest.ini_options]\n", True),
        ("pyproject.toml", "[tool.pytester]\n", True),
        ("setup.cfg", "[tool:pytest]\n", True),
        ("tox.ini", "[tox]\n", False),
        ("setup.py", "", False),
    ],
)
def test_pytest_runs_where_it_is_configured(name: str, text: str, own: bool, tmp_path: Path) -> None:
    write(tmp_path, {name: text})
    assert configures_pytest(tmp_path) is own
