import pytest

from pluginkit.backends.python.wheel.factories import Sources, read_factories
from pluginkit.core.verdict import Factory


def look_up(source: str, reference: str = "plug:New", requires_python: str = "", **more: str) -> Factory:
    files = {
        "plug/__init__.py": source,
        **{path.replace("__", "/").replace("DOT", "."): text for path, text in more.items()},
    }
    sources = Sources({path: path for path in files}, lambda path: files[path].encode(), requires_python)
    return read_factories([("p", reference)], "New", sources)[0]


@pytest.mark.parametrize(
    ("source", "defined"),
    [
        ("def New(): ...", True),
        ("async def New(): ...", True),
        ("class New: ...", True),
        ("New = object", True),
        ("Old = New = object", True),
        ("a, (New, *b) = x", True),
        ("New: type = object", True),
        ("New: type", False),
        ("from .other import New", True),
        ("from .other import Thing as New", True),
        ("import New.part", True),
        ("from .other import *", None),
        ("def __getattr__(name): ...", None),
        ("class A:\n def __getattr__(self, name): ...", False),
        ("globals()['New'] = 1", None),
        ("if x:\n def New(): ...", True),
        ("if x:\n pass\nelse:\n New = 1", True),
        ("try:\n from fast import New\nexcept ImportError:\n pass", True),
        ("try:\n pass\nexcept ImportError:\n New = 1", True),
        ("with x as New:\n pass", True),
        ("for New in x:\n pass", True),
        ("match x:\n case 1:\n  New = 1", True),
        ("def f():\n New = 1", False),
        ("class A:\n New = 1", False),
        ("", False),
        ("def New(:", False),
        ("x = '\\d'\ndef New(): ...", True),
        ("\0", False),
        ("# coding: nonsense\nNew = 1", False),
    ],
)
def test_a_name_counts_as_bound_when_the_top_level_binds_it(source: str, defined: bool | None) -> None:
    assert look_up(source).defined is defined


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "-" * 100_000 + "1",
        "x = " + "(" * 100_000,
        "x = " + "1+" * 100_000 + "1",
        "x" + ".x" * 100_000,
        "x = " + "lambda: " * 10_000 + "1",
        "if x: pass\n" + "elif x: pass\n" * 10_000,
        "".join(f"{' ' * depth}if x:\n" for depth in range(1000)),
        "[" * 90 + "a" + "]" * 90 + " = x",
    ],
    ids=["minus", "parentheses", "sum", "attributes", "lambdas", "elif", "indented", "targets"],
)
def test_deep_nesting_is_survived(source: str) -> None:
    assert not look_up(source).defined


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("def New(): ...", ()),
        ("def New(a, /, b, c=1, *args, d, e=2, **more): ...", ("a", "b", "d")),
        ("New = lambda a: a", ("a",)),
        ("class New:\n def __init__(self, config, log=None): ...", ("config",)),
        ("class New: ...", ()),
        ("class New(Base): ...", ()),
        ("class Filter:\n def __init__(self, x): ...\nNew = Filter", ("x",)),
        ("@dataclass\nclass New:\n a: int\n b: int = 1\n c: ClassVar[int]\n d: int = field()", ("a", "d")),
        ("@dataclass(frozen=True)\nclass New:\n a: int\n b: list = field(default_factory=list)", ("a",)),
        ("@dataclass(init=False)\nclass New:\n a: int", ()),
        ("@decorated\ndef New(a): ...", ()),
        ("class New(metaclass=M):\n def __init__(self, a): ...", ()),
        ("if x:\n def New(a): ...\nelse:\n def New(): ...", ()),
        ("New = New", ()),
    ],
)
def test_parameters_without_default_are_missing_arguments(source: str, missing: tuple[str, ...]) -> None:
    assert look_up(source).missing_arguments == missing


def test_a_submodule_named_like_the_factory_is_not_known() -> None:
    assert look_up("", plug__NewDOTpy="").defined is None


def test_an_extension_module_is_not_known() -> None:
    sources = Sources({"plug.abi3.so": ""}, lambda path: b"")
    assert read_factories([("p", "plug:New")], "", sources) == (Factory("p", "plug:New", True, None),)


def test_a_namespace_holds_no_factory() -> None:
    sources = Sources({"acme/plug.py": ""}, lambda path: b"")
    assert read_factories([("p", "acme")], "New", sources)[0] == Factory("p", "acme", True, False)


def test_a_module_alone_is_enough_where_no_factory_is_asked_for() -> None:
    sources = Sources({"plug.py": ""}, lambda path: b"")
    assert read_factories([("p", "plug")], "", sources)[0].defined


def test_the_grammar_of_another_python_decides_nothing() -> None:
    assert look_up("def New(:", requires_python=">=99").defined is None


def test_a_dotted_attribute_is_looked_up_by_its_first_part() -> None:
    factory = look_up("class New:\n def __init__(self, a): ...", "plug:New.make")
    assert (factory.defined, factory.missing_arguments) == (True, ())


@pytest.mark.parametrize(
    ("reference", "source", "unparsable"),
    [
        ("plug:New", "def New(:", "plug/__init__.py:1:9: invalid syntax"),
        ("plug", "New = 1\nreturn", "plug/__init__.py:2:1: 'return' outside function"),
        ("plug:New", "New = 1", ""),
        ("plug:Other", "New = 1", ""),
    ],
)
def test_a_module_that_does_not_parse_is_told_with_its_place(reference: str, source: str, unparsable: str) -> None:
    sources = Sources({"plug/__init__.py": source}, lambda name: name.encode())
    found = read_factories([("p", reference)], "", sources)
    assert found[0].unparsable == unparsable
