"""What a plugin's code does with an API: source to the lines that its stamp keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.surface.python.uses import known_names, read_uses
from pluginkit.surface.uses import MOST_BYTES, Reading, Uses, canonical

SURFACE = [
    "module api",
    "class api.Plugin(Protocol)",
    "def api.Plugin.handle(self, request)",
    "api.Plugin.name: str",
    "class api.Request",
    "class api.Refused(Exception)",
    "class api.Box(Generic[T])",
    "def api.send(item, *, urgent = False)",
    "def api.register(function: Callable[[int], int])",
    "module api.tools",
    "class api.tools.Tool",
    "def api.tools.Tool.close(self)",
    "def api.tools.Tool.__len__(self)",
]
KNOWN = known_names([SURFACE])


def lines(source: str, **more: str) -> list[str]:
    files = {"plugin.py": source, **{f"{name}.py": text for name, text in more.items()}}
    found = read_uses({name: text.encode() for name, text in files.items()}, ["api"], KNOWN).lines
    return [line for line in found if not line.startswith("module ")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import api", ["name api"]),
        ("from api import Request", ["name api.Request"]),
        ("from api import *\nsend(1)", ["name api.*", "run api.send 1 0:int"]),
        ("import api\napi.send(x, urgent=True)", ["name api", "run api.send 1,urgent urgent:bool"]),
        ("import api\ny = api.send(x)", ["call api.send 1", "name api"]),
        ("import api as a\na.send(*x, **y)", ["call .__iter__ 0", "name api", "run api.send 0,*,**"]),
        ("from api import send as s\ns('a')", ["run api.send 1 0:str"]),
        ("import api\napi.send(**{'urgent': 1})", ["name api", "run api.send 0,urgent urgent:int", "text urgent"]),
        ("import api\nf = api.send", ["get api.send", "name api"]),
        ("import api\nf = api.send\nf(1)", ["get api.send", "name api", "run api.send 1 0:int"]),
        ("import api.tools\napi.tools.Tool().close()",
         ["call api.tools.Tool 0", "name api.tools", "run .close 0"]),
        ("def f(t): t.close()", ["run .close 0"]),
        ("def f(t): return t.other()", []),  # no name of the API
        ("def f(t): t.name = 1; return t.name", ["get .name", "set .name"]),
        ("import api\ntry: pass\nexcept api.Refused: pass", ["name api", "test api.Refused"]),
        ("import api\nisinstance(x, (api.Request, Other))", ["name api", "test api.Request"]),
        ("import api\nmatch x:\n  case api.Request(name=n): pass",
         ["get .name", "get api.Request", "name api", "test api.Request"]),
        ("import api\nb: api.Box[int] = x",
         ["call .__hash__ 0", "item api.Box 1", "name api"]),
        ("from __future__ import annotations\nimport api\ndef f(x: api.Request): ...", ["name api"]),
        ("import api\ndef f(x: api.Request): ...", ["name api", "name api.Request"]),
        ("f('close')", ["text close"]),
        ("f('api.tools.Tool')", ["path api.tools.Tool"]),
        ("f('api.tools:Tool')", ["path api.tools.Tool"]),
        ("getattr(x, 'close')", ["get .close"]),
        ("getattr(x, name)", ["computed getattr"]),
        ("import api\ngetattr(api, name)", ["get api", "get api.*"]),
        ("setattr(x, 'name', 1)", ["set .name"]),
        ("if hasattr(x, 'close'): x.close()", ["call .__len__ 0", "run .close| 0"]),
        ("try:\n    from api import send\nexcept ImportError:\n    send = None", ["name api.send|"]),
        ("import operator\noperator.attrgetter('name')(x)", ["get .name", "text name"]),
        ("from functools import partial\nimport api\npartial(api.send, 1)",
         ["call api.send 1,*,**", "get api.send", "name api"]),
        ("len(x)", ["call .__len__ 0"]),
        ("import json\njson.loads(x).close()", ["run .close 0"]),
        ("import os\nos.close(3)", []),  # of the standard library
        ("import api\n@api.register\ndef f(): ...", ["call api.register 1", "name api"]),
        ("import sys\nif sys.version_info < (3, 8):\n    import api", []),
        ("exec('import api; api.send(1)')", ["run .send 1 0:int"]),
        ("exec('import api; api.send(')", ["dynamic exec"]),
    ],
)  # fmt: skip
def test_code_is_read_as_lines(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class P(api.Plugin):\n def handle(self, request, more=1): ...",
         "class P(api.Plugin): handle(self, request, more=)"),
        ("class P(api.Plugin):\n async def handle(self, *, a, b=1): ...",
         "class P(api.Plugin): async handle(self, *, a, b=)"),
        ("class P(api.Plugin):\n @staticmethod\n def handle(r, /): ...", "class P(api.Plugin): handle(self, r, /)"),
        ("class P(api.Plugin):\n @property\n def name(self): ...", "class P(api.Plugin): name"),
        ("class P(api.Plugin):\n name = 'x'\n _own = 1", "class P(api.Plugin): name"),
        ("class P(api.Plugin):\n def __init__(self):\n  self.extra = 1",
         "class P(api.Plugin): __init__(self); extra"),
        ("class P:\n def handle(self, *args, **more): ...", "class P(): handle(self, *args, **more)"),
        ("class P(api.Box[int], metaclass=M): ...", "class P(api.Box, metaclass=)"),
        ("class P(Local): ...", "class P(.Local)"),
    ],
)  # fmt: skip
def test_classes_are_read_as_lines(source: str, expected: str) -> None:
    assert [line for line in lines(f"import api\n{source}") if line.startswith("class ")] == [expected]


def test_super_means_the_class_that_is_derived_from() -> None:
    found = lines("import api\nclass P(api.Plugin):\n def handle(self, r): return super().handle(r)")
    assert "super api.Plugin.handle 1" in found


def test_names_are_followed_through_the_plugins_own_modules() -> None:
    assert "run api.send 1 0:int" in lines("from compat import send\nsend(1)", compat="from api import send")


def test_functions_of_a_module_are_read_where_the_api_may_call_them() -> None:
    found = read_uses({"plugin.py": b"def send(item): ...\ndef _own(): ..."}, ["api"], KNOWN)
    assert found.lines == ("module plugin: send(item)",)


@pytest.mark.parametrize("file", ["fast.cpython-311-x86_64-linux-gnu.so", "fast.pyd", "old.pyc"])
def test_compiled_files_make_a_plugin_dynamic(file: str) -> None:
    assert read_uses({file: b""}, ["api"], KNOWN).dynamic == ("compiled",)


def test_what_does_not_parse_is_left_out() -> None:
    assert read_uses({"bad.py": b"def (", "nul.py": b"\0"}, ["api"], KNOWN).lines == ()


def test_too_many_lines_are_cut_off() -> None:
    kept = canonical((f"get .name{number}" for number in range(2000)), 10)
    assert kept[0] == "dynamic size"
    assert sum(len(line) + 3 for line in kept) <= MOST_BYTES


def test_literals_go_before_lines_do() -> None:
    called = [f"call .n{number} 1 0:str" for number in range(250)]
    assert canonical(called, 10) == tuple(sorted(line.removesuffix(" 0:str") for line in called))


@given(st.lists(st.text()))
def test_any_lines_are_read(found: list[str]) -> None:
    reading = Reading(Uses(tuple(found)))
    for one in reading.classes:
        reading.members(one), reading.all_bases(one), reading.is_leaf(one)
        for name in one.members:
            one.parameters(name)
