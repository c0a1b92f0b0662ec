"""Plain specifiers and requirements, read without packaging, mean what packaging says they mean."""

import re

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pluginkit.rules import versions

release = st.lists(st.integers(0, 12), min_size=1, max_size=6).map(lambda parts: ".".join(map(str, parts)))
clause = st.tuples(st.sampled_from([">=", "<=", "==", "!=", ">", "<"]), st.sampled_from(["", " "]), release).map(
    "".join
)
specifiers = st.lists(clause, min_size=1, max_size=3).flatmap(
    lambda clauses: st.sampled_from([",", ", ", " ,"]).map(lambda between: between.join(clauses))
)
names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)


@given(specifiers, release)
def test_a_version_is_admitted_as_packaging_admits_it(text: str, found: str) -> None:
    assert re.fullmatch(versions._CLAUSES, text)
    assert versions.admits(text, found) == SpecifierSet(text).contains(found, prereleases=True)


@given(names, st.sampled_from(["", " "]), st.one_of(st.just(""), specifiers))
def test_a_requirement_is_read_as_packaging_reads_it(name: str, space: str, bounds: str) -> None:
    text = f"{name}{space}{bounds}".strip()
    parsed = Requirement(text)
    found = versions.needed(text, "3.12.0")
    assert found is not None
    assert (found[0], SpecifierSet(found[1])) == (parsed.name, parsed.specifier)


@given(st.text(alphabet=">=<!~,. 1a*[];@-", max_size=12))
def test_whatever_else_is_left_to_packaging(text: str) -> None:
    assert versions.admits(text, "1.0") == bool(
        (parsed := versions.specifier(text)) is not None and parsed.contains("1.0", prereleases=True)
    )
