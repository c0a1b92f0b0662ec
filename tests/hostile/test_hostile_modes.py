"""Random edits of plugins that share no memory with their host: verify refuses them with a finding, or accepts them."""

import pytest
from go_bench_of_modes import build_process, module
from gofixtures import GoTools
from hypothesis import given, settings
from hypothesis import strategies as st
from monorepo import write

from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.inspector import GoInspector
from pluginkit.core.verdict import Host
from pluginkit.rules import decide

BYTE = st.one_of(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)), st.integers(0, 255))
EDITS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1 << 20), BYTE), max_size=5)
"""In its head, in its stamp, or anywhere; how far into that; the byte."""


@pytest.fixture(scope="module")
def plugins(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    root = write(tmp_path_factory.mktemp("modes"), {"go.mod": "module acme\n\ngo 1.21\n"})
    return {"p.plugin": build_process(go, root, root / "filter"), "p.wasm": module(go)}


@pytest.fixture(scope="module")
def host(plugins: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Host:
    """Return a host of the plugins' own API and contract."""
    path = tmp_path_factory.mktemp("host") / "p.plugin"
    path.write_bytes(plugins["p.plugin"])
    (read,) = GoInspector().inspect([(path, "p.plugin")])
    assert read.stamp
    return Host("dist", "host", read.stamp.apis, read.stamp.contract, read.stamp.lock, language="go")


@pytest.mark.parametrize("name", ["p.plugin", "p.wasm"])
@settings(max_examples=80)
@given(edits=EDITS, left=st.one_of(st.just(1.0), st.just(1.0), st.floats(0, 1)))
def test_an_edited_plugin_is_a_finding_and_never_an_error(
    plugins: dict[str, bytes],
    host: Host,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    edits: list[tuple[str, int, int]],
    left: float,
) -> None:
    data = bytearray(plugins[name])
    start, end = find_stamps(data)[0]
    spans = {"a": (0, 1024), "b": (start, end - start), "c": (0, len(data))}
    for where, distance, byte in edits:
        begin, length = spans[where]
        data[begin + distance % length] = byte
    path = tmp_path_factory.getbasetemp() / name
    path.unlink(missing_ok=True)  # the one before may still be mapped
    path.write_bytes(data[: int(len(data) * left)])
    (read,) = GoInspector().inspect([(path, name)])
    found = {finding.code for finding in decide([read], host).findings}
    assert (data == plugins[name] and left == 1.0) or found
    assert found & {"PK101", "PK104", "PK201", "PK202", "PK203", "PK204", "PK403"} or not found - {"PK104"}
