"""Which project is taken for the API where no member has an entry point."""

import pytest

from pluginkit.backends.python.adoption.dependents import dependents, shared_distribution, shared_member
from pluginkit.core.model import Member


def members(requires: str) -> list[Member]:
    """Read `name: requirement requirement; name: ...`."""
    found = (line.partition(":") for line in requires.split(";"))
    return [Member(name.strip(), "", name.strip(), requires=tuple(lines.split())) for name, _, lines in found]


@pytest.mark.parametrize(
    ("requires", "api", "plugins"),
    [
        ("core: httpx; a: core>=1; b: core", "core", ["a", "b"]),
        ("base:; core: base; a: core; b: core", "base", ["a", "b", "core"]),
        ("core: ext; ext:; a: core; b: core; c: core", "ext", ["a", "b", "c", "core"]),
        ("core: a; a: core; b: core", "core", ["a", "b"]),
        ("a:; b: a", "", []),
        ("a: httpx; b: httpx", "", []),
    ],
)
def test_the_member_that_most_others_require_is_shared(requires: str, api: str, plugins: list[str]) -> None:
    found = members(requires)
    shared = shared_member(found)
    assert (shared.name if shared else "") == api
    assert sorted(one.name for one in dependents(api, found)) == plugins


@pytest.mark.parametrize(
    ("requires", "distribution"),
    [
        ("anthropic-haystack: haystack-ai httpx; cohere-haystack: haystack-ai httpx", "haystack-ai"),
        ("a: acme>=2; b: acme; c: other", "acme"),
        ("a: acme; b: other; c: third", ""),
        ("a: b; b:", ""),
        ("a: acme", ""),
        ("a:; b:", ""),
    ],
)
def test_the_distribution_that_nearly_all_require_is_shared(requires: str, distribution: str) -> None:
    assert shared_distribution(members(requires)) == distribution
