"""`lock` refuses a version that is too small a step, and `bump` writes the one that is not; in real workspaces."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from monorepo import PLUGIN, edit, monorepo, project, write
from processes import Ran

from pluginkit.operations.lock import lock

Run = Callable[..., Ran]
HELPER = "def helper(x: int) -> int:\n    return x\n\n\nclass Plugin"
USER = PLUGIN.replace("import Request", "import Request, helper")
HOST = """\
class Host(Protocol):
    def log(self, text: str) -> None: ...


class NeedsHost(Protocol):
    def init(self, host: Host) -> None: ...


class Plugin"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose API, version 1.1.1, has a function that one plugin of two uses, and whose lock is written."""
    root = monorepo(tmp_path_factory.mktemp("original"), plugins={"filter": PLUGIN, "user": USER})
    edit(root / "api/acme_api/__init__.py", "class Plugin", HOST)
    edit(root / "api/acme_api/__init__.py", "class Plugin", HELPER)
    edit(root / "api/acme_api/__init__.py", "\n\n\n@data", '\n\nAPI_VERSION = "1.1.1"\n\n\n@data')
    edit(root / "api/pyproject.toml", 'version = "1.0.0"', 'version = "1.1.1"')
    lock(root)
    return root


@pytest.fixture
def locked(tmp_path: Path, original: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(original, tmp_path, symlinks=True, dirs_exist_ok=True)


def change(root: Path, old: str, new: str) -> None:
    edit(root / "api/acme_api/__init__.py", old, new)


def state(root: Path, version: str) -> None:
    """Write the version of the API by hand, in both places."""
    for name in ("api/pyproject.toml", "api/acme_api/__init__.py"):
        text = (root / name).read_text()
        (root / name).write_text(
            re.sub(r'^(version|API_VERSION) = ".*"', rf'\1 = "{version}"', text, flags=re.MULTILINE)
        )


def follow(pluginkit: Run, ran: Ran, **place: Path) -> Ran:
    """Type the first command of the hint."""
    (command,) = re.findall(r"^hint: `(pluginkit bump[^`]*)`", ran.err, re.MULTILINE)
    return pluginkit(*shlex.split(command)[1:], **place)


DELETE = (HELPER, "class Plugin")
ADD = ("class Plugin", "def more() -> None: ...\n\n\nclass Plugin")
METHOD = ("-> bytes: ...", "-> bytes: ...\n    def close(self) -> None: ...")
OPTIONAL = ("self, text: str", "self, text: str, level: int = 0")
BODY = ("return x", "return x + 0")
STEPS = [
    # what changed, the version given, the version that is right, and the plugins that it concerns
    ("a function is deleted", DELETE, "1.1.2", "2.0.0", "acme-user"),
    ("a function is deleted", DELETE, "1.2.0", "2.0.0", "acme-user"),
    ("a function is added", ADD, "1.1.2", "1.2.0", ""),
    ("a method is added to what plugins implement", METHOD, "1.2.0", "2.0.0", "acme-filter, acme-user"),
    ("an optional parameter is added to what the host implements", OPTIONAL, "1.1.2", "1.2.0", ""),
]


@pytest.mark.parametrize(
    ("edits", "given", "right", "plugins"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS]
)
def test_too_small_a_step_is_refused_with_the_right_one(locked, pluginkit, edits, given, right, plugins) -> None:
    before = (locked / "pluginkit.lock").read_bytes()
    change(locked, *edits)
    state(locked, given)
    ran = pluginkit("lock")
    assert ran.status == 2
    assert f"acme-api: the step from 1.1.1 to {given} is too small, its changes ask for a " in ran.err
    assert f" one, to {right}\n" in ran.err
    assert re.findall(r"^this concerns (.*)$", ran.err, re.MULTILINE) == ([plugins] if plugins else [])
    assert (locked / "pluginkit.lock").read_bytes() == before
    assert pluginkit("build").status == 2
    assert follow(pluginkit, ran).status == 0
    assert (f'version = "{right}"' in (locked / "api/pyproject.toml").read_text()) is True
    assert pluginkit("lock").status == 0


ENOUGH = [
    ("a deletion as a major version", DELETE, "2.0.0"),
    ("a deletion in a pre-release of one", DELETE, "2.0.0a1"),
    ("an addition", ADD, "1.2.0"),
    ("more than is needed", ADD, "2.0.0"),
    ("an optional parameter of what the host implements", OPTIONAL, "1.2.0"),
    ("the implementation", BODY, "1.1.2"),
    ("a new version of the same", ("return x", "return x"), "1.1.2"),
]


@pytest.mark.parametrize(("edits", "given"), [row[1:] for row in ENOUGH], ids=[row[0] for row in ENOUGH])
def test_a_step_that_is_large_enough_is_locked(locked, pluginkit, edits, given) -> None:
    change(locked, *edits)
    state(locked, given)
    ran = pluginkit("lock")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize(("edits", "right"), [(DELETE, "2.0.0"), (ADD, "1.2.0"), (BODY, "1.1.2")])
def test_bump_without_a_step_takes_the_smallest_that_is_enough(locked, pluginkit, edits, right) -> None:
    change(locked, *edits)
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "acme-api 1.1.1 changed, its version did not" in ran.err
    assert ran.err.endswith(f" gives it {right}; while you work on it, `pluginkit lock --allow-same-version`\n")
    ran = pluginkit("bump")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"api/pyproject.toml:7: 1.1.1 -> {right}",
        f"api/acme_api/__init__.py:6: 1.1.1 -> {right}",
        "next: `pluginkit lock`",
    ]
    assert pluginkit("bump").out == f"acme-api {right} is enough for what changed since the lock\n"
    assert pluginkit("lock").status == 0


def test_work_in_progress_may_keep_a_version_that_is_too_small(locked, pluginkit) -> None:
    change(locked, *DELETE)
    state(locked, "1.1.2")
    assert pluginkit("lock", "--allow-same-version").status == 0


def test_a_version_that_goes_back_is_refused(locked, pluginkit) -> None:
    state(locked, "1.1.0")
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "acme-api 1.1.0 is not newer than 1.1.1, which is locked" in ran.err
    assert follow(pluginkit, ran).status == 0
    assert pluginkit("lock").status == 0


def test_before_1_a_break_asks_for_the_next_minor_version(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "api/acme_api/__init__.py", "class Plugin", HELPER)
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = "api"\nversioning = "semver"')
    for path in tmp_path.rglob("pyproject.toml"):
        edit(path, *(("1.0.0", "0.1.0") if "api/" in path.as_posix() else ("acme-api>=1", "acme-api>=0.1")))
    assert pluginkit("lock").status == 0
    change(tmp_path, *DELETE)
    state(tmp_path, "0.1.1")
    ran = pluginkit("lock")
    assert "the step from 0.1.0 to 0.1.1 is too small, its changes ask for a minor one, to 0.2.0" in ran.err
    assert "hint: `pluginkit bump minor` gives it 0.2.0" in ran.err


def test_a_long_list_of_changes_is_cut_and_counted(locked, pluginkit) -> None:
    change(locked, "class Plugin", "".join(f"def more{at}() -> None: ...\n" for at in range(30)) + "class Plugin")
    state(locked, "1.1.2")
    err = pluginkit("lock").err
    assert len(re.findall(r"^  module acme_api: added more", err, re.MULTILINE)) == 10
    assert "\n  and 20 more\n" in err


def test_other_schemes_ask_for_no_size(locked, pluginkit) -> None:
    edit(locked / "pluginkit.toml", "api = ", 'versioning = "none"\napi = ')
    change(locked, *DELETE)
    state(locked, "1.1.0")
    assert pluginkit("lock").status == 0
    assert pluginkit("bump").err == (
        'error: with versioning = "none" changes ask for no step\nhint: name it: `pluginkit bump patch`\n'
    )
    edit(locked / "pluginkit.toml", '"none"', '"pep440-calver"')
    change(locked, *ADD)
    state(locked, "2026.4")
    assert pluginkit("lock").status == 0
    change(locked, "more()", "less()")
    assert "leave out 'minor': `pluginkit bump`" in pluginkit("bump", "minor").err
    ran = pluginkit("lock")
    assert follow(pluginkit, ran).status == 0
    assert pluginkit("lock").status == 0


def test_an_unknown_scheme_is_named(locked, pluginkit) -> None:
    edit(locked / "pluginkit.toml", "api = ", 'versioning = "calver"\napi = ')
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "unknown versioning 'calver' (did you mean 'pep440-calver'?)" in ran.err


@pytest.mark.parametrize("command", [("lock",), ("bump", "minor"), ("bump",), ("build",)], ids=" ".join)
def test_two_versions_of_one_api_are_named_with_their_places(locked, pluginkit, command) -> None:
    change(locked, 'API_VERSION = "1.1.1"', 'API_VERSION = "1.0"')
    change(locked, *ADD)
    manifest = (locked / "api/pyproject.toml").read_bytes()
    ran = pluginkit(*command)
    assert ran.status == 2
    assert (
        "acme-api has two versions: api/pyproject.toml:7 has 1.1.1, api/acme_api/__init__.py:6 has 1.0\n"
        "hint: write 1.1.1 in api/acme_api/__init__.py:6 too"
    ) in ran.err
    assert (locked / "api/pyproject.toml").read_bytes() == manifest


@pytest.mark.parametrize(("stated", "after"), [("v1", "v2"), ("1.1", "2.0"), ("v1.1.1", "v2.0.0")])
def test_a_constant_may_state_the_first_parts_only(locked, pluginkit, stated, after) -> None:
    change(locked, 'API_VERSION = "1.1.1"', f'API_VERSION = "{stated}"')
    state_before = (locked / "api/acme_api/__init__.py").read_text()
    assert pluginkit("bump", "major").status == 0
    assert (locked / "api/acme_api/__init__.py").read_text() == state_before.replace(stated, after)
    assert pluginkit("lock").status == 0


def test_where_nothing_is_counted_a_constant_may_mean_something_else(locked, pluginkit) -> None:
    edit(locked / "pluginkit.toml", "api = ", 'versioning = "none"\napi = ')
    change(locked, 'API_VERSION = "1.1.1"', 'API_VERSION = "7"')
    ran = pluginkit("bump", "minor")
    assert ran.out == "api/pyproject.toml:7: 1.1.1 -> 1.2.0\nnext: `pluginkit lock`\n"
    assert pluginkit("lock").status == 0


def test_bump_keeps_comments_and_layout(locked, pluginkit) -> None:
    manifest = locked / "api/pyproject.toml"
    edit(manifest, 'version = "1.1.1"', "# the version\nversion   =   '1.1.1'   # of the API")
    before = manifest.read_text()
    assert pluginkit("bump", "major").status == 0
    assert manifest.read_text() == before.replace("'1.1.1'", "'2.0.0'")


def test_a_disk_that_fails_leaves_every_file_as_it_was(locked, pluginkit, monkeypatch) -> None:
    from pluginkit.operations import bump as operation

    def fails(path: Path, data: bytes) -> None:
        if path.suffix == ".py" and b"1.2.0" in data:
            raise OSError(28, "No space left on device", str(path))
        path.write_bytes(data)

    before = {path: path.read_bytes() for path in (locked / "api").rglob("*.*")}
    monkeypatch.setattr(operation, "write_atomic", fails)
    ran = pluginkit("bump", "minor")
    assert (ran.status, "No space left on device" in ran.err) == (2, True)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["hatchling", "setuptools", "flit"])
def test_a_dynamic_version_is_written_where_it_is_read_from(tmp_path, pluginkit, backend) -> None:
    tables = {
        "hatchling": '\n[tool.hatch.version]\npath = "acme_api/__init__.py"\n',
        "setuptools": '\n[tool.setuptools.dynamic]\nversion = { attr = "acme_api.__version__" }\n',
        "flit": "",
    }
    monorepo(tmp_path)
    files = project("acme-api", '"""The API."""\n\n__version__ = "1.0.0"\n', backend=backend, more=tables[backend])
    files["pyproject.toml"] = files["pyproject.toml"].replace('version = "1.0.0"', 'dynamic = ["version"]')
    write(tmp_path / "api", files)
    write(tmp_path / "plugins/filter", {"acme_filter/__init__.py": "class New: ...\n"})
    ran = pluginkit("lock")
    assert ran.status == 0, ran.err
    edit(tmp_path / "api/acme_api/__init__.py", "__version__", "def more() -> None: ...\n\n\n__version__")
    ran = pluginkit("bump")
    assert ran.out == "api/acme_api/__init__.py:6: 1.0.0 -> 1.1.0\nnext: `pluginkit lock`\n", ran.err
    ran = pluginkit("lock")
    assert "acme-api 1.1.0" in ran.out, ran.err


def test_a_version_that_the_build_computes_is_not_written(locked, pluginkit) -> None:
    edit(locked / "api/pyproject.toml", 'version = "1.1.1"', 'dynamic = ["version"]')
    with (locked / "api/pyproject.toml").open("a") as file:
        file.write('\n[tool.hatch.version]\nsource = "env"\nvariable = "ACME_VERSION"\n')
    ran = pluginkit("bump", "minor")
    assert ran.status == 2
    assert "api: no file states the version of acme-api" in ran.err
    assert "hint: its build computes it" in ran.err


SEVERAL = [
    (("bump", "minor"), 2, "there are several APIs: acme-api, acme-common"),
    (("bump", "minor", "acme-comon"), 2, "did you mean 'acme-common'?"),
    (("bump", "minor", "acme-common"), 0, "libs/common/pyproject.toml:7: 1.0.0 -> 1.1.0"),
    (("bump", "acme-common", "minor"), 0, "libs/common/pyproject.toml:7: 1.0.0 -> 1.1.0"),
    (("bump", "minor", "libs/common"), 0, "libs/common/pyproject.toml:7: 1.0.0 -> 1.1.0"),
    (("bump", "minor", "major"), 2, "at most one step, one API and one directory"),
    (("bump", "minor", "acme-api", "acme-common"), 2, "at most one step, one API and one directory"),
    (("bump",), 0, "changed since the lock\nlibs/common/pyproject.toml:7: 1.0.0 -> 1.0.1\nnext: `pluginkit lock`\n"),
]


def test_of_several_apis_one_is_named(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "a workspace")
    write(root / "libs/common", project("acme-common", "X = 1\n"))
    edit(root / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
    assert pluginkit("lock", cwd=root).status == 0
    edit(root / "libs/common/acme_common/__init__.py", "X = 1", "X = 2")
    before = (root / "libs/common/pyproject.toml").read_bytes()
    for arguments, status, said in SEVERAL:
        ran = pluginkit(*arguments, cwd=root)
        assert (ran.status, said in ran.out + ran.err) == (status, True), ran
        (root / "libs/common/pyproject.toml").write_bytes(before)
    refused = pluginkit("lock", root, cwd=tmp_path)
    assert "hint: `pluginkit bump patch acme-common 'a workspace'` gives it 1.0.1" in refused.err
    assert follow(pluginkit, refused, cwd=tmp_path).status == 0
    assert pluginkit("lock", root, cwd=tmp_path).status == 0


def test_without_a_lock_the_step_has_to_be_named(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    ran = pluginkit("bump")
    assert (ran.status, "hint: name the step, as in `pluginkit bump minor`" in ran.err) == (2, True)
    assert pluginkit("bump", "minor").status == 0
    assert pluginkit("lock").status == 0


def test_what_a_compiled_module_hides_is_unknown(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    (tmp_path / "api/acme_api/__init__.py").unlink()
    with (tmp_path / "api/pyproject.toml").open("a") as file:
        file.write('\n[tool.hatch.build.targets.wheel]\npackages = ["acme_api"]\n')
    write(tmp_path / "api", {"acme_api/__init__.abi3.so": "one"})
    assert pluginkit("lock").status == 0
    write(tmp_path / "api", {"acme_api/__init__.abi3.so": "other"})
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "\nchanges of its surface:\n  module acme_api: compiled code cannot be read\n" in ran.err
    assert follow(pluginkit, ran).status == 0
    assert pluginkit("lock").status == 0
