"""One verdict everywhere: `pluginkit verify`, the gate of `build` and the generated Go host, row by row."""

from pathlib import Path

import pytest
from go_answers import by_gate, by_host, by_verify, expected, lay_out
from go_bench import Bench
from go_bench_of_modes import build_bench_of_modes
from go_cases import ROWS
from go_readers import build_driver, by_go, by_python, edited_files, random_changes
from go_rows import Row, bare
from gofixtures import GoTools

from pluginkit.core.model import Workspace
from pluginkit.rules import RULES
from pluginkit.stages.discover import discover

ELSEWHERE = {
    "PK103": "there is no RECORD",
    "PK106": "there are no distributions",
    "PK107": "nothing is installed",
    "PK304": "there are no files",
    "PK305": "there are no files",
    "PK307": "a warning of what stamps say, which the host in Go does not compare",
    "PK503": "there are no entry points",
    "PK506": "sources tell, not artifacts",
    "PK508": "only a loader finds it",
    "PK509": "nothing is installed",
    "PK510": "there are no distributions",
    "PK511": "there are no extension modules",
    "PK512": "there are no import packages",
    "PK513": "there are no hooks",
    "PK514": "a warning",
    "PK515": "a warning",
    "PK520": "there are no modules",
    "PK604": "`rebuild` reports it, which builds them",
    "PK701": "of no artifact",
    "PK702": "of no artifact",
}
"""Rules that no Go artifact can break before it is opened."""


@pytest.fixture(scope="module")
def bench(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return build_bench_of_modes(go, tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def workspace(bench: Bench) -> Workspace:
    return discover(bench.root / "acme")


@pytest.fixture(scope="module")
def readers(go: GoTools, bench: Bench) -> Path:
    return build_driver(go, bench)


def _third(row: Row) -> object:
    """Return a row as a case, of which two in three are slow."""
    return pytest.param(row, id=row.name, marks=[pytest.mark.slow] * bool(ROWS.index(row) % 3))


@pytest.mark.parametrize("row", [*map(_third, ROWS)])
def test_every_implementation_says_the_same(bench: Bench, workspace: Workspace, row: Row, tmp_path: Path) -> None:
    place = lay_out(bench, row, tmp_path / "release")
    wanted = expected(row)
    assert by_verify(row, place) == wanted
    if bare not in row.host and not row.signed_host:  # builds make none without a stamp, and sign behind the gate
        assert by_gate(row, place, workspace) == wanted
    assert by_host(row, place) == wanted


def test_the_table_has_every_rule_and_each_row_once() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    found = {code.lstrip("~") for row in ROWS for codes in row.codes.values() for code in codes.split()}
    assert {rule.code for rule in RULES} - found == ELSEWHERE.keys()


def test_both_readers_read_each_build_and_each_hostile_edit_alike(bench: Bench, readers: Path, tmp_path: Path) -> None:
    files = dict(edited_files(bench, tmp_path))
    found = by_go(readers, [(path, ()) for path in files.values()])
    for (name, path), answer in zip(files.items(), found, strict=True):
        assert answer == by_python(path.read_bytes()), name


@pytest.mark.parametrize("build", ["filter", "module"])
@pytest.mark.parametrize("count", [100, pytest.param(5000, marks=pytest.mark.matrix)])
def test_both_readers_read_damaged_bytes_alike(
    bench: Bench, readers: Path, tmp_path: Path, count: int, build: str
) -> None:
    (tmp_path / build).write_bytes(bench.plugins[build])
    changes = [*random_changes(bench.plugins[build], count, count)]
    found = by_go(readers, [(tmp_path / build, one) for one in changes])
    assert len({str(one) for one in found}) > count / 50
    for one, answer in zip(changes, found, strict=True):
        data = bytearray(bench.plugins[build])
        for at, value in one:
            data[at] = value
        assert answer == by_python(bytes(data)), one
