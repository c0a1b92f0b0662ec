"""The tables notice whatever is altered in the Go host.

python -m pytest -n0 -m mutation -s tests/verdicts
"""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest
from go_answers import by_host, expected, lay_out
from go_bench import STRIPPED, edited
from go_bench_of_modes import build_bench_of_modes, plain
from go_cases import ROWS as ALL
from go_mutations import INVERTED, LOADER, Mutation, of_loader, of_stamps
from go_rows import Row
from gofixtures import GoTools
from test_go_stamps import READERS, by_go, write_driver

pytestmark = pytest.mark.mutation

ROWS = [row for row in ALL if not row.plain]
PLAIN = [row for row in ALL if row.plain]
"""Those of hosts that run no plugins."""
EQUAL = {
    "internal/loader/checks.go otherMode: !c.isPlugin(): off": "what is not a plugin is PK105 by its kind already",
    "internal/loader/linked.go hostCannotOpen: !canRun(c.mode): off": "PK402 in other words: such a host runs none",
    "internal/stamp/envelope.go ParseEnvelope: err != nil: off": "what is not JSON is not an object, or not canonical",
    "internal/signature/signature.go Authorize: len(allowed) == 0: off": "PK603 in other words: none of them counts",
    "internal/signature/signature.go Authorize: len(valid) == 0: off": "PK603 in other words: fewer than have to",
}
"""Mutations that change nothing which anybody could see, and why."""


class Builder:
    """Compiles a mutation, and no file of the sources is changed."""

    def __init__(
        self, go: GoTools, tree: Path, package: str, scratch: Path, overlay: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._go, self._tree, self._package, self._scratch = go, tree, package, scratch
        self._overlay = overlay

    def build(self, number: int, mutation: Mutation) -> Path | None:
        """Return the program; None where the compiler refuses the mutation: a variable that nothing uses."""
        place = self._scratch / str(number)
        place.mkdir(parents=True)
        (place / "changed.go").write_text(mutation.text)
        (place / "inverted.go").write_text(INVERTED)
        replaced = {**self._overlay, str(self._tree / mutation.file): str(place / "changed.go")}
        if mutation.file.startswith(LOADER):
            replaced[str(self._tree / LOADER / "inverted.go")] = str(place / "inverted.go")
        (place / "overlay.json").write_text(json.dumps({"Replace": replaced}))
        flags = ["-trimpath", "-buildvcs=false", f"-overlay={place / 'overlay.json'}", STRIPPED]
        command = [self._go.go, "build", *flags, "-o", place / "program", self._package]
        done = subprocess.run(
            command, cwd=self._tree, env=dict(self._go.env), capture_output=True, text=True, check=False
        )
        if done.returncode:
            assert "declared and not used" in done.stderr or "imported and not used" in done.stderr, done.stderr
            return None
        return place / "program"


def survivors(mutations: Sequence[Mutation], notices: Callable[[int, Mutation], bool]) -> list[str]:
    def survives(number: int, mutation: Mutation) -> bool:
        found = mutation.what not in EQUAL and not notices(number, mutation)
        if found:
            print(f"\nsurvived: {mutation.what}", flush=True)
        return found

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        survived = list(pool.map(survives, range(len(mutations)), mutations))
    found = [one.what for one, lives in zip(mutations, survived, strict=True) if lives]
    print(f"\n{len(mutations)} mutations, {len(found)} survivors")
    return found


def test_the_table_notices_each_mutation_of_the_loader(go: GoTools, tmp_path: Path) -> None:
    bench = build_bench_of_modes(go, tmp_path)
    tree = tmp_path / "acme"
    places = {row.name: lay_out(bench, row, tmp_path / "rows" / str(at)) for at, row in enumerate(ALL)}
    usual = Builder(go, tree, "./cmd/host", tmp_path / "mutations")
    without_modes = Builder(go, tree, "./cmd/host", tmp_path / "plain mutations", plain(tree))

    def notices(number: int, mutation: Mutation) -> bool:
        return differs(usual, number, mutation, _likely_first(mutation.code)) or differs(
            without_modes, number, mutation, PLAIN
        )

    def differs(builder: Builder, number: int, mutation: Mutation, rows: Iterable[Row]) -> bool:
        program = builder.build(number, mutation)
        if program is None:
            return True
        seen = any(_differs(row, places[row.name], program) for row in rows)
        shutil.rmtree(program.parent)
        return seen

    assert not survivors([*of_loader(tree)], notices)


def test_the_table_notices_each_mutation_of_the_stamps_parser(go: GoTools, tmp_path: Path) -> None:
    tree = write_driver(tmp_path)
    builder = Builder(go, tree, "./cmd/stamps", tmp_path / "mutations")

    def notices(number: int, mutation: Mutation) -> bool:
        program = builder.build(number, mutation)
        try:
            return program is None or any(
                by_go(program, which, [data for _, data, _ in rows]) != [wanted for _, _, wanted in rows]
                for which, rows in READERS.items()
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return True

    assert not survivors([*of_stamps(tree)], notices)


def _likely_first(code: str) -> Iterable[Row]:
    """Return the rows, those with a code first, then those that need no host of their own."""
    coded = {row.name for row in ROWS if code and any(code in codes for codes in row.codes.values())}
    return sorted(ROWS, key=lambda row: (row.name not in coded, bool(row.host)))


def _differs(row: Row, place: Path, program: Path) -> bool:
    host = program
    if row.host:
        host = program.with_name("host")
        host.unlink(missing_ok=True)
        host.write_bytes(edited(program.read_bytes(), row.host, payload=False))
        host.chmod(0o755)
    while True:
        try:
            return by_host(row, place, host, report=program.with_name("report.json")) != expected(row)
        except (AssertionError, KeyError, subprocess.TimeoutExpired):
            return True
        except OSError as error:  # a process that another thread is starting has the file open
            if error.errno != errno.ETXTBSY:
                raise
