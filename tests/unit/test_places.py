"""Where a plugin does what a break concerns: keys of its uses, and members of its classes, to lines."""

import pytest

from pluginkit.surface.python.places import find_places
from pluginkit.surface.python.uses import read_places

CODE = b"""\
import api
from api import Plugin, f as g


class Base(Plugin):
    def handle(self, request):
        self.name = request.name
        return g(request)


class New(Base):
    limit = 3

    @property
    def title(self):
        return getattr(api.x, "name")

    async def close(self): ...


def make(config):
    return api.make("name")
"""
KNOWN = frozenset(["Plugin", "f", "handle", "name", "limit", "title", "close", "make", "x", "request", "missing"])
PLACES = read_places({"p.py": CODE}, ["api"], KNOWN)
CASES = {
    "api.f": [2, 8],
    "api.make": [22],
    ".name": [7],
    "'name'": [22],
    "Base": [5],
    "Base.handle": [6],
    "Base.name": [7],
    "Base.missing": [5],
    "New": [11],
    "New.limit": [12],
    "New.title": [15],
    "New.close": [18],
    "New.handle": [6],
    "New.missing": [11],
    "p": [21],
    "p.make": [21],
    "nothing": [],
}


@pytest.mark.parametrize(("mention", "lines"), CASES.items(), ids=CASES)
def test_a_mention_is_found_on_its_lines(mention: str, lines: list[int]) -> None:
    assert [place.number for place in find_places(PLACES, [mention])] == lines


def test_each_line_comes_once_in_order() -> None:
    found = find_places(PLACES, ["New.handle", "Base.handle", "api.f", "Base"])
    assert [(place.file, place.number) for place in found] == [("p.py", 2), ("p.py", 5), ("p.py", 6), ("p.py", 8)]


def test_classes_that_derive_from_each_other_end() -> None:
    places = read_places(
        {"p.py": b"import api\nclass A(B, api.X):\n    f = 1\nclass B(A, api.X):\n    f = 1\n"}, ["api"], KNOWN
    )
    assert [place.number for place in find_places(places, ["A.missing"])] == [2]
