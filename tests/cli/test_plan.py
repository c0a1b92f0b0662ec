"""What must be built, and why."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from gorepo import go_monorepo
from monorepo import API, PLUGIN, edit, monorepo, project, settle, write

from pluginkit.incremental.reasons import CAUSES
from pluginkit.schema import plan_schema

ENTRY = '\n[project.entry-points."acme.plugins"]\nfilter = "acme_filter:New"\n'
SOURCE = "plugins/filter/acme_filter/__init__.py"


def with_more(root: Path) -> None:
    monorepo(root)
    write(root, {"plugins/filter/acme_filter/again.py": "X = 1\n"})


@pytest.fixture
def built(tmp_path, copied) -> Path:
    root = copied(with_more, tmp_path)
    settle()
    return root


def planned(pluginkit, *arguments: object) -> dict[str, object]:
    ran = pluginkit("plan", "--format", "json", *arguments)
    assert ran.status == 0, ran.err
    jsonschema.validate(json.loads(ran.out), plan_schema())
    return json.loads(ran.out)


def why(pluginkit, *arguments: object) -> dict[str, list[str]]:
    build = planned(pluginkit, *arguments)["build"]
    return {step["name"]: [f"{one['cause']}: {one['detail']}" for one in step["reasons"]] for step in build}


def test_a_first_build_is_all_new(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    assert {name: [one.partition(":")[0] for one in said] for name, said in why(pluginkit).items()} == {
        "acme-api": ["new"],
        "acme-host": ["new"],
        "acme-filter": ["new"],
    }
    assert not (tmp_path / "dist").exists()


def test_the_schema_knows_every_cause() -> None:
    step = plan_schema()["properties"]["build"]["items"]["properties"]
    assert step["reasons"]["items"]["properties"]["cause"]["enum"] == list(CAUSES)


def test_nothing_to_do_is_a_plan_too(built, pluginkit) -> None:
    found = planned(pluginkit)
    assert (found["build"], found["cached"]) == ([], [])
    assert sorted(found["unchanged"]) == ["acme-api", "acme-filter", "acme-host"]
    assert pluginkit("plan").out == "as before: 3\n"


def append(root: Path) -> None:
    edit(root / SOURCE, "return request.body", "return b'' + request.body")


def add(root: Path) -> None:
    (root / "plugins/filter/acme_filter/more.py").write_text("X = 1\n")


def remove(root: Path) -> None:
    (root / "plugins/filter/acme_filter/again.py").unlink()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (append, "source: plugins/filter/acme_filter/__init__.py changed"),
        (add, "source: plugins/filter/acme_filter/more.py added"),
        (remove, "source: plugins/filter/acme_filter/again.py removed"),
    ],
)
def test_a_changed_file_is_named(built, pluginkit, change, reason) -> None:
    change(built)
    assert why(pluginkit) == {"acme-filter": [reason]}
    assert pluginkit("plan").out == f"build acme-filter\n  {reason.replace(': ', '        ')}\nas before: 2\n"


def test_a_plan_says_that_the_lock_seals_a_changed_api(built, pluginkit) -> None:
    edit(built / "api/acme_api/__init__.py", "body: bytes", "body: bytes\n    more: int = 0")
    assert pluginkit("plan").out == (
        "build acme-api\n  source        api/acme_api/__init__.py changed\nas before: 2\n"
        "but all of them, where that gives other bytes of acme-api: the lock seals these\n"
    )
    assert planned(pluginkit)["apis"] == ["acme-api"]


@pytest.mark.parametrize("roles", ['api = "host"\nhosts = ["host"]', 'api = ["host"]\nhosts = ["h*t"]'])
def test_a_plan_says_so_of_a_host_that_is_its_own_api(tmp_path, pluginkit, roles) -> None:
    write(tmp_path / "host", project("acme-api", API))
    write(tmp_path / "plugins/filter", project("acme-filter", PLUGIN, requires='"acme-api"', entry_points=ENTRY))
    write(tmp_path, {"pluginkit.toml": f'{roles}\nplugins = ["plugins/*"]\ngroup = "acme.plugins"\n'})
    settle()
    assert pluginkit("build").status == 0
    edit(tmp_path / "host/acme_api/__init__.py", "The shared API", "What plugins import")
    assert pluginkit("plan").out == (
        "build acme-api\n  source        host/acme_api/__init__.py changed\nas before: 1\n"
        "but all of them, where that gives other bytes of acme-api: the lock seals these\n"
    )
    edit(tmp_path / "host/pyproject.toml", "1.0.0", "1.0.1")
    assert planned(pluginkit)["apis"] == ["acme-api"]
    ran = pluginkit("build")
    assert "2 artifacts built" in ran.out, ran.err
    edit(tmp_path / "plugins/filter/acme_filter/__init__.py", "A plugin", "One plugin")
    assert planned(pluginkit)["apis"] == []
    assert "1 artifact built, 1 carried over" in pluginkit("build").out


def test_a_changed_api_is_the_reason_of_all_that_is_built_against_it(built, pluginkit) -> None:
    edit(built / "api/acme_api/__init__.py", "body: bytes", "body: bytes\n    more: int = 0")
    edit(built / "api/pyproject.toml", "1.0.0", "1.1.0")
    assert pluginkit("lock").status == 0
    found = why(pluginkit)
    assert [one for one in found["acme-filter"] if one.startswith(("source", "lock"))] == []
    assert found["acme-filter"][0].startswith("api: the API acme-api: 1.0.0 h1:")
    assert " -> 1.1.0 h1:" in found["acme-filter"][0]
    assert "source: api/acme_api/__init__.py changed" in found["acme-api"]


def test_a_changed_contract_is_named(built, pluginkit) -> None:
    config = next(path for path in (built / "pluginkit.toml", built / "pyproject.toml") if path.exists())
    edit(config, 'factory = "New"', 'factory = "New2"')
    assert why(pluginkit)["acme-filter"] == ["configuration: the contract changed"]


def test_a_lost_artifact_is_named(built, pluginkit, own_artifacts) -> None:
    next(built.glob("dist/acme_filter-*.whl")).unlink()
    assert planned(pluginkit)["cached"] == ["acme-filter"]
    shutil.rmtree(own_artifacts / "artifacts")
    assert why(pluginkit) == {
        "acme-filter": ["artifact: nothing changed, but its artifact is in neither dist nor the cache"]
    }


def test_without_caches_everything_is_planned(built, pluginkit) -> None:
    found = why(pluginkit, "--no-cache")
    assert sorted(found) == ["acme-api", "acme-filter", "acme-host"]
    assert {reason for one in found.values() for reason in one} == {
        "artifact: nothing changed, built without dist and the caches"
    }


def test_a_backend_that_may_read_more_is_the_reason(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, backend="setuptools")
    write(tmp_path, {"plugins/filter/setup.py": "from setuptools import setup\nsetup(keywords=[])\n"})
    assert pluginkit("build").status == 0
    assert set(why(pluginkit)["acme-filter"]) == {
        "backend: setuptools.build_meta may read more than can be told: it runs in every build"
    }
    assert json.loads(pluginkit("plan", "--format", "github-matrix").out) == {"include": []}


def test_build_explains_itself(built, pluginkit) -> None:
    append(built)
    out = pluginkit("build", "--explain").out
    assert out.startswith("build acme-filter\n  source        plugins/filter/acme_filter/__init__.py changed\n")
    assert "nothing changed" in pluginkit("build", "--explain").out


def test_a_plan_changes_nothing(built, pluginkit) -> None:
    append(built)
    before = {path: path.read_bytes() for path in built.rglob("*") if path.is_file()}
    pluginkit("plan")
    assert {path: path.read_bytes() for path in built.rglob("*") if path.is_file()} == before


def test_why_go_is_built(tmp_path, pluginkit) -> None:
    root = go_monorepo(tmp_path, plugins=("filter", "transform"))
    settle()
    assert pluginkit("build").status == 0
    with (root / "plugins/filter/filter.go").open("a") as file:
        file.write("\nvar More = 1\n")
    assert why(pluginkit) == {"filter": ["source: plugins/filter/filter.go changed"]}


def test_a_job_is_made_of_what_is_worth_its_start(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, plugins=("filter", "one", "three", "two"))
    pluginkit("lock")
    assert [one["members"] for one in json.loads(pluginkit("plan", "--format", "github-matrix").out)["include"]] == [
        "host one two",
        "filter three",
    ]


@pytest.mark.parametrize(("most", "shards"), [(1, 1), (2, 2), (4, 3)])
def test_a_matrix_shares_the_members_among_jobs(tmp_path, pluginkit, most, shards) -> None:
    monorepo(tmp_path)
    pluginkit("lock")
    found = json.loads(pluginkit("plan", "--format", "github-matrix", "--shards", most).out)["include"]
    assert [one["shard"] for one in found] == [f"{number}/{shards}" for number in range(1, shards + 1)]
    assert sorted(" ".join(one["members"] for one in found).split()) == ["acme-api", "acme-filter", "acme-host"]


def test_a_copied_workspace_explains_itself_too(built, pluginkit, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other") / "copy"
    shutil.copytree(built, other, symlinks=True)
    append(other)
    assert why(pluginkit, other)["acme-filter"] == ["source: plugins/filter/acme_filter/__init__.py changed"]
