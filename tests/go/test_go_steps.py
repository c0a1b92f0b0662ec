"""`lock` refuses a Go API's version that is too small a step, and `bump` writes `const APIVersion`."""

import re
import shlex
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import edit

API = "pluginapi/api.go"
HELPER = "\n// Helper helps.\nfunc Helper(n int) int { return n }\n"
PLUGIN = "interface{ Name() string }"
STEPS = [
    # what is replaced, by what, the version before, the one given, the one that is right, and who is concerned
    ("a function deleted", HELPER, "", "v1.0.0", "v1.0.1", "v2.0.0", "user"),
    ("a function added", HELPER, HELPER + HELPER.replace("Helper", "More"), "v1.0.0", "v1.0.1", "v1.1.0", ""),
    ("a method added", PLUGIN, "interface{ Name() string; Close() }", "v1.0.0", "v1.1.0", "v2.0.0", "filter, user"),
    ("a label with a major version alone", HELPER, "", "v3", "v3.1", "v4", "user"),
    ("before 1.0.0", HELPER, "", "v0.3.0", "v0.3.1", "v0.4.0", "user"),
]


def versioned(root: Path, old: str, new: str) -> None:
    edit(root / API, f'APIVersion = "{old}"', f'APIVersion = "{new}"')


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    go_monorepo(tmp_path, plugins=("filter", "user"))
    with (tmp_path / API).open("a") as file:
        file.write(HELPER)
    edit(tmp_path / "plugins/user/user.go", "return user{}", "pluginapi.Helper(1); return user{}")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "before", "given", "right", "plugins"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS]
)
def test_too_small_a_step_is_refused_with_the_right_one(
    workspace, pluginkit, old, new, before, given, right, plugins
) -> None:
    if before != "v1.0.0":
        versioned(workspace, "v1.0.0", before)
    assert pluginkit("lock").status == 0
    edit(workspace / API, old, new)
    ran = pluginkit("lock")
    assert ran.status == 2
    assert f"acme/pluginapi {before} changed, its version did not" in ran.err
    versioned(workspace, before, given)
    ran = pluginkit("lock")
    assert ran.status == 2
    assert f"the step from {before} to {given} is too small, its changes ask for a " in ran.err
    assert f" one, to {right}\n" in ran.err
    assert re.findall(r"^this concerns (.*)$", ran.err, re.MULTILINE) == ([plugins] if plugins else [])
    (command,) = re.findall(r"^hint: `(pluginkit bump[^`]*)`", ran.err, re.MULTILINE)
    ran = pluginkit(*shlex.split(command)[1:])
    assert ran.out == f"pluginapi/api.go:4: {given} -> {right}\nnext: `pluginkit lock`\n"
    assert pluginkit("lock").status == 0


def test_bump_without_a_step_takes_the_smallest_that_is_enough(workspace, pluginkit) -> None:
    assert pluginkit("lock").status == 0
    assert pluginkit("bump").out == "acme/pluginapi v1.0.0 is enough for what changed since the lock\n"
    edit(workspace / API, HELPER, "")
    assert pluginkit("bump", "acme/pluginapi").out == "pluginapi/api.go:4: v1.0.0 -> v2.0.0\nnext: `pluginkit lock`\n"


def test_a_label_that_is_no_version_only_has_to_differ(workspace, pluginkit) -> None:
    versioned(workspace, "v1.0.0", "gamma")
    assert pluginkit("lock").status == 0
    edit(workspace / API, HELPER, "")
    assert "nothing follows 'gamma', which is not a version" in pluginkit("bump").err
    versioned(workspace, "gamma", "delta")
    assert pluginkit("lock").status == 0


def test_an_api_without_a_version_is_told_how_to_state_one(workspace, pluginkit) -> None:
    edit(workspace / API, 'const APIVersion = "v1.0.0"\n', "")
    ran = pluginkit("bump", "minor")
    assert ran.status == 2
    assert "pluginapi: no file states the version of acme/pluginapi" in ran.err
    assert 'hint: declare const APIVersion = "v1.0.0" in it, on a line of its own' in ran.err


def test_two_files_with_two_versions_are_named(workspace, pluginkit) -> None:
    (workspace / "pluginapi/api_windows.go").write_text('package pluginapi\n\nconst APIVersion = "v2.0.0"\n')
    (workspace / API).rename(workspace / "pluginapi/api_linux.go")
    for command in (("lock",), ("bump", "major")):
        ran = pluginkit(*command)
        assert ran.status == 2
        assert "pluginapi/api_linux.go:4 has v1.0.0, pluginapi/api_windows.go:3 has v2.0.0" in ran.err
