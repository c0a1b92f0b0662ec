"""How many of a plugin's uses its stamp has room for: the same for all languages."""

import pytest

from pluginkit.surface.uses import MOST_BYTES, Uses, canonical, capped

MANY = [f"use acme/api.Name{number:04}" for number in range(2000)]


def taken(lines: tuple[str, ...]) -> int:
    return sum(len(line.encode()) + 3 for line in lines)


@pytest.mark.parametrize(
    ("size", "most"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (2000, 2), (5500, 6)], ids=lambda value: str(value)
)
def test_each_thousand_lines_that_are_begun_give_room(size: int, most: int) -> None:
    lines = capped(MANY, size)
    assert most * MOST_BYTES - 60 < taken(lines) <= most * MOST_BYTES
    assert "dynamic size" in lines
    assert lines == tuple(sorted(set(lines)))
    assert Uses(lines).dynamic == ("size",)


def test_what_there_is_room_for_is_kept_whole() -> None:
    assert capped([*reversed(MANY[:90]), MANY[0]], 10) == tuple(MANY[:90])
    assert capped(MANY, 20_000) == tuple(MANY)


def test_literals_are_left_out_before_lines_are() -> None:
    lines = [f"call acme_api.name{number:03} 1 {'x' * 40}" for number in range(100)]
    assert canonical(lines, 10) == tuple(line.rpartition(" ")[0] for line in lines)
