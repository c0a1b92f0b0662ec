"""Whether a value of one type fits where another is expected."""

import pytest

from pluginkit.surface.spelled import apart
from pluginkit.surface.types import fits, kind_of

BASES = {"Child": {"Child", "Parent"}, "Parent": {"Parent"}, "Other": {"Other"}}


def derives(given: str, wanted: str) -> bool | None:
    """Say of three classes of an API whether one derives from another; of anything else it is not known."""
    return wanted in BASES[given] if given in BASES and wanted in BASES else None


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        ("int", "int", True),
        ("int", "float", True),
        ("float", "int", False),
        ("bool", "int", True),
        ("str", "int", False),
        ("str", "Any", True),
        ("Any", "str", True),
        ("object", "int", True),
        ("T", "int", True),
        ("None", "int | None", True),
        ("int | None", "int", False),
        ("int", "int | str", True),
        ("int | str", "int", False),
        ("str", "Elsewhere", None),
        ("int | Elsewhere", "int", None),
        ("list[int]", "Sequence[int]", True),
        ("list[int]", "Sequence[str]", False),
        ("list", "Sequence[str]", True),
        ("Sequence[str]", "list[str]", True),  # said less precisely
        ("list[str]", "tuple[str, ...]", False),
        ("tuple[str, ...]", "Iterable[str]", True),
        ("tuple[int, int]", "tuple[int, int, int]", False),
        ("tuple[int, str]", "Sequence[int]", True),  # another number of arguments: they are not compared
        ("dict[str, int]", "Mapping[str, int]", True),
        ("dict[str, int]", "Mapping[str, str]", False),
        ("list[str]", "Iterator[str]", True),  # only `next()` tells
        ("set[str]", "frozenset[str]", False),
        ("typing.List[int]", "list[int]", True),
        ("Literal['a']", "Literal['a', 'b']", True),
        ("Literal['a', 'b']", "Literal['a']", False),
        ("Literal['a']", "str", True),
        ("Literal['a']", "int", False),
        ("str", "Literal['a']", False),
        ("ClassVar[int]", "int", True),
        ("int", "Final[int]", True),
        ("Callable[[int], str]", "Callable[[int], str]", True),
        ("Callable[[int], str]", "Callable[[bool], str]", True),
        ("Callable[[bool], str]", "Callable[[int], str]", False),
        ("Callable[[int], str]", "Callable[[int, int], str]", False),
        ("Callable[..., str]", "Callable[[int], int]", False),
        ("Callable[..., str]", "Callable[[int], str]", True),
        ("Child", "Parent", True),
        ("Parent", "Child", False),
        ("list[Child]", "list[Parent]", True),
        ("Child | Other", "Parent", False),
        ("os.PathLike", "pathlib.Path", False),
        ("pathlib.Path", "os.PathLike[str]", True),
    ],
)
def test_a_type_fits_another(given: str, wanted: str, expected: bool | None) -> None:
    assert fits(given, wanted, derives) is expected


def test_types_nested_without_end_are_compared_to_a_depth() -> None:
    assert fits("list[" * 500 + "int" + "]" * 500, "list[" * 500 + "str" + "]" * 500, derives) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", ("int", [])),
        ("dict[str, list[int]]", ("dict", ["str", "list[int]"])),
        ("[int, str]", ("[]", ["int", "str"])),
        ("Callable[[int], str]", ("Callable", ["[int]", "str"])),
        ("typing.Dict[str, int]", ("dict", ["str", "int"])),
        ("broken[int", ("broken[int", [])),
    ],
)
def test_a_type_comes_apart(text: str, expected: tuple[str, list[str]]) -> None:
    assert apart(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", "int"),
        ("-1.5", "float"),
        ("not 1", "bool"),
        ("'a'", "str"),
        ("f'{x}'", "str"),
        ("b'a'", "bytes"),
        ("None", "None"),
        ("True", "bool"),
        ("[]", "list"),
        ("{}", "dict"),
        ("{1}", "set"),
        ("(1, 2)", "tuple"),
        ("dict(a=1)", "dict"),
        ("make()", ""),
        ("name", ""),
        ("<12 characters>", ""),
        ("(" * 5000, ""),
    ],
)
def test_a_literal_shows_its_type(value: str, expected: str) -> None:
    assert kind_of(value) == expected
