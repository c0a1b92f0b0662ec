"""The `verify` that needs no parser reads its command line as the parser does."""

import pytest

from pluginkit.cli.arguments import parse
from pluginkit.cli.plain_verify import plain_verify

PLAIN = [
    [],
    ["p.so"],
    ["p.so", "--host", "bin/host"],
    ["--host", "h", "a", "b"],
    ["a", "--host", "h", "--host", "i"],
    ["--host", "h", "a", "--host", "i"],
    ["", "a b"],
]
NOT_PLAIN = [
    ["a", "--host", "h", "b"],
    ["a", "--host"],
    ["a", "--host", "--unstamped"],
    ["a", "--host=h"],
    ["--unstamped", "a"],
    ["a", "--output-format", "json"],
    ["-", "a"],
    ["--", "a"],
    ["--help"],
]


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_a_plain_line_is_read_as_the_parser_reads_it(arguments: list[str]) -> None:
    found = plain_verify(["verify", *arguments])
    assert found is not None
    assert vars(found) == vars(parse(["verify", *arguments]))


@pytest.mark.parametrize("arguments", NOT_PLAIN, ids=" ".join)
def test_any_other_is_left_to_the_parser(arguments: list[str]) -> None:
    assert plain_verify(["verify", *arguments]) is None
    assert plain_verify(["inspect", "a"]) is None
    assert plain_verify([]) is None
