"""The lock: what it seals, and how it tells that it is stale."""

import re
import shutil
from pathlib import Path

import pytest
from monorepo import edit, monorepo, project, write

from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import parse_lock, to_bytes
from pluginkit.core.release import read_release
from pluginkit.stages.verify import read_artifacts


def test_lock_seals_api_pins_and_build_closure(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six>=1.16"')
    assert pluginkit("lock").status == 0
    text = (tmp_path / "pluginkit.lock").read_text()
    lock = parse_lock(text.encode(), "pluginkit.lock")
    (api,) = lock.apis
    assert (api.name, api.version, api.modules) == ("acme-api", "1.0.0", ("acme_api",))
    assert "def acme_api.Plugin.handle(self, request: Request) -> bytes" in api.surface
    assert [package.name for package in lock.packages] == ["six"]
    assert "hatchling" in {package.name for package in lock.environments[0].packages}
    assert not re.search(r"https?:|file:", text)
    assert to_bytes(lock) == text.encode()


def test_the_apis_digest_is_gos_dirhash_of_its_wheel(tmp_path, pluginkit) -> None:
    import hashlib

    monorepo(tmp_path)
    pluginkit("lock")
    lock = parse_lock((tmp_path / "pluginkit.lock").read_bytes(), "lock")
    source = (tmp_path / "api/acme_api/__init__.py").read_bytes()
    expected = content_digest("acme-api@1.0.0", [("acme_api/__init__.py", hashlib.sha256(source).hexdigest())])
    assert lock.api("acme-api").digest == expected


def test_locking_twice_changes_nothing(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    before = (tmp_path / "pluginkit.lock").read_bytes()
    assert pluginkit("lock").out.startswith("unchanged: pluginkit.lock")
    assert (tmp_path / "pluginkit.lock").read_bytes() == before


def test_a_relock_keeps_versions_until_upgrade(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    manifest = tmp_path / "plugins/filter/pyproject.toml"
    edit(manifest, '"acme-api>=1"', '"acme-api>=1", "six==1.16.0"')
    pluginkit("lock")
    edit(manifest, "six==1.16.0", "six>=1.16.0")
    pluginkit("lock")
    assert 'version = "1.16.0"' in (tmp_path / "pluginkit.lock").read_text()
    pluginkit("lock", "--upgrade")
    assert 'version = "1.16.0"' not in (tmp_path / "pluginkit.lock").read_text()


def test_a_conflict_names_both_members(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six<1.15"')
    edit(tmp_path / "host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six>1.15"')
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "acme-filter" in ran.err
    assert "acme-host" in ran.err
    assert not (tmp_path / "pluginkit.lock").exists()


def test_a_malformed_requirement_names_its_member(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "not valid ::"')
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "plugins/filter: 'not valid ::' is not a requirement (PEP 508)" in ran.err


@pytest.mark.parametrize("place", ["file:///tmp/api", "{root:uri}/../../api"])
def test_a_requirement_by_a_place_of_this_machine_is_refused(tmp_path, pluginkit, place) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', f'"acme-api @ {place}"')
    ran = pluginkit("lock")
    assert ran.status == 2
    assert f"plugins/filter: 'acme-api @ {place}' would put a place of this machine into the wheel" in ran.err
    assert "require acme-api by its name" in ran.err


def test_an_unknown_build_requirement_is_said_to_be_one(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '["hatchling"]', '["hatchling", "no-such-backend-xyz"]')
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "the build requirements hatchling, no-such-backend-xyz cannot be resolved" in ran.err


def test_other_bytes_under_one_version_are_refused_with_the_changed_lines(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    before = (tmp_path / "pluginkit.lock").read_bytes()
    edit(tmp_path / "api/acme_api/__init__.py", "    body: bytes\n", "    body: bytes\n    trace: str\n")
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "acme-api 1.0.0 changed, its version did not" in ran.err
    assert len(re.findall(r"h1:\S{44}", ran.err)) == 2
    assert "trace: str" in ran.err
    assert (tmp_path / "pluginkit.lock").read_bytes() == before
    assert pluginkit("lock", "--allow-same-version").status == 0


def test_a_bumped_version_is_locked(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    edit(tmp_path / "api/acme_api/__init__.py", "    body: bytes\n", "    body: bytes\n    trace: str\n")
    edit(tmp_path / "api/pyproject.toml", 'version = "1.0.0"', 'version = "2.0.0"')
    assert pluginkit("lock").status == 0


STALE = [
    ("api/acme_api/__init__.py", "body: bytes", "body: str", "the bytes of acme-api 1.0.0 changed"),
    ("host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six"', "host has other dependencies: + six"),
    ("host/pyproject.toml", ">=3.11", ">=3.12", "host requires Python >=3.12"),
    (
        "host/pyproject.toml",
        '["hatchling"]',
        '["hatchling>=1"]',
        "other build requirements: - hatchling, + hatch",
    ),
    ("pluginkit.toml", 'hosts = ["host"]', "hosts = []", "it has acme-host, which is not a member any more"),
    ("pluginkit.toml", 'api = "api"', 'api = "api"\nrelease = 2', "release is 2, sealed was none"),
    ("pluginkit.toml", 'api = "api"', 'api = "host"', "it seals the APIs acme-api, configured are acme-host"),
]


@pytest.mark.parametrize(("path", "old", "new", "reason"), STALE, ids=[row[3][:24] for row in STALE])
def test_check_tells_why_the_lock_is_stale(tmp_path, pluginkit, path, old, new, reason) -> None:
    monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    assert pluginkit("lock", "--check").status == 0
    edit(tmp_path / path, old, new)
    ran = pluginkit("lock", "--check")
    assert ran.status == 2
    assert reason in ran.err
    assert "hint: run `pluginkit lock`" in ran.err


def test_the_number_of_a_release_goes_from_the_configuration_into_all_that_is_made(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, more="release = 3")
    assert pluginkit("build").status == 0
    assert "release = 3\n" in (tmp_path / "pluginkit.lock").read_text()
    assert read_release(tmp_path / "dist").number == 3
    assert {one.stamp.release for one in read_artifacts(tmp_path / "dist")} == {3}
    edit(tmp_path / "pluginkit.toml", "release = 3", "release = 4")
    ran = pluginkit("build", "--locked")
    assert (ran.status, "release is 4, sealed was 3" in ran.err) == (2, True), ran.err
    assert pluginkit("build").status == 0
    assert read_release(tmp_path / "dist").number == 4
    edit(tmp_path / "pluginkit.toml", "release = 4", "release = 0")
    assert "the first release is 1" in pluginkit("build").err


def test_what_another_member_may_ask_for_as_an_extra_is_part_of_the_lock(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api[fast]>=1"')
    with (tmp_path / "api/pyproject.toml").open("a") as file:
        file.write('[project.optional-dependencies]\nfast = ["six>=1.16"]\ntest = ["nobody-asks"]\n')
    assert pluginkit("lock").status == 0
    text = (tmp_path / "pluginkit.lock").read_text()
    assert 'name = "six"' in text
    assert to_bytes(parse_lock(text.encode(), "pluginkit.lock")) == text.encode()
    edit(tmp_path / "api/pyproject.toml", "nobody-asks", "nobody-ever-asks")
    assert pluginkit("lock", "--check").status == 0
    edit(tmp_path / "api/pyproject.toml", '"six>=1.16"', '"six>=1.16", "attrs"')
    ran = pluginkit("build", "--locked")
    assert (ran.status, "api has another extra fast: + attrs" in ran.err) == (2, True), ran.err
    assert pluginkit("build").status == 0
    assert 'name = "attrs"' in (tmp_path / "pluginkit.lock").read_text()


@pytest.mark.slow
def test_specifiers_that_a_backend_computes_are_part_of_the_lock(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, backend="setuptools")
    plugin = tmp_path / "plugins/filter"
    edit(plugin / "pyproject.toml", 'dependencies = ["acme-api>=1"]', 'dynamic = ["dependencies"]')
    more = '\n[tool.setuptools.dynamic]\ndependencies = { file = "requirements.txt" }\n'
    write(plugin, {"requirements.txt": "acme-api>=1\nsix>=1.15\n"})
    with (plugin / "pyproject.toml").open("a") as file:
        file.write(more)
    assert pluginkit("build").status == 0
    edit(plugin / "requirements.txt", "six>=1.15", "six>=1.16")
    ran = pluginkit("build", "--locked")
    assert ran.status == 2
    assert "computes other dependencies: - six>=1.15, + six>=1.16" in ran.err
    assert pluginkit("build").status == 0
    assert '"six>=1.16"' in (tmp_path / "pluginkit.lock").read_text()


def test_build_locked_refuses_a_stale_lock_and_writes_nothing(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    assert pluginkit("build", "--locked").status == 2
    assert not (tmp_path / "pluginkit.lock").exists()
    pluginkit("lock")
    before = (tmp_path / "pluginkit.lock").read_bytes()
    edit(tmp_path / "api/acme_api/__init__.py", "body: bytes", "body: str")
    ran = pluginkit("build", "--locked")
    assert ran.status == 2
    assert "not those the lock sealed" in ran.err
    assert (tmp_path / "pluginkit.lock").read_bytes() == before
    assert not (tmp_path / "dist").exists()


DAMAGE = [
    ("unknown schema", "schema = 1", "schema = 99", "lock schema 99"),
    ("unknown key", "schema = 1", "schema = 1\nfoo = 1", "unknown key 'foo'"),
    ("short digest", 'digest = "h1:', 'digest = "h1:x', "not of the form h1:"),
    ("weak hash", '"sha256:', '"md5:', "is not of the form sha256:"),
    ("no name", 'name = "acme-api"\n', "", "'name' is missing"),
    ("merge markers", "schema = 1", "<<<<<<< a\nschema = 1\n>>>>>>> b", "merge conflict markers"),
]


@pytest.mark.parametrize(("old", "new", "message"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_a_damaged_lock_is_refused(old, new, message) -> None:
    good = (Path(__file__).parents[1] / "support/data/good.lock").read_text()
    parse_lock(good.encode(), "pluginkit.lock")
    assert old in good
    with pytest.raises(PluginkitError) as refused:
        parse_lock(good.replace(old, new).encode(), "pluginkit.lock")
    assert message in refused.value.message


def test_a_changed_digest_nibble_is_found_at_build(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    path = tmp_path / "pluginkit.lock"
    digest = re.search(r"h1:(\S)", path.read_text())
    other = "A" if digest[1] != "A" else "B"
    path.write_text(path.read_text().replace(digest[0], f"h1:{other}"))
    assert "not those the lock sealed" in pluginkit("build", "--locked").err


SOURCES = {
    "nothing": "",
    "its workspace": "\n[tool.uv.sources]\nacme-common = { workspace = true }\n",
    "a path": '\n[tool.uv.sources]\nacme-common = [{ path = "../libs/common" }]\n',
}


@pytest.mark.parametrize("sources", SOURCES.values(), ids=SOURCES)
def test_a_library_of_the_tree_that_is_no_member_is_named_with_the_way_in(tmp_path, pluginkit, sources) -> None:
    monorepo(tmp_path)
    write(tmp_path / "libs/common", project("acme-common", "X = 1\n"))
    edit(tmp_path / "host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-common"')
    with (tmp_path / "host/pyproject.toml").open("a") as file:
        file.write(sources)
    refused = pluginkit("lock")
    assert refused.status == 2
    assert "host requires acme-common, which is made in libs/common and is not a member" in refused.err
    assert 'add "libs/common" to `api`' in refused.err
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
    assert pluginkit("build").status == 0
    assert pluginkit("verify").status == 0


@pytest.mark.parametrize("command", ["lock", "build"])
def test_what_an_index_has_and_the_tree_makes_is_told(tmp_path, pluginkit, command) -> None:
    monorepo(tmp_path)
    write(tmp_path / "libs/six", project("six", "X = 1\n", version="9.0"))
    edit(tmp_path / "host/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "six"')
    ran = pluginkit(command)
    assert ran.status == 0
    assert re.search(
        r"warning: six 1\S+ comes from an index, though this tree has it in libs/six: add 'libs/six' to `api`", ran.err
    )
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/six"]')
    ran = pluginkit(command)
    assert (ran.status, ran.err) == (0, "")


def test_without_any_requires_python_the_lock_is_for_the_oldest_that_builds(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    for manifest in tmp_path.rglob("pyproject.toml"):
        edit(manifest, 'requires-python = ">=3.11"\n', "")
    assert pluginkit("lock").status == 0
    assert 'python = ">=3.11"' in (tmp_path / "pluginkit.lock").read_text()


@pytest.mark.slow
def test_a_uv_lock_is_followed(tmp_path, pluginkit) -> None:
    import subprocess

    from uv import find_uv_bin

    monorepo(tmp_path)
    manifest = tmp_path / "plugins/filter/pyproject.toml"
    edit(manifest, '"acme-api>=1"', '"acme-api>=1", "six==1.16.0"')
    members = '[tool.uv.workspace]\nmembers = ["api", "host", "plugins/*"]\n[tool.uv.sources]\n'
    write(tmp_path, {"pyproject.toml": members + "acme-api = { workspace = true }\n"})
    for path in (manifest, tmp_path / "host/pyproject.toml"):
        with path.open("a") as file:
            file.write("\n[tool.uv.sources]\nacme-api = { workspace = true }\n")
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=tmp_path, check=True)
    edit(manifest, "six==1.16.0", "six>=1.16.0")
    stale = pluginkit("lock")
    assert stale.status == 2
    assert "uv.lock cannot be followed" in stale.err
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=tmp_path, check=True)
    assert pluginkit("lock").status == 0
    assert 'name = "six"\nversion = "1.16.0"' in (tmp_path / "pluginkit.lock").read_text()
    assert pluginkit("lock", "--check").status == 0
    bumped = pluginkit("bump", "minor")
    assert bumped.out.endswith("\nnext: `uv lock`, then `pluginkit lock`\n"), bumped.err
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=tmp_path, check=True)
    assert pluginkit("lock").status == 0
    subprocess.run([find_uv_bin(), "lock", "--quiet", "--upgrade"], cwd=tmp_path, check=True)
    ran = pluginkit("lock", "--check")
    assert ran.status == 2
    assert re.search(r"uv.lock has other pins: six 1.16.0, six 1.1[7-9]", ran.err)


def test_an_api_that_uses_another_is_built_against_it(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    write(tmp_path / "libs/common", project("acme-common", "from acme_api import Plugin\n", requires='"acme-api"'))
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
    assert pluginkit("build").status == 0
    old = Path(shutil.copy(tmp_path / "dist/acme_common-1.0.0-py3-none-any.whl", tmp_path))
    (stamp,) = [one.stamp for one in read_artifacts(old)]
    assert ([api.name for api in stamp.apis], stamp.uses) == (["acme-common", "acme-api"], ("name acme_api.Plugin",))
    edit(tmp_path / "api/acme_api/__init__.py", "class Plugin", "LIMIT = 1\n\n\nclass Plugin")
    edit(tmp_path / "api/pyproject.toml", 'version = "1.0.0"', 'version = "1.1.0"')
    assert "built acme_common-1.0.0" in pluginkit("build").out
    refused = pluginkit("verify", old)
    assert [line[:5] for line in refused.out.splitlines() if line.startswith("PK")] == ["PK302", "PK303"]
    assert "built against another copy of acme-api 1.0.0 than the host's 1.1.0" in refused.out
    assert pluginkit("verify").status == 0
