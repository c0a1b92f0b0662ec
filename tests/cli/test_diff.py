"""`pluginkit diff`: what OLD, NEW and PLACE can be, and what comes of them, on tiny real trees."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from gitrepo import committed
from monorepo import API, edit, monorepo, project, write
from wheels import api_of, record, stamp, wheel, wheel_files

from pluginkit.core.api import Contract

NEWER = API.replace("bytes: ...", "bytes: ...\n\n    def close(self) -> None: ...\n") + "\n\ndef more() -> int: ...\n"
"""The API of `monorepo`, with a method more for plugins to implement, and a function more to call."""
CLOSE = "class Plugin: added close(self) -> None"
MORE = "module acme_api: added more() -> int"
LONE = """\
import acme_api


class New(acme_api.Plugin):
    def handle(self, request):
        return request.body
"""


def api_wheel(path: Path, code: str, version: str) -> Path:
    """Write a wheel of the API as an index has it, without a stamp."""
    files = wheel_files("acme-api", version, files={"acme_api/__init__.py": code.encode()}, entry_points="")
    target = path / f"acme_api-{version}-py3-none-any.whl"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(wheel(record(files)))
    return target


def installed(path: Path, code: str, version: str) -> Path:
    """Write an environment with the API in it."""
    files = record(wheel_files("acme-api", version, files={"acme_api/__init__.py": code.encode()}, entry_points=""))
    site = path / "lib/python3.11/site-packages"
    for name, data in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
    write(path, {"pyvenv.cfg": "version = 3.11.7\n"})
    return path


def plugin_wheel(path: Path, code: str, version: str = "1.0.0") -> Path:
    """Write the wheel of a plugin that was built against the API."""
    files = wheel_files("acme-api", version, files={"acme_api/__init__.py": API.encode()}, entry_points="")
    from pluginkit.surface.python.reader import surface

    tree = write(path / "tree", {"acme_api/__init__.py": API})
    api = api_of(files, surface(tree, ["acme_api"]))
    own = wheel_files(files={"acme_filter/__init__.py": code.encode()})
    target = path / "acme_filter-1.0.0-py3-none-any.whl"
    target.write_bytes(wheel(record(stamp(own, apis=(api,), contract=Contract(factory="New", group="acme.plugins")))))
    return target


def beneath(place: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{place}/{name}": text for name, text in files.items()}


def package(path: Path, code: str) -> Path:
    return write(path, {"acme_api/__init__.py": code})


def distribution(path: Path, code: str, version: str) -> Path:
    return write(path, project("acme-api", code, version=version))


def in_src(path: Path, code: str) -> Path:
    return write(path, {"src/acme_api/__init__.py": code, "tests/test_api.py": "", "setup.py": ""})


FORMS: dict[str, Callable[[Path, str, str], object]] = {
    "project": distribution,
    "directory of packages": lambda path, code, _: package(path, code),
    "src": lambda path, code, _: in_src(path, code),
    "package": lambda path, code, _: package(path, code) / "acme_api",
    "package of another name": lambda path, code, _: write(path / "renamed-1.0", {"__init__.py": code}),
    "module": lambda path, code, _: write(path, {"acme_api.py": code}) / "acme_api.py",
    "wheel": api_wheel,
    "environment": installed,
    "workspace": lambda path, code, version: workspace(path, code, version),
    "git": lambda path, code, _: revision(path, code),
}


def workspace(path: Path, code: str, version: str) -> Path:
    monorepo(path)
    return write(
        path, {f"api/{name}": text for name, text in project("acme-api", code, version=version).items()}
    ).absolute()


def revision(path: Path, code: str) -> str:
    """Commit the API to the repository of the working directory, and return where."""
    write(path.parent, {f"{path.name}-tree/acme_api/__init__.py": code})
    committed(path.parent)
    return f"git:HEAD:{path.name}-tree"


def compared(ran: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(ran.out)
    return value


def summaries(value: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["severity"], one["summary"]) for api in value["apis"] for one in api["changes"]]


@pytest.mark.parametrize("form", FORMS)
def test_any_form_compares_with_a_wheel(form: str, tmp_path: Path, pluginkit) -> None:
    old = FORMS[form](tmp_path / "old", API, "1.0.0")
    new = api_wheel(tmp_path / "new", NEWER, "1.1.0")
    ran = pluginkit("diff", old, new, "--output-format", "json")
    assert ran.status == 0, ran.err
    value = compared(ran)
    severities = [severity for severity, _ in summaries(value)]
    assert severities == ["implementers", "added"]
    assert [one["name"] for one in value["apis"]] == ["acme-api"]


@pytest.mark.parametrize("form", FORMS)
def test_equal_bytes_are_no_difference_in_any_form(form: str, tmp_path: Path, pluginkit) -> None:
    old = api_wheel(tmp_path / "old", API, "1.0.0")
    ran = pluginkit("diff", old, FORMS[form](tmp_path / "new", API, "1.0.0"), "--output-format", "json")
    assert [(one["kind"], one["step"]) for one in compared(ran)["apis"]] in ([("equal", "none")], [("bytes", "patch")])
    assert ran.status == 0
    if form != "module":  # whose file is called otherwise
        assert compared(ran)["apis"][0]["kind"] == "equal"


def test_other_bytes_under_an_equal_surface_are_the_implementation(tmp_path: Path, pluginkit) -> None:
    old, new = package(tmp_path / "old", API), package(tmp_path / "new", API + "# a comment\n")
    ran = pluginkit("diff", old, new)
    assert "acme_api: asks for a patch step" in ran.out
    assert "the bytes changed, the surface did not" in ran.out


def test_packages_of_different_names_are_paired_where_each_side_has_one(tmp_path: Path, pluginkit) -> None:
    old, new = write(tmp_path / "api_one", {"__init__.py": API}), write(tmp_path / "api_two", {"__init__.py": NEWER})
    value = compared(pluginkit("diff", old, new, "--output-format", "json"))
    assert [summary for _, summary in summaries(value)] == [CLOSE, "module api_one: added more() -> int"]


def test_several_apis_are_paired_by_name(tmp_path: Path, pluginkit) -> None:
    old = write(tmp_path / "old", {"one/__init__.py": "def f(): ...\n", "two/__init__.py": ""})
    new = write(tmp_path / "new", {"one/__init__.py": "", "two/__init__.py": "", "three/__init__.py": ""})
    value = compared(pluginkit("diff", old, new, "--output-format", "json"))
    assert [(one["name"], one["kind"]) for one in value["apis"]] == [
        ("one", "changed"),
        ("three", "added"),
        ("two", "equal"),
    ]


def test_a_package_alone_is_compared_with_its_namesake(tmp_path: Path, pluginkit) -> None:
    old = write(tmp_path / "old", {"one/__init__.py": "", "two/__init__.py": ""})
    new = write(tmp_path / "new", {"one/__init__.py": "", "two/__init__.py": ""})
    value = compared(pluginkit("diff", old, new / "two", "--output-format", "json"))
    assert [(one["name"], one["kind"]) for one in value["apis"]] == [("two", "equal")]


@pytest.mark.parametrize(
    ("stated", "manifest"),
    [
        ("acme_api/__init__.py", ""),
        ("acme_api/_version.py", '[tool.setuptools.dynamic]\nversion = {attr = "acme_api._version.__version__"}\n'),
        ("elsewhere.py", '[tool.hatch.version]\npath = "elsewhere.py"\n'),
    ],
)
def test_a_version_is_found_where_the_sources_state_it(stated: str, manifest: str, tmp_path: Path, pluginkit) -> None:
    head = '[project]\nname = "acme-api"\ndynamic = ["version"]\n'
    new = write(tmp_path / "new", {"acme_api/__init__.py": "", "pyproject.toml": head + manifest})
    write(new, {stated: '__version__ = "1.2.3"\n'})
    (api,) = compared(pluginkit("diff", new, new, "--output-format", "json"))["apis"]
    assert (api["name"], api["new"]) == ("acme-api", "1.2.3")


def test_a_directory_of_packages_is_one_api_where_the_other_side_says_so(tmp_path: Path, pluginkit) -> None:
    code = {"one/__init__.py": "def f(): ...\n", "two/__init__.py": ""}
    manifest = '[project]\nname = "both"\nversion = "1"\n'
    new = write(tmp_path / "new", {**beneath("src", code), "pyproject.toml": manifest})
    value = compared(pluginkit("diff", write(tmp_path / "old", code), new, "--output-format", "json"))
    assert [(one["name"], one["kind"]) for one in value["apis"]] == [("both", "equal")]


# In a workspace


@pytest.fixture
def locked(tmp_path: Path, pluginkit) -> Path:
    """A locked workspace in a git repository."""
    monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    return committed(tmp_path)


def test_the_default_compares_the_lock_with_the_working_tree(locked: Path, pluginkit) -> None:
    ran = pluginkit("diff")
    assert (ran.status, ran.out) == (0, "pluginkit.lock -> working tree\n\nacme-api 1.0.0: no difference\n")
    write(locked, {"api/acme_api/__init__.py": NEWER})
    ran = pluginkit("diff")
    assert "acme-api 1.0.0: asks for 2.0.0 (major); it is still 1.0.0" in ran.out
    assert CLOSE in ran.out
    assert ran.status == 0


def test_one_side_alone_is_compared_with_the_working_tree(locked: Path, pluginkit) -> None:
    write(locked, {"api/acme_api/__init__.py": NEWER})
    edit(locked / "api/pyproject.toml", '"1.0.0"', '"2.0.0"')
    for old in ("git:main", "git:HEAD:.", "pluginkit.lock"):
        ran = pluginkit("diff", old)
        assert "acme-api 1.0.0 -> 2.0.0: asks for 2.0.0 (major); 2.0.0 is enough" in ran.out, ran.err
    ran = pluginkit("diff", "git:HEAD", cwd=locked / "plugins")
    assert CLOSE in ran.out


def test_plugins_without_a_place_are_those_of_the_old_side(locked: Path, pluginkit) -> None:
    plugin = "plugins/filter/acme_filter/__init__.py"
    write(locked, {plugin: "from acme_api import Request\n"})
    committed(locked)
    write(
        locked, {"api/acme_api/__init__.py": NEWER, plugin: "from acme_api import Plugin\n\n\nclass New(Plugin): ...\n"}
    )
    working = compared(pluginkit("diff", "--plugins", "--output-format", "json"))
    assert [(one["name"], one["status"]) for one in working["plugins"]] == [("acme-filter", "breaks")]
    before = compared(pluginkit("diff", "git:HEAD", "--plugins", "--output-format", "json"))
    assert [(one["name"], one["status"]) for one in before["plugins"]] == [("acme-filter", "unaffected")]
    (place, *_) = working["plugins"][0]["breaks"][0]["places"]
    assert place == {"file": "plugins/filter/acme_filter/__init__.py", "line": 4}


def test_an_api_that_a_workspace_no_longer_has_was_removed(locked: Path, pluginkit) -> None:
    edit(locked / "pluginkit.toml", 'api = "api"', 'api = "other"')
    write(locked, beneath("other", project("acme-other", "def f(): ...\n")))
    write(locked, beneath("more", project("acme-more", "def f(): ...\n")))
    edit(locked / "pluginkit.toml", 'api = "other"', 'api = ["other", "more"]')
    value = compared(pluginkit("diff", "--output-format", "json"))
    assert {one["name"]: one["kind"] for one in value["apis"]} == {
        "acme-api": "removed",
        "acme-other": "added",
        "acme-more": "added",
    }
    assert value["step"] == "major"


# Plugins


PLACES: dict[str, Callable[[Path], object]] = {
    "module": lambda path: write(path, {"lone.py": LONE}) / "lone.py",
    "package": lambda path: write(path, {"lone/__init__.py": "", "lone/inner.py": LONE}) / "lone",
    "project": lambda path: write(path, project("lone", LONE)),
    "directory of projects": lambda path: write(
        path, {f"lone/{name}": text for name, text in project("lone", LONE).items()}
    ),
    "plain directory": lambda path: write(path, {"scripts/lone.py": LONE}),
    "wheel": lambda path: plugin_wheel(write(path, {}), LONE),
    "directory of wheels": lambda path: plugin_wheel(path, LONE).parent,
}


@pytest.mark.parametrize("form", PLACES)
def test_a_plugin_breaks_wherever_it_lies(form: str, tmp_path: Path, pluginkit) -> None:
    (tmp_path / "plugin").mkdir()
    old, new = package(tmp_path / "old", API), package(tmp_path / "new", NEWER)
    ran = pluginkit("diff", old, new, "--output-format", "json", "--plugins", PLACES[form](tmp_path / "plugin"))
    assert ran.status == 1, ran.err
    (plugin,) = compared(ran)["plugins"]
    assert plugin["status"] == "breaks"
    (found,) = plugin["breaks"]
    assert found["change"]["summary"] == CLOSE
    assert [place["line"] for place in found["places"]] == [4]


def test_a_plugin_that_does_not_use_what_broke_is_not_affected(tmp_path: Path, pluginkit) -> None:
    old, new = package(tmp_path / "old", API), package(tmp_path / "new", NEWER)
    plugin = write(tmp_path, {"p.py": "import acme_api\n\nprint(acme_api.Request)\n"}) / "p.py"
    ran = pluginkit("diff", old, new, "--plugins", plugin)
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "1 plugin: none breaks")


def test_a_plugin_that_was_built_against_another_version_is_noted(tmp_path: Path, pluginkit) -> None:
    old, new = api_wheel(tmp_path / "old", API, "1.2.0"), api_wheel(tmp_path / "new", NEWER, "2.0.0")
    (tmp_path / "plugin").mkdir()
    ran = pluginkit("diff", old, new, "--plugins", plugin_wheel(tmp_path / "plugin", LONE))
    assert "it was built against acme-api 1.0.0, and 1.2.0 is compared here" in ran.out


# Exit status


@pytest.mark.parametrize(
    ("code", "fail_on", "status"),
    [
        (NEWER, (), 0),
        (NEWER, ("--fail-on", "breaking"), 1),
        (API + "\n\ndef more() -> int: ...\n", ("--fail-on", "breaking"), 0),
        (API + "\n\ndef more() -> int: ...\n", ("--fail-on", "minor"), 1),
        (API + "# more\n", ("--fail-on", "minor"), 0),
        (API, ("--fail-on", "minor"), 0),
    ],
)
def test_the_exit_status_is_what_was_asked_for(
    code: str, fail_on: tuple[str, ...], status: int, tmp_path: Path, pluginkit
) -> None:
    old, new = package(tmp_path / "old", API), package(tmp_path / "new", code)
    assert pluginkit("diff", old, new, *fail_on).status == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "OLD is not named, and this is not a pluginkit workspace"),
        (("nowhere", "nowhere"), "'nowhere': no such file or directory"),
        (("empty", "old"), "empty: no API in it"),
        (("git:nothing:old", "old"), "git:nothing: "),
        (("git:HEAD:nothing", "old"), "the revision has no nothing"),
        (("git:--output=x:old", "old"), "git:--output=x: "),
        (("old", "old", "--plugins", "empty"), "empty: no plugin in it"),
        (("broken", "old"), "line 1"),
        (("git:HEAD:broken", "old"), "line 1"),
        (("git:HEAD:README.md", "old"), "git:HEAD:README.md: not a kind of artifact"),
        (("git:HEAD:workspace", "old"), "git:HEAD:workspace/pluginkit.toml: unknown key 'what'"),
    ],
)
def test_what_cannot_be_compared_is_said(arguments: tuple[str, ...], said: str, tmp_path: Path, pluginkit) -> None:
    write(
        tmp_path,
        {
            "README.md": "",
            "empty/README": "",
            "workspace/pluginkit.toml": 'api = "x"\nwhat = 1\n',
            "old/acme_api/__init__.py": API,
            "broken/acme_api/__init__.py": "def\n",
        },
    )
    committed(tmp_path)
    ran = pluginkit("diff", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


# Releases of an index


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with two versions of the API."""
    place = tmp_path / "index"
    api_wheel(place, API, "1.0.0")
    api_wheel(place, NEWER, "2.0.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(place))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return place


def test_two_releases_of_an_index_are_compared(index: Path, pluginkit) -> None:
    ran = pluginkit("diff", "acme-api==1.0.0", "acme_api==2.0.0")
    assert "acme-api 1.0.0 -> 2.0.0: asks for 2.0.0 (major); 2.0.0 is enough" in ran.out, ran.err


def test_an_environment_is_asked_for_the_api_of_the_other_side(index: Path, tmp_path: Path, pluginkit) -> None:
    environment = installed(tmp_path / "env", NEWER, "2.0.0")
    for sides in (("acme-api==1.0.0", environment), (environment, "acme-api==1.0.0")):
        ran = pluginkit("diff", *sides)
        assert "acme-api" in ran.out, ran.err
        assert "close(self) -> None" in ran.out


def test_a_release_that_the_lock_pins_must_have_its_hash(index: Path, tmp_path: Path, pluginkit) -> None:
    lock = (
        'schema = 2\nlanguage = "python"\n[[package]]\nname = "acme-api"\nversion = "1.0.0"\nhashes = ["sha256:HASH"]\n'
    )
    wheel_hash = hashlib.sha256((index / "acme_api-1.0.0-py3-none-any.whl").read_bytes()).hexdigest()
    write(tmp_path, {"pluginkit.toml": 'language = "python"\napi = "acme-api"\n'})
    for digest, status in ((wheel_hash, 0), ("0" * 64, 2)):
        write(tmp_path, {"pluginkit.lock": lock.replace("HASH", digest)})
        ran = pluginkit("diff", "acme-api==1.0.0", "acme-api==2.0.0")
        assert ran.status == status, ran.err
    assert "no wheel of acme-api 1.0.0 can be had" in ran.err
