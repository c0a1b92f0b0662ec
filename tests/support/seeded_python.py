"""A Python workspace with six plugins and their tests, and ten changes of its API."""

from monorepo import project
from seeded_changes import Repository, Seeded

_API = '''\
"""The shared API."""

from dataclasses import dataclass

LIMIT = 4


@dataclass(frozen=True)
class Options:
    width: int
    unit: str = "px"


def defaults() -> Options:
    return Options(8 * 10)


def ordered(items: list[int]) -> list[int]:
    return sorted(items)


def nearest(value: float) -> int:
    return int(value + 0.5)


def parsed(word: str) -> int:
    if not word:
        raise ValueError("empty")
    return len(word)


def clamp(value: int, high: int) -> int:
    return min(value, high)


def trim(text: str) -> str:
    return text.strip()


class Store:
    def __init__(self) -> None:
        self._words: list[str] = []

    def put(self, word: str) -> None:
        self._words.append(word)

    def has(self, word: str) -> bool:
        return word in self._words

    def words(self) -> list[str]:
        return sorted(self._words)
'''
_CODE = {
    "arranger": """\
from acme_api import ordered


class New:
    def least(self, *items: int) -> int:
        return ordered(list(items))[0]
""",
    "slicer": """\
from acme_api import LIMIT, clamp


class New:
    def page(self, items: list[int]) -> list[int]:
        return items[: clamp(len(items), LIMIT)]
""",
    "money": """\
from acme_api import Options, defaults, nearest


class New:
    def price(self, value: float) -> int:
        return nearest(value)

    def columns(self) -> int:
        options: Options = defaults()
        return options.width // 10
""",
    "loader": """\
from acme_api import parsed


class New:
    def length(self, word: str) -> int:
        return parsed(word)
""",
    "cache": """\
from acme_api import Store


class New:
    def kept(self, *words: str) -> tuple[bool, list[str]]:
        store = Store()
        for word in words:
            store.put(word)
        return store.has(words[0]), store.words()
""",
    "ancient": """\
from acme_api import clamp, trim


class New:
    def short(self, text: str) -> int:
        return clamp(len(trim(text)), 3)
""",
}
_TESTS = {
    "arranger": """\
def test_least() -> None:
    assert New().least(3, 1, 2) == 1


def test_single() -> None:
    assert New().least(7) == 7
""",
    "slicer": """\
@pytest.mark.parametrize(("items", "size"), [([1, 2], 2), ([1, 2, 3, 4, 5, 6], 4)], ids=["short", "long"])
def test_page(items: list[int], size: int) -> None:
    assert len(New().page(items)) == size
""",
    "money": """\
def test_half() -> None:
    assert New().price(2.5) == 3


def test_whole() -> None:
    assert New().price(2) == 2


class TestShown:
    def test_columns(self) -> None:
        assert New().columns() == 8
""",
    "loader": """\
def test_word() -> None:
    assert New().length("abc") == 3


def test_empty() -> None:
    with pytest.raises(ValueError):
        New().length("")
""",
    "cache": """\
def test_kept() -> None:
    assert New().kept("b", "a")[0]


def test_order() -> None:
    assert New().kept("b", "a")[1] == ["a", "b"]
""",
    "ancient": """\
def test_old() -> None:
    assert New().short(" a ") == 2


def test_short() -> None:
    assert New().short(" ab ") == 2


def test_long() -> None:
    assert New().short("abcdef") == 3
""",
}
_CONFIG = (
    'language = "python"\napi = "api"\nhosts = ["host"]\nplugins = ["plugins/*"]\ngroup = "acme.plugins"\n'
    '\n[contract]\nfactory = "New"\n'
)


def _files() -> dict[str, str]:
    members = {
        "api": project("acme-api", _API),
        "host": project("acme-host", '"""The host."""\n', requires='"acme-api>=1"'),
    }
    for name, code in _CODE.items():
        entry = f'\n[project.entry-points."acme.plugins"]\n{name} = "acme_{name}:New"\n'
        members[f"plugins/{name}"] = project(f"acme-{name}", code, requires='"acme-api>=1"', entry_points=entry)
        head = f"import pytest\n\nfrom acme_{name} import New\n\n\n"
        members[f"plugins/{name}"][f"tests/test_{name}.py"] = head + _TESTS[name]
    return {"pluginkit.toml": _CONFIG} | {
        f"{at}/{name}": text for at, one in members.items() for name, text in one.items()
    }


def _named(**tests: str) -> dict[str, tuple[str, ...]]:
    return {
        f"acme-{name}": tuple(f"plugins/{name}/tests/test_{name}.py::{one}" for one in said.split())
        for name, said in tests.items()
    }


def _breaks(name: str, line: int) -> dict[str, str]:
    return {f"acme-{name}": f"plugins/{name}/acme_{name}/__init__.py:{line}"}


PYTHON = Repository(
    language="python",
    files=_files(),
    api="api",
    source="acme_api/__init__.py",
    failing=_named(ancient="test_old"),
    changes=(
        Seeded("a method renamed", "def has(", "def contains(", breaks=_breaks("cache", 9)),
        Seeded("a constant removed", "LIMIT = 4\n", "", breaks=_breaks("slicer", 1)),
        Seeded(
            "a parameter added",
            "nearest(value: float)",
            "nearest(value: float, places: int)",
            breaks=_breaks("money", 6),
        ),
        Seeded("a function renamed", "def parsed(", "def read(", breaks=_breaks("loader", 1)),
        Seeded("a field renamed", "    width: int\n", "    columns: int\n", breaks=_breaks("money", 10)),
        Seeded(
            "a default computed otherwise",
            "Options(8 * 10)",
            "Options(12 * 10)",
            _named(money="TestShown::test_columns"),
        ),
        Seeded("results in another order", "sorted(self._words)", "list(self._words)", _named(cache="test_order")),
        Seeded("a half rounded down", "int(value + 0.5)", "int(value + 0.49)", _named(money="test_half")),
        Seeded(
            "an error no longer raised",
            '    if not word:\n        raise ValueError("empty")\n',
            "",
            _named(loader="test_empty"),
        ),
        Seeded(
            "off by one",
            "min(value, high)",
            "min(value, high) - (value > high)",
            _named(slicer="test_page[long]", ancient="test_long"),
        ),
    ),
)
