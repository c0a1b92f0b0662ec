"""What commands say of a workspace whose plugins are not all shared objects."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from golinked import linked_monorepo
from monorepo import edit, settle
from signers import Signer

from pluginkit.schema import plan_schema

jsonschema = pytest.importorskip("jsonschema")


def findings(ran: object) -> list[tuple[str, str]]:
    (verdict,) = json.loads(ran.out)["verdicts"]  # type: ignore[attr-defined]
    return [(one["code"], Path(one["subject"]).name) for one in verdict["findings"]]


@pytest.mark.slow
def test_plan_says_which_plugins_are_in_a_host_and_why_that_is_built(tmp_path: Path, pluginkit: Callable) -> None:
    linked_monorepo(tmp_path)
    settle()
    assert pluginkit("build").status == 0
    assert pluginkit("plan").out == "in host: filter\nas before: 1\n"
    edit(tmp_path / "plugins/filter/filter.go", '"filter"', '"sieve"')
    assert pluginkit("plan").out == ("build host\n  source        plugins/filter/filter.go changed\nin host: filter\n")
    value = json.loads(pluginkit("plan", "--format", "json").out)
    jsonschema.validate(value, plan_schema())
    assert (value["linked"], [one["name"] for one in value["build"]]) == (["filter"], ["host"])
    assert pluginkit("plan", "--mode", "plugin").out == (
        "build host\n"
        "  source        plugins/filter/filter.go removed\n"
        "  configuration the modes in which it runs plugins changed\n"
        "build filter\n"
        "  new           no build on record, nor in the cache\n"
    )


@pytest.mark.slow
def test_a_file_beside_the_plugin_that_is_linked_is_refused(tmp_path: Path, pluginkit: Callable) -> None:
    linked_monorepo(tmp_path)
    assert pluginkit("build", "--mode", "plugin").status == 0
    (tmp_path / "old").mkdir()
    shutil.copy(tmp_path / "dist/plugins/filter.so", tmp_path / "old")
    assert pluginkit("build").status == 0
    by_lock = pluginkit("verify", "old", "--host", ".", "--output-format", "json")
    assert (by_lock.status, findings(by_lock)) == (1, [("PK505", "filter.so")])
    by_host = pluginkit("verify", "old", "--output-format", "json")
    assert (by_host.status, findings(by_host)) == (1, [("PK402", "filter.so"), ("PK505", "filter.so")])
    assert "it was built without mode plugin" in by_host.out
    aligned = pluginkit("align", "--host", "dist/bin/host")
    assert aligned.status == 2
    assert "no plugin here is opened into its host's process (mode linked)" in aligned.err


@pytest.mark.slow
def test_a_host_is_refused_by_its_own_build_for_what_its_plugins_lack(tmp_path: Path, pluginkit: Callable) -> None:
    linked_monorepo(tmp_path)
    edit(
        tmp_path / "pluginkit.toml", 'known = ["filter", "batch"]', 'known = ["filter", "batch"], required = ["batch"]'
    )
    ran = pluginkit("build", "--output-format", "json")
    assert (ran.status, findings(ran)) == (1, [("PK504", "host")])
    assert "its plugin 'filter' lacks the capability 'batch'" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize(("configured", "asked"), [("linked", "plugin"), ("plugin", "linked")])
def test_rebuild_builds_in_the_mode_of_the_release(
    tmp_path: Path, pluginkit: Callable, configured: str, asked: str
) -> None:
    linked_monorepo(tmp_path, more=f'\n[go]\nmode = "{configured}"\n')
    assert pluginkit("build", "--mode", asked).status == 0
    ran = pluginkit("rebuild", "dist")
    assert (ran.status, "reproduced" in ran.out) == (0, True)
    assert pluginkit("build").status == 0
    assert pluginkit("rebuild", "dist").status == 0


def test_a_linked_plugin_is_not_signed_by_itself(tmp_path: Path, pluginkit: Callable) -> None:
    signer = Signer(tmp_path, 1)
    trusted = signer.trusted('may-sign = ["host", "release.json"]')
    root = linked_monorepo(tmp_path / "acme", more=f'\n[go]\nmode = "linked"\n\n{trusted}')
    ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
    assert (ran.status, ran.err) == (0, "")
    assert pluginkit("verify", cwd=root).status == 0
    assert pluginkit("build", "--mode", "plugin", "--sign-with", signer.path, cwd=root).status == 2
