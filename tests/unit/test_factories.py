import pytest

from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.factories import read_factories
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
    ("reference", "extras"),
    [("plug:New", ()), ("plug:New [GPU]", ("gpu",)), ("plug:New[a_b, c]", ("a-b", "c")), ("plug:New []", ())],
)
def test_extras_of_an_entry_point_are_read(reference: str, extras: tuple[str, ...]) -> None:
    found = look_up("def New(): ...", reference)
    assert (found.extras, found.reference) == (extras, "plug:New")


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


DATACLASS = "from dataclasses import dataclass, field\nfrom typing import ClassVar\n"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def New(): ...", ["def plug.New() -> builtins.NoneType"]),
        ("def New(a, /, b, c=1, *d, e, f=2, **g): raise X", ["def plug.New(a, /, b, c = ..., *d, e, f = ..., **g)"]),
        ("New = lambda a: a", ["def plug.New(a)"]),
        ("async def New(): return 1", ["async def plug.New() -> builtins.int"]),
        ("def New():\n yield 1", ["@generator def plug.New() -> builtins.NoneType"]),
        ("def New() -> str: return x()", ["def plug.New() -> builtins.str"]),
        ("@decorated\ndef New(a): return a", ["@unknown def plug.New(a)"]),
        ("import functools as f\n@f.cache\ndef New(a): return a", ["def plug.New(a)"]),
        ("if x:\n def New(a): ...\nelse:\n def New(): ...", []),
        ("New = New", []),
        ("New = 1", []),
        ("class New: ...", ["class plug.New"]),
        ("class New(Base): ...", ["class plug.New(?)"]),
        ("from acme import Base\nclass New(Base[int]): ...", ["class plug.New(acme.Base)"]),
        ("import acme.api as a\nclass New(a.Base): ...", ["class plug.New(acme.api.Base)"]),
        (
            "class A:\n def __init__(self, config, log=None): ...\nNew = A",
            ["class plug.A", "def plug.A.__init__(self, config, log = ...)"],
        ),
        (
            f"{DATACLASS}@dataclass\nclass New:\n a: int\n b: int = 1\n c: ClassVar[int]\n d: int = field()",
            ["class plug.New", "plug.New.b", "plug.New.d", "plug.New.a", "plug.New.c",
             "def plug.New.__init__(self, a, b = ..., d)"],
        ),
        (
            f"{DATACLASS}@dataclass(frozen=True)\nclass New:\n a: int\n b: list = field(default_factory=list)",
            ["class plug.New", "plug.New.b", "plug.New.a", "def plug.New.__init__(self, a, b = ...)"],
        ),
        (f"{DATACLASS}@dataclass(init=False)\nclass New:\n a: int", ["class plug.New", "plug.New.a"]),
        ("@dataclass\nclass New:\n a: int", ["class plug.New(?)", "plug.New.a"]),
        ("class New(metaclass=M): ...", ["class plug.New(?, metaclass=ABCMeta)"]),
        ("class New: ...\nNew.a = 1", ["class plug.New(?)"]),
        ("class New: ...\nregister(New)", ["class plug.New(?)"]),
        ("class New:\n def f(self): setattr(self, a, 1)", ["class plug.New(?)", "def plug.New.f(self)"]),
        ("class New:\n def __getattr__(self, a): raise X", ["class plug.New(?)", "def plug.New.__getattr__(self, a)"]),
        (
            "class New:\n @property\n def a(self): ...\n @staticmethod\n def b(c): raise X",
            ["class plug.New", "property plug.New.a", "@staticmethod def plug.New.b(c)"],
        ),
        ("class New:\n def f(self): self.g = 1; self.f = 2", ["class plug.New", "plug.New.f", "plug.New.g"]),
        ("class A: ...\ndef New(): return A()", ["def plug.New() -> plug.A", "class plug.A"]),
        ("class A: ...\ndef New():\n a = A()\n return a", ["def plug.New() -> plug.A", "class plug.A"]),
        ("class A: ...\ndef New(A): return A()", ["def plug.New(A)"]),
        ("class A: ...\ndef New():\n A = x\n return A()", ["def plug.New()"]),
        ("class A: ...\ndef New(): return A() if x else None", ["def plug.New()"]),
        ("class A: ...\nNew = A()", ["plug.New: plug.A", "class plug.A"]),
        ("class A(A): ...\nNew = A", ["class plug.A(plug.A)"]),
    ],
)  # fmt: skip
def test_what_an_entry_point_offers_is_read_as_lines(source: str, lines: list[str]) -> None:
    assert list(look_up(source).lines) == lines


def test_classes_are_followed_through_the_modules_of_the_wheel() -> None:
    source = "def New():\n from .part import Thing\n return Thing()"
    found = look_up(
        source, plug__partDOTpy="from plug.base import Base\nclass Thing(Base): ...", plug__baseDOTpy="class Base: ..."
    )
    assert found.lines == (
        "def plug.New() -> plug.part.Thing",
        "class plug.part.Thing(plug.base.Base)",
        "class plug.base.Base",
    )


def test_imports_that_go_round_in_circles_lead_nowhere() -> None:
    assert (
        look_up("from .a import New", plug__aDOTpy="from .b import New", plug__bDOTpy="from .a import New").lines == ()
    )


def test_a_module_offers_its_functions() -> None:
    source = "import llm\n@llm.hookimpl(optionalhook=True, specname='x')\ndef a(b): raise X\nif x:\n def c(): ...\n"
    sources = Sources({"plug.py": source}, lambda name: source.encode())
    lines = read_factories([("p", "plug")], "", sources)[0].lines
    assert lines == ("module plug", "@llm.hookimpl(optionalhook=True, specname='x') def plug.a(b)")


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
    assert (factory.defined, factory.lines) == (True, ())


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
