"""Files of plugins in other modes, and hosts with linked plugins, read without running them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from go_bench import Edit, StampEdit, edited, stamped
from go_bench_of_modes import build_process, module
from gofixtures import GoTools
from monorepo import write
from signers import Signer

from pluginkit.backends.go.binary.comparing import compare
from pluginkit.backends.go.inspector import GoInspector
from pluginkit.backends.inspectors import for_directory, for_file
from pluginkit.core.frozen import replace
from pluginkit.core.linked import Linked
from pluginkit.core.verdict import Evidence
from pluginkit.report.evidence import RENDERERS

SHA = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def process(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a plugin of mode subprocess."""
    root = write(tmp_path_factory.mktemp("process"), {"go.mod": "module acme\n\ngo 1.21\n"})
    return build_process(go, root, root / "filter")


@pytest.fixture
def inspect(process: bytes, tmp_path: Path) -> Callable[..., Evidence]:
    def read(name: str, *edits: Edit) -> Evidence:
        (tmp_path / name).write_bytes(edited(process, edits))
        return GoInspector().inspect([(tmp_path / name, name)])[0]

    return read


def said(**members: Any) -> Edit:
    return stamped(lambda value: value.update(members))


def without(*names: str) -> StampEdit:
    return lambda value: [value.pop(name) for name in names]


HOST = said(kind="host", name="host", capabilities=[])
LINKING = said(linked=[{"name": "filter", "version": "1.0", "capabilities": ["a", "b"], "inputs": SHA}])


@pytest.mark.parametrize(
    ("name", "edits", "mode", "codes"),
    [
        ("filter.plugin", (), "subprocess", []),
        ("filter", (), "subprocess", []),
        ("filter.plugin", (said(mode="wasm"),), "subprocess", ["PK105"]),
        ("filter.plugin", (stamped(without("mode")),), "subprocess", ["PK105"]),
        ("filter.plugin", (said(kind="host", name="host"),), "subprocess", ["PK105"]),
        ("filter.plugin", (said(kind="api"),), "subprocess", ["PK105"]),
        ("filter", (stamped(without("mode")),), "plugin", ["PK105"]),
        ("filter", (said(mode="wasm"),), "plugin", ["PK105", "PK105"]),
        ("host", (HOST, stamped(without("mode"))), "plugin", []),
        ("filter.so", (), "plugin", ["PK101"]),
        ("filter.wasm", (), "wasm", ["PK101"]),
    ],
)
def test_a_file_is_what_its_name_and_bytes_say_and_its_stamp_has_to_agree(
    inspect: Callable[..., Evidence], name: str, edits: tuple[Edit, ...], mode: str, codes: list[str]
) -> None:
    found = inspect(name, *edits)
    assert (found.mode, [one.code for one in found.defects]) == (mode, codes)
    assert found.shares_memory == (mode == "plugin")


def test_only_hosts_are_hosts(inspect: Callable[..., Evidence]) -> None:
    read = [inspect("filter.plugin"), inspect("filter"), inspect("host.plugin", HOST), inspect("host", HOST, LINKING)]
    (host,) = GoInspector().hosts(Path("dist"), read)
    assert (host.name, host.linked) == ("host", ("filter",))


def test_a_directory_has_the_plugins_of_all_modes_by_name(inspect: Callable[..., Evidence], tmp_path: Path) -> None:
    for name in ("b.wasm", "a.so", "a.plugin", "c.plugin", "d.txt"):
        (tmp_path / name).touch()
    (inspector,) = for_directory(tmp_path)
    assert [path.name for path in inspector.artifacts(tmp_path)] == ["a.plugin", "a.so", "b.wasm", "c.plugin"]
    assert all(isinstance(for_file(Path(name)), GoInspector) for name in ("a.plugin", "a.so", "b.wasm"))


def test_inspect_shows_the_mode_and_what_is_linked(inspect: Callable[..., Evidence]) -> None:
    plugin, host = inspect("filter.plugin"), inspect("host", HOST, LINKING)
    assert "\n  mode          subprocess\n" in RENDERERS["text"]([plugin], {}, None)
    text = RENDERERS["text"]([host], {}, None)
    assert "\n  linked        filter 1.0  a, b\n" in text
    assert "\n  mode " not in text
    values = json.loads(RENDERERS["json"]([plugin, host, Evidence("a.whl")], {}, None))["artifacts"]
    assert [one["mode"] for one in values] == ["subprocess", "plugin", None]
    assert values[1]["stamp"]["linked"][0]["name"] == "filter"
    assert host.stamp is not None
    bare = replace(host, stamp=replace(host.stamp, linked=(Linked("filter", "", (), SHA),)))
    assert "\n  linked        filter\n" in RENDERERS["text"]([bare], {}, None)


@pytest.mark.parametrize("name", ["filter.plugin", "filter.wasm"])
def test_sign_and_verify_take_a_plugin_of_any_mode(
    process: bytes, go: GoTools, tmp_path: Path, pluginkit: Callable, name: str
) -> None:
    path, signer = tmp_path / name, Signer(tmp_path, 1)
    path.write_bytes(edited({"filter.plugin": process, "filter.wasm": module(go)}[name], ()))
    (tmp_path / "trust.toml").write_text(signer.trusted().replace("[trust.", "["))
    asked = ("verify", path, "--trust", tmp_path / "trust.toml", "--output-format", "json")
    assert '"PK601"' in pluginkit(*asked).out
    before = path.read_bytes()
    assert pluginkit("sign", path, "--key", signer.path).status == 0
    assert path.read_bytes().startswith(before)
    ran = pluginkit(*asked)
    assert "no host to compare the artifacts with" in ran.err  # nothing is wrong with it
    assert f"{signer.keyid}  ci\n" in pluginkit("inspect", path, "--trust", tmp_path / "trust.toml").out


def test_what_differs_between_two_modules_is_named(go: GoTools) -> None:
    one = module(go)
    assert compare(one, one) is None
    found = compare(one, one.replace(b"acme/plugins/filter", b"acme/plugins/sieves"))
    assert found
    assert (found.inside, found.at) == ("data", "byte 0x23")
    stamp = compare(one, one.replace(b'"builder":"x', b'"builder":"y'))
    assert stamp
    assert (stamp.inside, stamp.at) == ("", "its stamp")
    cut = compare(one, one[:-1])
    assert cut
    assert cut.rebuilt == "nothing: it ends there"
