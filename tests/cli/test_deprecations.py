"""What an API marks as deprecated, from its source to what `diff`, `build` and `verify` say of a plugin."""

import json
from pathlib import Path

import pytest
from monorepo import API, PLUGIN, edit, monorepo, write

MARKED = API.replace(
    "from typing import Protocol", "from typing import Protocol\n\nfrom typing_extensions import deprecated"
)
OLD = MARKED + '\n\n@deprecated("use fresh")\ndef stale() -> None: ...\n\n\ndef fresh() -> None: ...\n'
USER = PLUGIN.replace("import Request", "import Request, stale").replace("return", "stale()\n        return")
REMOVED = [
    (OLD, API + "\n\ndef fresh() -> None: ...\n", "stale", False),
    (OLD, OLD.replace("\n\ndef fresh() -> None: ...\n", ""), "fresh", True),
]
SAID = "removed without having been deprecated"


def package(path: Path, code: str) -> Path:
    return write(path, {"acme_api/__init__.py": code})


@pytest.mark.parametrize(("old", "new", "name", "is_silent"), REMOVED)
@pytest.mark.parametrize("name_of_format", ["text", "github", "sarif", "markdown"])
def test_every_format_says_that_a_removal_was_not_announced(
    name_of_format: str, old: str, new: str, name: str, is_silent: bool, tmp_path: Path, pluginkit
) -> None:
    sides = package(tmp_path / "old", old), package(tmp_path / "new", new)
    ran = pluginkit("diff", *sides, "--output-format", name_of_format)
    assert (name in ran.out, SAID in ran.out) == (True, is_silent), ran.out
    (api,) = json.loads(pluginkit("diff", *sides, "--output-format", "json").out)["apis"]
    assert [one["unannounced"] for one in api["changes"] if one["name"] == f"acme_api.{name}"] == [is_silent]


@pytest.mark.parametrize("name", ["text", "github", "sarif", "markdown", "json"])
def test_diff_warns_of_what_a_plugin_uses_and_breaks_nothing(name: str, tmp_path: Path, pluginkit) -> None:
    old, new = package(tmp_path / "old", OLD.replace('@deprecated("use fresh")\n', "")), package(tmp_path / "new", OLD)
    write(tmp_path, {"p.py": USER, "q.py": PLUGIN})
    ran = pluginkit("diff", old, new, "--plugins", "p.py", "q.py", "--output-format", name)
    assert ran.status == 0, ran.err
    assert "acme_api.stale is deprecated" in ran.out.replace("\\_", "_") or name == "json"
    if name == "json":
        found = {one["name"]: one["deprecated"] for one in json.loads(ran.out)["plugins"]}
        assert found["q"] == []
        (advice,) = found["p"]
        assert (advice["name"], [place["line"] for place in advice["places"]]) == ("acme_api.stale", [3, 8])


def test_a_build_and_a_verification_warn_with_the_lines(tmp_path: Path, pluginkit) -> None:
    monorepo(tmp_path, plugins={"filter": PLUGIN, "user": USER})
    write(tmp_path / "api", {"acme_api/__init__.py": OLD})
    assert pluginkit("lock").status == 0
    for command in ("build", "verify"):
        ran = pluginkit(command, "--output-format", "json") if command == "verify" else pluginkit(command)
        assert ran.status == 0, ran.err
        said = ran.out + ran.err
        assert "uses acme_api.stale, which acme-api 1.0.0 declares deprecated" in said
        assert "acme_user/__init__.py:8" in said
    findings = [one for verdict in json.loads(ran.out)["verdicts"] for one in verdict["findings"]]
    assert [(one["code"], one["severity"]) for one in findings] == [("PK307", "warning")]
    assert findings[0]["facts"]["at"] == ["acme_user/__init__.py:3", "acme_user/__init__.py:8"]
    edit(tmp_path / "plugins/user/acme_user/__init__.py", "stale()", "fresh()")
    edit(tmp_path / "plugins/user/acme_user/__init__.py", ", stale", ", fresh")
    assert pluginkit("build").status == 0
    assert "PK307" not in pluginkit("verify").out
