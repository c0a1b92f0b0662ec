"""Which version a change asks for, and whether a given one is enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.core.versions import SCHEMES, STEPS, agrees, bumped, is_enough, next_version, required_step, restated

ENOUGH = [
    # old, new, and the largest step that this is enough for
    ("1.1.1", "1.1.2", "patch"),
    ("1.1.1", "1.2.0", "minor"),
    ("1.1.1", "2.0.0", "major"),
    ("1.1.1", "3.0", "major"),
    ("1.9", "1.10", "minor"),
    ("1.1.1", "1.1.1", ""),
    ("1.1", "1.1.0", ""),
    ("1.1.1", "1.1.0", ""),
    ("2.0.0", "1.9.9", ""),
    # before 1.0 a break asks for the next minor, and an addition for a patch
    ("0.1.0", "0.1.1", "minor"),
    ("0.1", "0.2", "major"),
    ("0.9.1", "1.0.0", "major"),
    ("0.0.1", "0.0.2", "minor"),
    # pre-releases: what leads to a major release may break
    ("2.0.0a1", "2.0.0a2", "major"),
    ("2.0.0rc1", "2.0.0", "major"),
    ("2.0.0.dev1", "2.0.0.dev2", "major"),
    ("2.0.0a2", "2.0.0a1", ""),
    ("1.4.0", "2.0.0a1", "major"),
    ("1.3.0b1", "1.3.0b2", "minor"),
    ("1.3.0b1", "2.0.0b1", "major"),
    ("1.2.4rc1", "1.2.4", "patch"),
    ("1.2.4.dev1", "1.2.4.dev2", "patch"),
    ("1.2.3", "1.2.4.dev1", "patch"),
    ("0.2.0a1", "0.2.0a2", "major"),
    ("0.2.1a1", "0.2.1a2", "minor"),
    ("v2.0.0-rc.1", "v2.0.0-rc.2", "major"),
    # post releases and local versions
    ("1.0.0", "1.0.0.post1", "patch"),
    ("1.0.0.post1", "1.0.0.post2", "patch"),
    ("1.0.0.post1.dev1", "1.0.0.post1.dev2", "patch"),
    ("1.0.0+gffff", "1.0.0+g0000", "patch"),
    ("1.0.0+a", "1.1.0+a", "minor"),
    ("1.0.0", "1.0.0.1", "patch"),
    # epochs
    ("2024.1", "1!0.1", "major"),
    ("1!1.0", "2.0", ""),
    # labels of Go
    ("v3", "v4", "major"),
    ("v3", "v3.1", "minor"),
    ("v3.1", "v3.1.1", "patch"),
    ("v3", "v3.0.0", ""),
    ("v1.0.0", "v1.1.0", "minor"),
    # what cannot be compared has to differ
    ("gamma", "delta", "major"),
    ("(devel)", "v1.0.0", "major"),
    ("gamma", "gamma", ""),
]


@pytest.mark.parametrize(("old", "new", "largest"), ENOUGH, ids=[f"{old}-to-{new}" for old, new, _ in ENOUGH])
def test_a_version_is_enough_for_steps_up_to_a_size(old, new, largest) -> None:
    allowed = STEPS[STEPS.index(largest) :] if largest else ()
    assert tuple(step for step in STEPS if is_enough(old, new, step)) == allowed


SCHEME_CASES = [
    ("2026.4", "2026.5", "pep440-calver", True),
    ("2026.4", "2026.4.1", "pep440-calver", True),
    ("2026.4.1", "2026.4", "pep440-calver", False),
    ("2026.4", "2026.4", "pep440-calver", False),
    ("26.4+a", "26.4+b", "pep440-calver", True),
    ("2.0", "1.0", "none", True),
    ("2.0", "2.0", "none", False),
]


@pytest.mark.parametrize(("old", "new", "scheme", "enough"), SCHEME_CASES)
def test_other_schemes_ask_for_no_size(old, new, scheme, enough) -> None:
    assert {is_enough(old, new, step, scheme) for step in STEPS} == {enough}


NEXT = [
    ("1.1.1", "2.0.0", "1.2.0", "1.1.2"),
    ("1.1", "2.0", "1.2", "1.1.1"),
    ("1", "2", "1.1", "1.0.1"),
    ("1.2.3.4", "2.0.0.0", "1.3.0.0", "1.2.4.0"),
    ("0.1.2", "0.2.0", "0.1.3", "0.1.3"),
    ("2.0.0a1", "2.0.0a2", "2.0.0a2", "2.0.0a2"),
    ("1.3.0rc2", "2.0.0", "1.3.0rc3", "1.3.0rc3"),
    ("1.2.4.dev3", "2.0.0", "1.3.0", "1.2.4.dev4"),
    ("1.0.0a1.dev2", "1.0.0a1.dev3", "1.0.0a1.dev3", "1.0.0a1.dev3"),
    ("1.0.0.post3", "2.0.0", "1.1.0", "1.0.1"),
    ("1.0.0+local", "2.0.0", "1.1.0", "1.0.1"),
    ("1!1.1.1", "1!2.0.0", "1!1.2.0", "1!1.1.2"),
    ("v3", "v4", "v3.1", "v3.0.1"),
    ("v1.0.0", "v2.0.0", "v1.1.0", "v1.0.1"),
    ("gamma", "", "", ""),
]


@pytest.mark.parametrize(("old", "major", "minor", "patch"), NEXT, ids=[row[0] for row in NEXT])
def test_the_next_version_is_the_smallest_that_is_enough(old, major, minor, patch) -> None:
    assert tuple(next_version(old, step) for step in STEPS) == (major, minor, patch)


BUMPED = [
    ("1.1.1", "2.0.0", "1.2.0", "1.1.2"),
    ("0.1.2", "1.0.0", "0.2.0", "0.1.3"),
    ("2.0.0a1", "2.0.0", "2.0.0", "2.0.0"),
    ("1.3.0rc2", "2.0.0", "1.3.0", "1.3.0"),
    ("1.2.4.dev3", "2.0.0", "1.3.0", "1.2.4"),
]


@pytest.mark.parametrize(("old", "major", "minor", "patch"), BUMPED, ids=[row[0] for row in BUMPED])
def test_bump_moves_the_part_that_is_named(old, major, minor, patch) -> None:
    assert tuple(bumped(old, part) for part in STEPS) == (major, minor, patch)


CALENDAR = [
    ("2026.4", "2026-05-02", "2026.5"),
    ("2026.4", "2026-04-02", "2026.4.1"),
    ("2026.4.1", "2026-04-30", "2026.4.2"),
    ("2026.4.1", "2027-01-01", "2027.1.0"),
    ("26.4", "2026-05-02", "26.5"),
    ("2026.4", "2026-03-31", "2026.4.1"),
    ("2026.5rc1", "2026-05-02", "2026.5"),
    ("1.40", "2026-05-02", "1.40.1"),
]


@pytest.mark.parametrize(("old", "today", "new"), CALENDAR)
def test_a_calendar_version_follows_the_month_and_always_grows(old, today, new) -> None:
    assert next_version(old, "major", "pep440-calver", today) == new
    assert is_enough(old, new, "major", "pep440-calver")


VERSIONS = st.builds(
    lambda v, epoch, release, suffix: v + epoch + ".".join(map(str, release)) + suffix,
    st.sampled_from(["", "v"]),
    st.sampled_from(["", "1!"]),
    st.lists(st.integers(0, 30), min_size=1, max_size=5),
    st.sampled_from(["", "a1", "rc2", ".dev3", "b1.dev2", ".post1", "+local", ".post2.dev1"]),
)


@given(VERSIONS, st.sampled_from(STEPS), st.sampled_from(SCHEMES), st.dates().map(lambda day: day.isoformat()))
def test_the_next_version_is_always_enough(old, step, scheme, today) -> None:
    assert is_enough(old, next_version(old, step, scheme, today), step, scheme)


@given(VERSIONS, st.sampled_from(STEPS))
def test_moving_the_required_part_is_always_enough(old, step) -> None:
    assert is_enough(old, bumped(old, required_step(old, step)), step)


STATED = [
    # stated, the version, whether they agree, and what is stated of 4.2.1 next
    ("3.1.0", "3.1.0", True, "4.2.1"),
    ("v3", "3.1.0", True, "v4"),
    ("3", "3.1.0", True, "4"),
    ("3.1", "3.1.0", True, "4.2"),
    ("v3.1.0", "3.1.0", True, "v4.2.1"),
    ("3.1.0", "3.1", True, "4.2.1"),
    ("2", "3.1.0", False, ""),
    ("3.0", "3.1.0", False, ""),
    ("3.1.1", "3.1.0", False, ""),
    ("3", "3.1.0a1", True, "4"),
    ("3.1.0", "3.1.0a1", False, ""),
    ("3.1.0-alpha.1", "3.1.0a1", True, "4.2.1"),
    ("3.1.0", "3.1.0+local", True, "4.2.1"),
    ("3.1.0", "3.1.0.dev4+g12", True, "4.2.1"),
    ("gamma", "gamma", True, "4.2.1"),
    ("gamma", "3.1.0", False, ""),
]


@pytest.mark.parametrize(("stated", "whole", "same", "after"), STATED, ids=[f"{row[0]}-of-{row[1]}" for row in STATED])
def test_a_place_states_a_version_as_precisely_as_it_likes(stated, whole, same, after) -> None:
    assert agrees(stated, whole) is same
    if same:
        assert restated(stated, whole, "4.2.1") == after
