"""By which API a plugin is judged, where a host serves several."""

import pytest

from pluginkit.core.api import Api, Contract
from pluginkit.core.judged_by import api_of


def apis(*labels: str) -> tuple[Api, ...]:
    return tuple(Api(*label.split(), digest="") for label in labels)


def host(*names: str) -> Contract:
    return Contract(apis=tuple(Contract(api=name) for name in names))


ROWS = [
    ("one contract for all", host(), apis("old 1.0", "new 2.0"), "new", ""),
    ("it names one that it uses", host("new"), apis("old 1.0", "new 2.0"), "old", "old"),
    ("it names one that it does not use", host("new"), apis("old 1.0"), "new", ""),
    ("it uses one with a contract", host("new"), apis("new 2.0"), "", "new"),
    ("it uses one with a contract, and libraries", host("new"), apis("common 9.0", "new 2.0"), "", "new"),
    ("it uses none with a contract", host("new"), apis("old 1.0"), "", ""),
    ("the newest", host("new", "old"), apis("new 2.0", "old 1.0"), "", "new"),
    ("the newest by its version, not by its name", host("a", "b"), apis("a 10.0", "b 9.0"), "", "a"),
    ("labels that begin with v", host("a", "b"), apis("a v10", "b v9.1.0"), "", "a"),
    ("one that is not a version", host("a", "b"), apis("a 1.0", "b devel"), "", "a"),
    ("none is a version", host("a", "b"), apis("b devel", "a devel"), "", "b"),
    ("no API", host("a"), (), "", ""),
]


@pytest.mark.parametrize(
    ("contract", "used", "named", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_plugin_is_judged_by_the_api_it_is_for(
    contract: Contract, used: tuple[Api, ...], named: str, expected: str
) -> None:
    assert api_of(contract, used, named) == expected
