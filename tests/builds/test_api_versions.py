"""A Python host that serves the plugins of two versions of its API, and then those of the new one alone."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hosts import API, GOOD, HostPlace
from monorepo import edit, project, write
from uv import find_uv_bin

from pluginkit.core.errors import PluginkitError
from pluginkit.core.stamp import Stamp
from pluginkit.operations.verify import verify
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts

OLD_API, NEW_API = ("acme-api", "1.4.0"), ("acme-api2", "2.1.0")
NEW = """\
from acme_api2 import Plugin


class Make:
    name = "{name}"

    def handle(self, body):
        return b"{name} of 2:" + body
"""
BOTH = NEW.replace("from acme_api2", "import acme_api\nfrom acme_api2")
CONFIG = """\
api = ["api", "api2"]
hosts = ["host"]
plugins = ["plugins/*"]
group = "acme.plugins"

[contract]
factory = "New"

[contract."acme-api2"]
group = "acme.plugins2"
factory = "Make"
capabilities = { known = ["batch"], required = ["batch"] }
"""
START = """\
import json, logging, sys
from acme_api2 import Plugin
{imports}
from pluginkit.runtime import load_plugins

report = load_plugins({arguments})
loaded = {{one.name: [one.plugin.handle(b"x").decode(), one.judged_by, one.api.__module__] for one in report.loaded}}
print(json.dumps({{"loaded": loaded, "report": json.loads(report.to_json())}}))
"""
HOST = '"""The host."""\n'


def plugin(name: str, code: str, requires: str, *, new: bool) -> dict[str, str]:
    group, factory = ("acme.plugins2", "Make") if new else ("acme.plugins", "New")
    entry = f'\n[project.entry-points."{group}"]\n{name} = "acme_{name}:{factory}"\n'
    more = '\n[tool.pluginkit]\ncapabilities = ["batch"]\n' if new else ""
    return project(f"acme-{name}", code.format(name=name), requires=requires, entry_points=entry, more=more)


def two_versions(root: Path) -> Path:
    members = {
        "api": project(OLD_API[0], API, version=OLD_API[1]),
        "api2": project(NEW_API[0], API, version=NEW_API[1]),
        "host": project("acme-host", HOST, requires='"acme-api", "acme-api2"'),
        "plugins/old": plugin("old", GOOD, '"acme-api"', new=False),
        "plugins/new": plugin("new", NEW, '"acme-api2"', new=True),
        "plugins/both": plugin("both", BOTH, '"acme-api", "acme-api2"', new=True),
    }
    for path, files in members.items():
        write(root / path, files)
    return write(root, {"pluginkit.toml": CONFIG})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pluginkit.cli import main

    root = two_versions(tmp_path_factory.mktemp("two"))
    assert main(["lock", str(root)]) == 0
    assert main(["build", "--locked", str(root)]) == 0
    return root / "dist"


def wheel(built: Path, name: str, version: str = "1.0.0") -> Path:
    return built / f"acme_{name}-{version}-py3-none-any.whl"


def stamp_of(path: Path) -> Stamp:
    (found,) = read_artifacts(path)
    assert found.stamp
    return found.stamp


def place(root: Path, built: Path, *, served: tuple[tuple[str, str], ...] = (OLD_API, NEW_API)) -> HostPlace:
    found = HostPlace(root)
    found.plugins.mkdir(parents=True)
    for name, version in served:
        found.install(wheel(built, name.removeprefix("acme-"), version))
    found.install(wheel(built, "host"))
    return found


def loaded(
    host: HostPlace, arguments: str, imports: str = "from acme_api import Plugin as OldPlugin"
) -> dict[str, dict]:
    done = host.run(START.format(imports=imports, arguments=arguments))
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_plugin_has_the_contract_of_the_api_that_it_requires(built: Path) -> None:
    contracts = {name: stamp_of(wheel(built, name)).contract for name in ("old", "new", "both")}
    assert {name: (one.api, one.group, one.factory, one.required) for name, one in contracts.items()} == {
        "old": ("acme-api", "acme.plugins", "New", ()),
        "new": ("acme-api2", "acme.plugins2", "Make", ("batch",)),
        "both": ("acme-api2", "acme.plugins2", "Make", ("batch",)),  # the newest that it requires
    }
    assert not any(one.apis for one in contracts.values())
    host = stamp_of(wheel(built, "host")).contract
    assert (host.api, [one.api for one in host.apis]) == ("", ["acme-api2"])


def test_verify_says_by_which_api_a_plugin_is_judged(built: Path, pluginkit) -> None:
    ran = pluginkit("verify", built)
    assert ran.status == 0, ran.out + ran.err
    assert f"{wheel(built, 'old')}: judged by acme-api 1.4.0\n" in ran.out
    assert f"{wheel(built, 'new')}: judged by acme-api2 2.1.0\n" in ran.out
    (verdict,) = json.loads(pluginkit("verify", "--output-format", "json", built).out)["verdicts"]
    assert verdict["judged_by"][str(wheel(built, "both"))] == "acme-api2 2.1.0"
    assert str(wheel(built, "host")) not in verdict["judged_by"]


LOADED = {
    "both": ["both of 2:x", "acme-api2 2.1.0", "acme_api2"],
    "new": ["new of 2:x", "acme-api2 2.1.0", "acme_api2"],
    "old": ["old:x", "acme-api 1.4.0", "acme_api"],
}


@pytest.mark.parametrize("arguments", ["'plugins', ", "", "probe=True, "])
def test_one_call_loads_the_plugins_of_both(tmp_path: Path, built: Path, arguments: str) -> None:
    host = place(tmp_path, built)
    for name in ("old", "new", "both"):
        shutil.copy(wheel(built, name), host.plugins) if "plugins" in arguments else host.install(wheel(built, name))
    code = GOOD.format(name="old")
    assert "init" in code
    for _ in range(2):  # the second start believes the first
        found = loaded(host, f"{arguments}api=(OldPlugin, Plugin), host=type('Host', (), {{'limit': 7}})")
        assert found["loaded"] == LOADED, found["report"]
    assert [one["judged_by"] for one in found["report"]["plugins"]] == ["acme-api2 2.1.0"] * 2 + ["acme-api 1.4.0"]


def test_plugins_in_development_are_loaded_by_what_they_require(tmp_path: Path) -> None:
    host = HostPlace(tmp_path)
    workspace = two_versions(tmp_path / "workspace")
    names = ("api", "api2", "host", "plugins/old", "plugins/new", "plugins/both")
    editable = [part for name in names for part in ("-e", str(workspace / name))]
    subprocess.run([find_uv_bin(), "pip", "install", "-q", "--no-deps", "--target", host.site, *editable], check=True)
    done = host.run(
        "import site; site.addsitedir('site')\n"
        + START.format(
            imports="from acme_api import Plugin as OldPlugin",
            arguments="api=(OldPlugin, Plugin), host=type('Host', (), {'limit': 7})",
        )
    )
    assert json.loads(done.stdout.splitlines()[-1])["loaded"] == LOADED, done.stderr


def test_versions_may_differ_in_nothing(tmp_path: Path) -> None:
    from pluginkit.cli import main

    root = two_versions(tmp_path)
    text = (root / "pluginkit.toml").read_text()
    (root / "pluginkit.toml").write_text(
        text.partition("[contract.")[0] + '[contract."acme-api"]\n[contract.acme-api2]\n'
    )
    for name in ("new", "both"):
        edit(root / f"plugins/{name}/pyproject.toml", "acme.plugins2", "acme.plugins")
        edit(root / f"plugins/{name}/pyproject.toml", ":Make", "")
        edit(root / f"plugins/{name}/acme_{name}/__init__.py", "class Make", "class New")
    assert main(["build", str(root)]) == 0
    (verdict,) = verify([root / "dist"])
    found = {Path(subject).name.partition("-")[0]: api for subject, api in verdict.judged_by.items()}
    assert found == {"acme_both": "acme-api2 2.1.0", "acme_new": "acme-api2 2.1.0", "acme_old": "acme-api 1.4.0"}


def test_a_host_must_give_a_class_of_each_version_with_its_own_contract(tmp_path: Path, built: Path) -> None:
    done = place(tmp_path, built).run(
        "from acme_api import Plugin\nfrom pluginkit.runtime import load_plugins\nload_plugins(api=Plugin)"
    )
    assert "acme-host 1.0.0 serves plugins for acme-api2 2.1.0, and `api` has no class of it" in done.stderr


def test_a_version_that_is_dropped_is_refused_and_those_served_are_named(
    tmp_path: Path, built: Path, pluginkit
) -> None:
    root = two_versions(tmp_path / "later")
    for path in ("api", "plugins/old", "plugins/both"):
        shutil.rmtree(root / path)
    edit(root / "pluginkit.toml", '["api", "api2"]', '["api2"]')
    edit(root / "host/pyproject.toml", '"acme-api", ', "")
    assert pluginkit("build", root).status == 0
    (verdict,) = verify([wheel(built, "old"), wheel(built, "new")], [root / "dist"])
    (refused,) = [one for one in verdict.findings if one.severity == "error"]
    assert (refused.code, refused.facts["found"], refused.facts["expected"]) == (
        "PK301", "acme-api 1.4.0", "acme-api2 2.1.0",
    )  # fmt: skip
    assert "rebuild it against acme-api2 2.1.0" in refused.hint
    host = place(tmp_path / "host", root / "dist", served=(NEW_API,))
    for name in ("old", "new"):
        shutil.copy(wheel(built, name), host.plugins)
    found = loaded(host, "'plugins', api=Plugin", imports="")
    assert {name: one[0] for name, one in found["loaded"].items()} == {"new": "new of 2:x"}
    (old,) = [one for one in found["report"]["plugins"] if one["status"] == "refused"]
    errors = [one for one in old["findings"] if one["severity"] == "error"]
    assert ([one["code"] for one in errors], errors[0]["expected"]) == (["PK301"], "acme-api2 2.1.0")


def test_an_api_behind_another_is_not_what_a_plugin_is_for(tmp_path: Path) -> None:
    """The old API may be made of the new one; its plugins are judged by the old one all the same."""
    from pluginkit.cli import main

    root = two_versions(tmp_path)
    edit(root / "api/pyproject.toml", "dependencies = []", 'dependencies = ["acme-api2"]')
    assert main(["build", str(root)]) == 0
    stamp = stamp_of(wheel(root / "dist", "old"))
    assert (stamp.contract.api, len(stamp.apis)) == ("acme-api", 2)
    (verdict,) = verify([root / "dist"])
    assert verdict.accepted
    assert verdict.judged_by[str(wheel(root / "dist", "old"))] == "acme-api 1.4.0"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('"acme-api3"', r"no API is named 'acme-api3' \(did you mean 'acme-api'\?\)"),
        ("symbol", r"no API is named 'symbol' \(did you mean 'symbols'\?\)"),
    ],
)
def test_a_contract_for_an_unknown_api_is_refused(tmp_path: Path, table: str, message: str) -> None:
    root = two_versions(tmp_path)
    edit(root / "pluginkit.toml", '[contract."acme-api2"]', f"[contract.{table}]")
    with pytest.raises(PluginkitError, match=message) as raised:
        discover(root)
    assert "acme-api, acme-api2" in raised.value.hint
