"""Everything that decides about plugins for Python says the same of the same, and what it accepts is what loads."""

from pathlib import Path

import pytest
from python_cases import ALL, ASKING, ONLY_GO, ROWS, SETS, Row
from python_places import make
from python_questions import ask, task

from pluginkit.rules import RULES

ELSEWHERE = ONLY_GO | {"PK510", "PK604"}
"""The last two are found in the sources of members, and here there are none."""


def _asked(number: int, row: Row, each: int) -> list[str]:
    """Return which implementations are asked about a row: each n-th of them, from row to row others."""
    return [name for place, name in enumerate(sorted(row.by)) if (number + place) % each == 0]


@pytest.mark.parametrize(
    "each", [4, pytest.param(2, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.attacks)]
)
def test_every_implementation_says_what_the_table_says(tmp_path: Path, each: int) -> None:
    places = [make(tmp_path / str(number), row.host, row.plugins, row.edit) for number, row in enumerate(ROWS)]
    asked = [(number, name, None) for number, row in enumerate(ROWS) for name in _asked(number, row, each)]
    shares = [asked[share::4] for share in range(4)]
    answers = ask(places, [task([share]) for share in shares], tmp_path)
    wrong = []
    for share, (said,) in zip(shares, answers, strict=True):
        for (number, name, _), answer in zip(share, said, strict=True):
            expected = ROWS[number].expected(name)
            wrong += [f"{ROWS[number].name}: {name} said {answer}, not {expected}"] if answer != expected else []
    assert not wrong, "\n".join(sorted(wrong))
    unable = [ROWS[number].name for number, place in enumerate(places) if place["uninstallable"]]
    assert not [row.name for row in ROWS if row.name in unable and {"environment", "group"} & row.by]


def test_the_table_has_a_row_for_every_rule() -> None:
    assert len(ROWS) >= 80
    assert len({row.name for row in ROWS}) == len(ROWS)
    found = {code for row in ROWS for code in row.codes}
    assert found | ELSEWHERE == {rule.code for rule in RULES}


def test_most_rows_are_for_all() -> None:
    def is_for_all(row: Row) -> bool:
        return row.by == (SETS if len(row.plugins) > 1 else ALL) or row.by == ASKING

    assert sum(map(is_for_all, ROWS)) > len(ROWS) * 2 / 3
