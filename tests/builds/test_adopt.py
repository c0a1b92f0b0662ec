"""`pluginkit init`: existing monorepos, described without touching their members."""

import re

import pytest
from monorepo import API, PLUGIN, edit, project, write

from pluginkit.core.errors import PluginkitError
from pluginkit.stages.adopt import propose

LOOKUP = "from importlib.metadata import entry_points\n\nplugins = entry_points(group='acme.plugins')\n"
ENTRY = '\n[project.entry-points."acme.plugins"]\nfilter = "acme_filter:New"\n'


def _own_api(root) -> None:
    """Write a monorepo like many: the host is the API, there is no root manifest, nothing is configured."""
    write(root / "packages/acme-host", project("acme-host", LOOKUP + API))
    code = PLUGIN.replace("acme_api", "acme_host")
    write(root / "packages/filter", project("acme-filter", code, requires='"acme-host"', entry_points=ENTRY))
    write(root / "packages/tool", project("acme-tool", "", requires='"acme-host"'))
    write(root / "packages/filter/tests/data", project("acme-fake", "", entry_points=ENTRY))


def test_the_host_that_is_the_api_is_found(tmp_path, pluginkit) -> None:
    _own_api(tmp_path)
    ran = pluginkit("init", "--yes")
    assert ran.status == 0, ran.err
    assert (tmp_path / "pluginkit.toml").read_text() == (
        'language = "python"\n'
        'api = "packages/acme-host"\n'
        'hosts = ["packages/acme-host"]\n'
        'plugins = ["packages/filter"]\n'
        'group = "acme.plugins"\n'
    )
    assert "packages/tool" in ran.out
    assert pluginkit("build").status == 0
    ran = pluginkit("verify")
    assert ran.status == 0, ran.out


def test_without_entry_points_those_that_require_the_same_member_are_plugins(tmp_path, pluginkit) -> None:
    write(tmp_path / "packages/core", project("acme-core", API))
    for name in ("one", "two"):
        code = PLUGIN.replace("acme_api", "acme_core")
        write(tmp_path / f"packages/{name}", project(f"acme-{name}", code, requires='"acme-core"'))
    write(tmp_path / "packages/more", project("acme-more", "", requires='"acme-two"'))
    write(tmp_path / "packages/docs", project("acme-docs", ""))
    ran = pluginkit("init", "--yes")
    assert ran.status == 0, ran.err
    assert (tmp_path / "pluginkit.toml").read_text() == (
        'language = "python"\n'
        'api = "packages/core"\n'
        'hosts = ["packages/core"]\n'
        'plugins = ["packages/more", "packages/one", "packages/two"]\n'
    )
    assert re.search(r"packages/docs .* left out: does not need the API", ran.out)
    assert pluginkit("build").status == 0
    assert pluginkit("verify").status == 0


def test_an_api_of_its_own_is_found(tmp_path) -> None:
    write(tmp_path / "api", project("acme-api", API))
    write(tmp_path / "app", project("acme-app", LOOKUP, requires='"acme-api"', backend="setuptools"))
    write(
        tmp_path / "filter", project("acme-filter", PLUGIN, requires='"acme-api"', backend="flit", entry_points=ENTRY)
    )
    text = propose(tmp_path).text
    assert 'api = "api"\nhosts = ["app"]\nplugins = ["filter"]' in text


def test_libraries_that_they_need_are_members_too(tmp_path, pluginkit) -> None:
    entry = ENTRY.replace("filter", "a")
    write(tmp_path / "api", project("acme-api", API))
    write(tmp_path / "app", project("acme-app", LOOKUP, requires='"acme-api", "acme-common"'))
    write(tmp_path / "libs/common", project("acme-common", "", requires='"acme-base>=1"'))
    write(tmp_path / "libs/base", project("acme-base", ""))
    write(tmp_path / "libs/other", project("acme-other", ""))
    write(tmp_path / "a", project("acme-a", PLUGIN, requires='"acme-api"', entry_points=entry))
    ran = pluginkit("init", "--yes")
    assert 'api = ["api", "libs/base", "libs/common"]' in ran.out
    assert re.search(r"libs/common +hatchling.build +API too: others here need it", ran.out)
    assert re.search(r"libs/other +hatchling.build +left out", ran.out)
    assert pluginkit("build").status == 0
    assert pluginkit("verify").status == 0


def test_a_plugin_authors_repository_gets_a_third_party_api(tmp_path) -> None:
    write(tmp_path, project("acme-filter", PLUGIN, requires='"acme", "six"', entry_points=ENTRY))
    proposal = propose(tmp_path)
    assert proposal.appends
    assert 'api = "acme"\nhosts = []\nplugins = ["."]' in proposal.text


def test_setup_cfg_is_read(tmp_path) -> None:
    write(tmp_path / "app", project("acme-app", LOOKUP + API))
    setup = (
        "[metadata]\nname = acme-filter\nversion = 1\n[options]\npackages = acme_filter\ninstall_requires ="
        "\n  acme-app\n[options.entry_points]\nacme.plugins =\n  filter = acme_filter:New\n"
    )
    write(tmp_path / "filter", {"setup.cfg": setup, "acme_filter/__init__.py": "class New: ...\n"})
    assert 'api = "app"\nhosts = ["app"]\nplugins = ["filter"]' in propose(tmp_path).text


def test_what_is_not_in_the_uv_workspace_is_left_out(tmp_path) -> None:
    write(tmp_path, {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["*"]\nexclude = ["old"]\n'})
    write(tmp_path / "app", project("acme-app", LOOKUP + API))
    for name in ("filter", "old"):
        entry = ENTRY.replace("filter", name)
        write(tmp_path / name, project(f"acme-{name}", PLUGIN, requires='"acme-app"', entry_points=entry))
    proposal = propose(tmp_path)
    assert 'plugins = ["filter"]' in proposal.text
    assert any(re.search(r"old +hatchling.build +left out: not in the uv workspace", note) for note in proposal.notes)


def test_poetrys_own_tables_are_read(tmp_path) -> None:
    write(tmp_path / "app", project("acme-app", LOOKUP + API))
    poetry = (
        '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
        '[tool.poetry]\nname = "acme-filter"\nversion = "1.0.0"\n'
        '[tool.poetry.dependencies]\npython = ">=3.11"\nacme-app = ">=1"\n'
        '[tool.poetry.plugins."acme.plugins"]\nfilter = "acme_filter:New"\n'
    )
    write(tmp_path / "filter", {"pyproject.toml": poetry, "acme_filter/__init__.py": "class New: ...\n"})
    assert 'api = "app"\nhosts = ["app"]\nplugins = ["filter"]' in propose(tmp_path).text


def test_an_existing_manifest_keeps_every_byte(tmp_path, pluginkit) -> None:
    _own_api(tmp_path)
    before = "# mine\n[tool.ruff]\nline-length = 79\n"
    write(tmp_path, {"pyproject.toml": before})
    assert pluginkit("init", "--yes").status == 0
    after = (tmp_path / "pyproject.toml").read_text()
    assert after.startswith(before)
    assert "[tool.pluginkit]" in after


def test_without_yes_and_without_a_terminal_nothing_is_written(tmp_path, pluginkit) -> None:
    _own_api(tmp_path)
    ran = pluginkit("init")
    assert ran.status == 2
    assert 'group = "acme.plugins"' in ran.out
    assert "--yes" in ran.err
    assert not (tmp_path / "pluginkit.toml").exists()


def test_a_configured_workspace_is_left_alone(tmp_path, pluginkit) -> None:
    _own_api(tmp_path)
    pluginkit("init", "--yes")
    assert "configured already" in pluginkit("init", "--yes").err


def test_no_plugins_at_all_is_said(tmp_path) -> None:
    write(tmp_path / "app", project("acme-app", ""))
    with pytest.raises(PluginkitError, match="projects found: app"):
        propose(tmp_path)


def test_a_namespace_shared_by_api_and_plugins_is_accepted(tmp_path, pluginkit) -> None:
    for name, code, more in (
        ("api", API, ""),
        ("filter", "class New: ...\n", ENTRY.replace("acme_filter", "acme.filter")),
    ):
        files = project(f"acme-{name}", code, requires='"acme-api"' if more else "", entry_points=more)
        files["pyproject.toml"] += '\n[tool.hatch.build.targets.wheel]\npackages = ["acme"]\n'
        files[f"acme/{name}/__init__.py"] = files.pop(f"acme_{name}/__init__.py")
        write(tmp_path / name, files)
    write(tmp_path / "host", project("acme-host", LOOKUP, requires='"acme-api"'))
    assert pluginkit("init", "--yes").status == 0
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert 'modules = [\n    "acme.api",\n]' in (tmp_path / "pluginkit.lock").read_text()
    ran = pluginkit("verify")
    assert ran.status == 0, ran.out
    write(tmp_path / "filter", {"acme/api/__init__.py": API})
    edit(tmp_path / "filter/acme/filter/__init__.py", "class", "from acme.api import Plugin\nclass")
    ran = pluginkit("build")
    assert ran.status == 1
    assert "PK304 dist/acme_filter-1.0.0-py3-none-any.whl" in ran.out
