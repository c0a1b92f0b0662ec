"""Versions of modules and of Go in the order that the go command has them in."""

from itertools import pairwise

import pytest

from pluginkit.backends.go.aligning.module import go_order, later

MODULES = (
    "v0.0.0-20170722210143-03bc4ad20437", "v0.0.0-20180101000000-000000000000", "v0.1.0", "v1.0.0-alpha",
    "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-rc.2", "v1.0.0-rc.10", "v1.0.0", "v1.2.0", "v1.10.0",
    "v2.1.0+incompatible",
)  # fmt: skip
GOES = ("1.20", "go1.21rc2", "1.21.0", "go1.21.3", "1.26", "1.26beta1", "go1.26rc1", "go1.26.0", "1.27", "go1.27.3")


@pytest.mark.parametrize(("one", "other"), list(pairwise(MODULES)))
def test_a_later_version_of_a_module_is_later(one: str, other: str) -> None:
    assert later(other, one)
    assert not later(one, other)
    assert not later(one, one)


@pytest.mark.parametrize(("one", "other"), list(pairwise(GOES)))
def test_a_later_go_comes_later(one: str, other: str) -> None:
    assert go_order(one) < go_order(other)


def test_what_is_no_version_comes_first() -> None:
    assert go_order("") < go_order("1.0")
    assert later("v0.0.0-0", "master")
